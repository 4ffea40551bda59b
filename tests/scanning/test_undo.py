"""Taking back against the database: each kind, what stands afterwards, and what stands in the way."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from audit.models import AuditLog
from bags.models import Bag, Link, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import BillBag
from billing.services import cancel_bill, complete_bill, create_bill, reopen_bill

pytestmark = pytest.mark.django_db


def parent(code):
    bag = Bag.objects.get(qr_id=code)
    return bag.child_count, bag.state, bag.held_by


def home_of(code):
    link = Link.objects.filter(child__qr_id=code, unlinked_at=None).first()
    return link and link.parent.qr_id


def audit_of(answer):
    """What the scan of this answer wrote into the audit log: (action, target, before, after)."""
    at = Scan.objects.get(key=answer["key"]).received_at
    rows = AuditLog.objects.filter(at=at).order_by("pk")
    return list(rows.values_list("action", "target_label", "before", "after"))


@pytest.fixture
def refused(scan):
    """Asserts that taking back is refused so and that nothing but the refusal itself is stored."""

    def check(code, name, raw="", mode="undo", **rest):
        def rest_of_it():
            scans = Scan.objects.exclude(key__in=keys).order_by("pk").values_list()
            tables = [model.objects.order_by("pk").values_list() for model in (Bag, Link, BillBag, AuditLog)]
            return [list(rows) for rows in (scans, *tables)]

        keys = []
        before = rest_of_it()
        answer = scan(name, str(raw), mode=mode, **rest)
        keys.append(answer["key"])
        assert answer["code"] == code
        assert rest_of_it() == before
        return answer

    return check


def test_a_link_is_closed_not_deleted_and_the_code_is_free_at_once(fill, scan, holds):
    linked = fill("ravi", "SB00001", 2)
    undone = scan("ravi", linked["key"], mode="undo")
    assert (undone["code"], undone["bag"]["qr_id"], undone["undo_until"]) == ("undone", "0000100002", None)
    assert (undone["parent"]["qr_id"], undone["parent"]["count"], undone["parent"]["weight_kg"]) == (
        "SB00001",
        1,
        "1.000",
    )
    link = Link.objects.get(child__qr_id="0000100002")
    assert (link.end_reason, link.unlinked_by.username) == ("undo", "ravi")
    first, second = (
        Scan.objects.get(key=linked["key"]),
        Scan.objects.get(key=undone["key"]),
    )
    assert (first.code, first.undone_by_id, first.undone_at) == ("linked", second.pk, second.received_at)
    assert link.unlinked_at == second.received_at
    pk = Bag.objects.get(qr_id="SB00001").pk
    assert audit_of(undone) == [
        (
            "child_unlinked",
            "0000100002",
            {"parent": "SB00001", "parent_id": pk, "count": 2},
            {"parent": None, "why": "undo"},
        )
    ]
    assert scan("meena", "0000100002", parent="SB00001")["code"] == "linked"
    holds()


def test_the_last_own_scan_again_and_again(fill, scan, holds):
    fill("ravi", "SB00001", 3)
    fill("meena", "SB00001", 1, start=9)
    scan("ravi", "0000100001", parent="SB00001")  # already_here: not accepted, nothing to undo
    assert [scan("ravi", mode="undo")["bag"]["qr_id"] for _ in range(3)] == [
        "0000100003",
        "0000100002",
        "0000100001",
    ]
    assert scan("ravi", mode="undo")["code"] == "nothing_to_undo"
    assert parent("SB00001") == (1, "open", "")
    holds()


def test_linked_last_opens_the_parent_again(fill, scan, holds):
    last = fill("ravi", "M444-00001", 15)
    assert [row[0] for row in audit_of(last)] == ["child_linked", "parent_closed"]
    undone = scan("ravi", last["key"], mode="undo")
    assert [row[0] for row in audit_of(undone)] == ["child_unlinked", "parent_reopened"]
    assert parent("M444-00001") == (14, "open", "")
    holds()


def test_an_early_link_of_a_full_parent_opens_it_too(fill, scan, holds):
    first = fill("ravi", "M444-00001", 1)
    last = fill("ravi", "M444-00001", 14, start=2)
    scan("ravi", first["key"], mode="undo")
    assert parent("M444-00001") == (14, "open", "")
    scan("ravi", last["key"], mode="undo")
    assert parent("M444-00001") == (13, "open", "")
    holds()


def test_a_move_goes_back_step_by_step(fill, scan, holds):
    linked = fill("ravi", "SB00001", 1)
    for code in ("SB00002", "SB00003"):
        fill("ravi", code, 0)
    moves = [scan("ravi", "0000100001", mode="move", parent=code) for code in ("SB00002", "SB00003")]
    assert [row[:2] for row in audit_of(moves[0])] == [
        ("child_unlinked", "0000100001"),
        ("child_linked", "0000100001"),
    ]
    for move, home in ((moves[1], "SB00002"), (moves[0], "SB00001")):
        undone = scan("ravi", move["key"], mode="undo")
        assert (undone["code"], undone["parent"]["qr_id"]) == ("undone", move["parent"]["qr_id"])
        assert undone["parent"]["count"] == 0
        assert home_of("0000100001") == home
        assert [row[0] for row in audit_of(undone)] == ["child_unlinked", "child_linked"]
        holds()
    assert scan("ravi", linked["key"], mode="undo")["code"] == "undone"
    assert home_of("0000100001") is None
    assert Link.objects.count() == 5
    holds()


def test_two_moves_in_one_call_go_back_one_by_one(fill, scan, operator, holds):
    fill("ravi", "SB00001", 1)
    fill("ravi", "SB00002", 0)
    fill("ravi", "SB00003", 0)
    pulls = [
        Pull(key=uuid.uuid4(), mode="move", raw="0000100001", parent=code) for code in ("SB00002", "SB00003")
    ]
    told = process(pulls=pulls, operator=operator("ravi"), device=None)
    assert [answer["code"] for answer in told] == ["moved", "moved"]
    for home in ("SB00002", "SB00001"):
        assert scan("ravi", mode="undo")["code"] == "undone"
        assert home_of("0000100001") == home
        holds()


def test_a_move_between_areas_takes_the_area_back_too(fill, scan, holds):
    fill("ravi", "SB00001", 1)
    fill("arjun", "SB00002", 0)
    moved = scan("kavya", "0000100001", mode="move", parent="SB00002")
    assert Bag.objects.get(qr_id="0000100001").area_id == "indore"
    _, (_, _, before, after) = audit_of(moved)
    assert (before["area"], after["area"], after["parent"], after["count"]) == (
        "lucknow",
        "indore",
        "SB00002",
        1,
    )
    scan("kavya", mode="undo")
    assert Bag.objects.get(qr_id="0000100001").area_id == "lucknow"
    holds()


def test_done_opens_the_parent_again(fill, scan, holds):
    fill("ravi", "SB00001", 2)
    closed = scan("ravi", mode="close", parent="SB00001")
    assert closed["message"] == "SB00001 is closed with 2 of 30"
    undone = scan("ravi", closed["key"], mode="undo")
    assert (undone["code"], undone["parent"]["state"], undone["parent"]["count"]) == ("undone", "open", 2)
    assert [row[0] for row in audit_of(undone)] == ["parent_reopened"]
    assert scan("meena", "7000001", parent="SB00001")["code"] == "linked"
    holds()


def test_a_bill_line_ends_and_the_parent_stays_closed(fill, scan, operator, holds):
    fill("ravi", "SB00001", 2)
    create_bill(number="B-1", by=operator("kavya"))
    billed = scan("kavya", "SB00001", mode="bill", bill="b-1")
    assert [row[0] for row in audit_of(billed)] == ["parent_closed", "parent_billed"]
    undone = scan("kavya", billed["key"], mode="undo")
    assert undone["bill"] == {"number": "B-1", "state": "processing", "target": None, "parents": 0}
    assert parent("SB00001") == (2, "closed", "")
    line = BillBag.objects.get()
    assert line.removed_by.username == "kavya"
    assert [row[:2] for row in audit_of(undone)] == [("parent_unbilled", "B-1")]
    holds()


SUPERSEDED = {
    "undone before": [("ravi", "{key}", {"mode": "undo"})],
    "taken out": [("kavya", "7000001", {"mode": "unlink", "reason": "torn"})],
    "taken out and put back by another": [
        ("kavya", "7000001", {"mode": "unlink", "reason": "torn"}),
        ("meena", "7000001", {"parent": "SB00001"}),
    ],
    "moved by another": [("kavya", "7000001", {"mode": "move", "parent": "SB00002"})],
    "moved away and back": [
        ("kavya", "7000001", {"mode": "move", "parent": "SB00002"}),
        ("kavya", "7000001", {"mode": "move", "parent": "SB00001"}),
    ],
}


@pytest.mark.parametrize("meanwhile", SUPERSEDED)
def test_a_link_that_stands_no_more(fill, scan, refused, holds, meanwhile):
    for code in ("SB00001", "SB00002"):
        fill("ravi", code, 0)
    linked = scan("ravi", "7000001", parent="SB00001")
    for name, raw, rest in SUPERSEDED[meanwhile]:
        done = scan(name, raw.format(key=linked["key"]), **rest)
        assert done["severity"] == "success"
    refused("undo_superseded", "ravi", linked["key"])
    holds()


def test_a_move_whose_old_parent_takes_nothing_any_more(fill, scan, refused, operator, holds):
    fill("ravi", "M444-00001", 15)
    fill("ravi", "SB00002", 0)
    moved = scan("ravi", "0000100001", mode="move", parent="SB00002")
    filler = scan("ravi", "7000001", parent="M444-00001")
    assert filler["code"] == "linked_last"
    refused("undo_superseded", "ravi", moved["key"])
    scan("ravi", filler["key"], mode="undo")
    closed = scan("ravi", mode="close", parent="M444-00001")
    refused("undo_superseded", "ravi", moved["key"])
    scan("ravi", closed["key"], mode="undo")
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "M444-00001", mode="bill", bill="B-1")
    refused("undo_superseded", "ravi", moved["key"])
    complete_bill(number="B-1", by=operator("kavya"))
    refused("bill_final", "ravi", moved["key"])
    holds()


def test_done_that_stands_no_more(fill, scan, refused, operator, holds):
    fill("ravi", "SB00001", 2)
    first = scan("ravi", mode="close", parent="SB00001")
    scan("kavya", "0000100002", mode="unlink", reason="torn")  # opens the parent
    refused("undo_superseded", "ravi", first["key"])
    second = scan("ravi", mode="close", parent="SB00001")
    refused("undo_superseded", "ravi", first["key"])
    create_bill(number="B-1", by=operator("kavya"))
    billed = scan("kavya", "SB00001", mode="bill", bill="B-1")
    refused("undo_superseded", "ravi", second["key"])
    scan("kavya", billed["key"], mode="undo")
    assert scan("ravi", second["key"], mode="undo")["code"] == "undone"
    holds()


def test_a_bill_line_that_stands_no_more(fill, scan, refused, operator, holds):
    fill("ravi", "SB00001", 2)
    for number in ("B-1", "B-2"):
        create_bill(number=number, by=operator("kavya"))
    billed = scan("kavya", "SB00001", mode="bill", bill="B-1")
    scan("kavya", "SB00001", mode="unbill", bill="B-1")
    refused("undo_superseded", "kavya", billed["key"])
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    refused("undo_superseded", "kavya", billed["key"])
    cancel_bill(number="B-1", by=operator("kavya"))
    refused("undo_superseded", "kavya", billed["key"])
    scan("asha", "SB00001", mode="bill", bill="B-2")
    refused("undo_superseded", "kavya", billed["key"])
    complete_bill(number="B-2", by=operator("asha"))
    refused("bill_final", "kavya", billed["key"])
    holds()


def test_after_a_reopening_undo_goes_on(fill, scan, refused, operator, holds):
    linked = fill("ravi", "SB00001", 2)
    by = operator("kavya")
    create_bill(number="B-1", by=by)
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    complete_bill(number="B-1", by=by)
    refused("bill_final", "ravi", linked["key"])
    refused("bill_final", "kavya")
    reopen_bill(number="B-1", by=by, reason="count again")
    assert scan("ravi", linked["key"], mode="undo")["code"] == "undone"
    assert parent("SB00001") == (1, "closed", "B-1")
    holds()


@pytest.mark.parametrize(("seconds", "code"), [(3500, "undone"), (3601, "undo_too_late")])
def test_the_hour_counts_from_the_servers_receipt(fill, scan, seconds, code):
    linked = fill("ravi", "SB00001", 1)
    past = "UPDATE bags_scan SET received_at = received_at - %s, captured_at = NULL WHERE key = %s"
    with connection.cursor() as cursor:
        cursor.execute(past, [timedelta(seconds=seconds), linked["key"]])
    assert scan("ravi", linked["key"], mode="undo")["code"] == code


def test_the_answer_says_until_when(fill):
    linked = fill("ravi", "SB00001", 1)
    received = Scan.objects.get(key=linked["key"]).received_at
    assert linked["undo_until"] == (received + timedelta(hours=1)).isoformat()


@pytest.mark.parametrize("name", ["meena", "kavya", "asha", "arjun", "nobody"])
def test_only_ones_own(fill, refused, name):
    linked = fill("ravi", "SB00001", 1)
    told = refused("undo_not_yours", name, linked["key"])
    assert (told["bag"], told["parent"]) == (None, None)


def test_nothing_to_undo(fill, scan, refused, operator):
    refused("nothing_to_undo", "ravi")
    refused("nothing_to_undo", "ravi", uuid.uuid4())
    opened = fill("kavya", "SB00001", 0)
    looked = scan("kavya", "SB00001", mode="lookup")
    unread = scan("kavya", "?!")
    for answer in (opened, looked, unread):
        refused("nothing_to_undo", "kavya", answer["key"])
    scan("kavya", "7000001", parent="SB00001")
    create_bill(number="B-1", by=operator("kavya"))
    billed = scan("kavya", "SB00001", mode="bill", bill="B-1")
    unbilled = scan("kavya", "SB00001", mode="unbill", bill="B-1")
    refused("nothing_to_undo", "kavya", unbilled["key"])
    undone = refused("undo_superseded", "kavya", billed["key"])
    refused("nothing_to_undo", "kavya", undone["key"])


def test_taking_out_by_code_marks_the_scan_and_keeps_the_reason(fill, scan, holds):
    linked = fill("ravi", "M444-00001", 15)
    out = scan("asha", "0000100015", mode="unlink", reason="torn packet")
    assert (out["code"], out["parent"]["count"], out["parent"]["state"]) == ("undone", 14, "open")
    scanned = Scan.objects.get(key=linked["key"])
    assert scanned.undone_by == Scan.objects.get(key=out["key"])
    rows = AuditLog.objects.filter(at=scanned.undone_at).order_by("pk")
    assert [(row.action, row.actor, row.reason) for row in rows] == [
        ("child_unlinked", "asha", "torn packet"),
        ("parent_reopened", "asha", "torn packet"),
    ]
    holds()
