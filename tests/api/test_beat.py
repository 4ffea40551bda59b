"""What a device tells of itself: beside its scans, or alone while it has none to send."""

import uuid
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import AuditLog
from bags.models import Device, Scan

pytestmark = pytest.mark.django_db
BEAT = {"unsent": 12, "attention": 1, "version": "a1b2c3", "storage": "granted"}
FACTS = ("unsent", "attention", "version", "storage")


@pytest.fixture
def told(body):
    """A call of POST /api/v1/beat, with any field of the beat."""

    def make(**fields):
        call = body()
        return {"device": call["device"], "clock": call["clock"], "beat": {**BEAT, **fields}}

    return make


def kept(call):
    return dict(zip(FACTS, Device.objects.values_list(*FACTS).get(pk=call["device"]), strict=True))


def test_a_beat_alone_is_kept_and_is_no_change_of_state(send, told):
    status, answer = send("ravi", "/api/v1/beat", told())
    assert status == 200
    assert set(answer) == {"server_time"}
    device = Device.objects.get()
    assert datetime.fromisoformat(answer["server_time"]) == device.last_seen_at
    assert (device.last_operator.username, kept(told())) == ("ravi", BEAT)
    assert abs(device.clock_offset_ms) > 1000
    assert AuditLog.objects.count() == Scan.objects.count() == 0


def test_the_next_beat_stands_in_its_place(send, told):
    send("ravi", "/api/v1/beat", told())
    first = Device.objects.get()
    send("meena", "/api/v1/beat", told(unsent=0, storage="denied"))
    again = Device.objects.get()
    assert kept(told()) == {**BEAT, "unsent": 0, "storage": "denied"}
    assert again.last_operator.username == "meena"
    assert again.first_seen_at == first.first_seen_at < again.last_seen_at


def test_a_beat_beside_scans_is_kept_at_once(send, body):
    for unsent in (3, 2, 0):
        call = {**body(), "beat": {**BEAT, "unsent": unsent}}
        assert send("ravi", "/api/v1/scans", call)[0] == 200
        assert kept(call) == {**BEAT, "unsent": unsent}


def test_a_beat_beside_replays_only_is_kept_too(send, body):
    call = body()
    send("ravi", "/api/v1/scans", call)
    assert send("ravi", "/api/v1/scans", {**call, "beat": BEAT})[1]["results"][0]["replayed"] is True
    assert kept(call) == BEAT
    assert Scan.objects.count() == 1


def test_scans_without_a_beat_leave_what_was_told(send, body):
    send("ravi", "/api/v1/scans", {**body(), "beat": BEAT})
    Device.objects.update(last_seen_at="2026-01-01T00:00:00Z")
    send("ravi", "/api/v1/scans", body())
    assert kept(body()) == BEAT
    assert Device.objects.get().last_seen_at.year == datetime.now().astimezone().year


def test_a_beat_costs_a_scan_no_statement(signed_in, body):
    client, counts = signed_in("ravi"), []
    client.post("/api/v1/scans", body(), content_type="application/json")
    for beat in (None, BEAT, BEAT, {**BEAT, "unsent": 0}):
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/api/v1/scans", {**body(), "beat": beat}, content_type="application/json")
        assert answer.status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"unsent": -1},
        {"unsent": 2**31},
        {"unsent": "1"},
        {"attention": None},
        {"version": "x" * 41},
        {"version": 3},
        {"storage": "perhaps"},
        {"more": 1},
    ],
)
def test_what_is_no_beat_is_refused_whole(send, told, body, fields):
    assert send("ravi", "/api/v1/beat", told(**fields))[0] == 400
    assert send("ravi", "/api/v1/scans", {**body(), "beat": {**BEAT, **fields}})[0] == 400
    assert Device.objects.count() == Scan.objects.count() == 0


def test_a_version_may_hold_any_sign(send, told):
    assert send("ravi", "/api/v1/beat", told(version="\0'\"%"))[0] == 200
    assert Device.objects.get().version == "\N{SYMBOL FOR NULL}'\"%"


def test_beats_have_a_limit_of_their_own(send, told, body, settings):
    settings.SCAN_RATE_LIMIT = "2/m"
    call = {**told(), "device": str(uuid.uuid4())}
    assert [send("ravi", "/api/v1/beat", call)[0] for _ in range(3)] == [200, 200, 429]
    assert send("ravi", "/api/v1/scans", {**body(), "device": call["device"]})[0] == 200


@pytest.mark.parametrize("repairs", [[], ["caps_lock"], ["layout", "caps_lock"]])
def test_what_the_device_mended_stands_on_the_scan(send, signed_in, body, repairs):
    call = body(repairs=repairs)
    assert send("ravi", "/api/v1/scans", call)[1]["results"][0]["code"] == "parent_opened"
    assert Scan.objects.get().repairs == repairs
    assert signed_in("ravi").get("/api/v1/scans").json()["results"][0]["repairs"] == repairs


def test_repairs_are_how_a_scan_came_not_what_it_is(send, body):
    call = body(repairs=["caps_lock"])
    first = send("ravi", "/api/v1/scans", call)[1]["results"][0]
    call["scans"][0]["repairs"] = []
    assert send("ravi", "/api/v1/scans", call)[1]["results"][0] == {**first, "replayed": True}
    assert Scan.objects.get().repairs == ["caps_lock"]


@pytest.mark.parametrize(
    "repairs", [["caps_lock", "caps_lock"], ["caps_lock", "layout", "layout"], ["magic"], "layout", None]
)
def test_other_repairs_are_refused(send, body, repairs):
    assert send("ravi", "/api/v1/scans", body(repairs=repairs))[0] == 400
    assert Scan.objects.count() == 0
