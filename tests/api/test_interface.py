"""The JSON as interface.md fixes it."""

import uuid
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags.models import Device, Scan
from billing.services import create_bill

pytestmark = pytest.mark.django_db


def test_a_scan_is_answered_as_promised(send, body, fill):
    fill("ravi", "SB00860", 12)
    call = body(raw="LABEL NO.1234567 LOT NO.:MST-24-118", parent="SB00860")
    status, told = send("ravi", "/api/v1/scans", call)
    result = told["results"][0]
    assert status == 200
    assert datetime.fromisoformat(told["server_time"]).tzinfo
    undo_until, scan_id = result.pop("undo_until"), result.pop("scan_id")
    assert datetime.fromisoformat(undo_until) > datetime.fromisoformat(told["server_time"])
    assert Scan.objects.get(pk=scan_id).received_at < datetime.fromisoformat(undo_until)
    assert result == {
        "key": call["scans"][0]["key"],
        "code": "linked",
        "reason_code": None,
        "severity": "success",
        "message": "In SB00860: 13 of 30",
        "replayed": False,
        "bag": {"qr_id": "1234567", "kind": "child", "lot": "MST-24-118"},
        "parent": {
            "qr_id": "SB00860",
            "product": "mustard",
            "count": 13,
            "limit": 30,
            "state": "open",
            "weight_kg": "13.000",
        },
        "bill": None,
        "explain": None,
    }


def test_a_reused_key_alone_is_422_and_among_others_200(send, body, fill):
    fill("ravi", "SB00001", 0)
    call = body(raw="7000001", parent="SB00001")
    send("ravi", "/api/v1/scans", call)
    call["scans"][0]["raw"] = "7000002"
    status, told = send("ravi", "/api/v1/scans", call)
    assert (status, told["error"]["code"]) == (422, "key_reused")
    call["scans"] += body(raw="7000003", parent="SB00001")["scans"]
    status, told = send("ravi", "/api/v1/scans", call)
    assert (status, [result["code"] for result in told["results"]]) == (200, ["key_reused", "linked"])


def test_a_call_sent_again_is_a_replay(send, body):
    call = body()
    first = send("ravi", "/api/v1/scans", call)[1]["results"][0]
    assert send("ravi", "/api/v1/scans", call)[1]["results"][0] == {**first, "replayed": True}


def test_limits_count_by_user_and_device(send, body, settings):
    settings.SCAN_RATE_LIMIT = "3/m"
    call = body()
    call["device"] = str(uuid.uuid4())
    statuses = [send("ravi", "/api/v1/scans", call)[0] for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert send("meena", "/api/v1/scans", body())[0] == 200
    call["device"] = str(uuid.uuid4())
    call["scans"] = body()["scans"]
    assert send("ravi", "/api/v1/scans", call)[0] == 200


def test_too_many_is_told_with_a_time_to_wait(signed_in, body, settings):
    settings.SCAN_RATE_LIMIT = "0/s"
    answer = signed_in("ravi").post("/api/v1/scans", body(), content_type="application/json")
    assert (answer.status_code, answer["Retry-After"]) == (429, "1")


def test_without_redis_nobody_is_held_up(send, body, settings):
    away = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": away}
    settings.SCAN_RATE_LIMIT = "1/m"
    assert [send("ravi", "/api/v1/scans", body())[0] for _ in range(2)] == [200, 200]


def test_statements_do_not_grow_with_the_scans(signed_in, body, fill):
    fill("ravi", "SB00001", 0)
    fill("ravi", "SB00002", 0)
    client, counts = signed_in("ravi"), []
    for size, parent in ((1, "SB00001"), (1, "SB00001"), (29, "SB00002")):
        call = body()
        call["scans"] = [
            body(raw=f"88{size:02}{n:04}{len(counts)}", parent=parent)["scans"][0] for n in range(size)
        ]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            answer = client.post("/api/v1/scans", call, content_type="application/json")
        assert {result["code"] for result in answer.json()["results"]} == {"linked"}
        counts.append(len(queries))
    assert counts[1] <= 8
    assert abs(counts[2] - counts[1]) <= 2


def test_a_device_is_known_and_its_clock_measured(send, body):
    call = body()
    send("ravi", "/api/v1/scans", call)
    device = Device.objects.get(pk=call["device"])
    assert device.last_operator.username == "ravi"
    assert abs(device.clock_offset_ms) > 1000


def test_gaps_and_repeats_in_the_sequence_are_recorded_not_refused(send, body, fill):
    fill("ravi", "SB00001", 0)
    for seq, raw in ((5, "7000001"), (9, "7000002"), (9, "7000003")):
        told = send("ravi", "/api/v1/scans", body(seq=seq, raw=raw, parent="SB00001"))[1]
        assert told["results"][0]["code"] == "linked"
    assert list(Scan.objects.exclude(seq=None).order_by("pk").values_list("seq", flat=True)) == [5, 9, 9]


def test_a_bag_is_told_whole(signed_in, fill, scan, operator):
    fill("ravi", "SB00001", 2)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    told = signed_in("ravi").get("/api/v1/bags/sb00001").json()
    facts = (
        "qr_id",
        "kind",
        "product",
        "area",
        "lot",
        "state",
        "count",
        "limit",
        "weight_kg",
        "parent",
        "bill",
    )
    assert [told[name] for name in facts] == [
        "SB00001",
        "parent",
        "mustard",
        "lucknow",
        None,
        "closed",
        2,
        30,
        "2.000",
        None,
        {"number": "B-1", "state": "processing"},
    ]
    assert [child["qr_id"] for child in told["children"]] == ["0000100001", "0000100002"]
    assert told["last_scan"]["code"] == "billed"
    child = signed_in("ravi").get("/api/v1/bags/0000100001").json()
    assert (child["parent"]["qr_id"], child["parent"]["linked_by"], child["state"]) == (
        "SB00001",
        "ravi",
        None,
    )


def test_paging_misses_and_doubles_nothing_while_bags_are_added(signed_in, fill):
    fill("ravi", "SB00001", 11)
    client, seen, after = signed_in("ravi"), [], ""
    for turn in range(20):
        page = client.get(f"/api/v1/bags?limit=3&after={after}").json()
        seen += [bag["qr_id"] for bag in page["results"]]
        fill("ravi", f"SB0010{turn}", 1)
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == [f"00001{number:05}" for number in range(11, 0, -1)] + ["SB00001"]


@pytest.mark.parametrize("path", ["/api/v1/bags", "/api/v1/scans", "/api/v1/bills"])
def test_a_list_asks_no_more_for_more_rows(signed_in, fill, operator, path):
    client, counts = signed_in("kavya"), []
    for turn in (1, 2):
        fill("kavya", f"SB0000{turn}", turn * 4)
        create_bill(number=f"B-{turn}", by=operator("kavya"))
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(path).json()["results"]) >= turn
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_bills_from_creation_to_cancelling(send, signed_in, scan, fill):
    fill("ravi", "SB00001", 2)
    facts = {"number": " B/24-1 ", "destination": "Kanpur", "vehicle_number": "UP32", "target": 2}
    status, bill = send("kavya", "/api/v1/bills", facts)
    assert (status, bill["number"], bill["state"], bill["lines"], bill["version"]) == (
        201,
        "B/24-1",
        "draft",
        [],
        1,
    )
    status, told = send("asha", "/api/v1/bills", {"number": "b/24-1"})
    assert (status, told["error"]["code"]) == (409, "number_taken")
    assert "B/24-1" in told["error"]["message"]
    path = "/api/v1/bills/b/24-1"
    assert send("kavya", f"{path}/complete", {})[1]["error"]["code"] == "bill_empty"
    scan("kavya", "SB00001", mode="bill", bill="b/24-1")
    assert send("kavya", f"{path}/complete", {})[1]["error"]["code"] == "reason_needed"
    changed = send("kavya", path, {"version": 1, "measured_weight_kg": "2.100"}, method="patch")[1]
    assert (changed["version"], changed["measured_weight_kg"], changed["actual_kg"]) == (2, "2.100", "2.000")
    status, told = send("asha", path, {"version": 1, "destination": "Agra"}, method="patch")
    assert (status, told["error"]["code"]) == (409, "changed_meanwhile")
    done = send("kavya", f"{path}/complete", {"reason": "truck left"})[1]
    assert (done["state"], done["variance_kg"], done["completed_by"]) == ("completed", "-28.000", "kavya")
    assert done["lines"][0]["short"] is True
    assert (
        send("kavya", path, {"version": 3, "target": 5}, method="patch")[1]["error"]["code"] == "bill_final"
    )
    assert send("kavya", f"{path}/reopen", {})[1]["error"]["code"] == "reason_needed"
    assert send("kavya", f"{path}/reopen", {"reason": "count"})[1]["state"] == "processing"
    assert send("kavya", f"{path}/cancel", {})[1]["parents"] == 0
    assert send("kavya", f"{path}/cancel", {})[1]["error"]["code"] == "bill_final"


def test_the_docs_page_loads_nothing_from_elsewhere(signed_in):
    page = signed_in("ravi").get("/api/docs").content.decode()
    assert "//cdn" not in page
    assert "https://" not in page
