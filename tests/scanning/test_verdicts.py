"""domain.md's lists of result codes, against the real store. A refusal leaves nothing but its own scan."""

import uuid

import pytest
from django.apps import apps

from audit.models import AuditLog
from bags.models import Bag, Link, Product, Scan
from bags.scanning.results import Result, severity
from billing.services import complete_bill, create_bill

pytestmark = pytest.mark.django_db


def everything():
    """Every row of every table of ours except the scans, their devices and what `holds` seals."""
    ours = [m for app in ("bags", "billing", "audit") for m in apps.get_app_config(app).get_models()]
    left_out = ("Scan", "Device", "Seal", "Anchor")
    return {m.__name__: sorted(m.objects.values_list()) for m in ours if m.__name__ not in left_out}


@pytest.fixture
def refuses(scan):
    """Asserts that a scan is refused with the code, is stored, and changed nothing else."""

    def check(code, name, raw="", **rest):
        before, scans = everything(), Scan.objects.count()
        answer = scan(name, raw, **rest)
        assert answer["code"] == code
        assert everything() == before
        assert Scan.objects.count() == scans + 1
        return answer

    return check


@pytest.fixture
def floor(fill, scan, operator):
    """SB00001 open with 3, SB00002 closed with 2, M444-00003 full, SB00004 with 2 on live bill B-1,
    SB00005 with 1 on completed bill B-2, SB00006 empty; SB00007 of indore with 1."""
    fill("ravi", "SB00001", 3)
    fill("ravi", "SB00002", 2)
    scan("ravi", mode="close", parent="SB00002")
    fill("ravi", "M444-00003", 15)
    fill("ravi", "SB00004", 2)
    fill("ravi", "SB00005", 1)
    fill("ravi", "SB00006", 0)
    fill("arjun", "SB00007", 1)
    for number, parent in (("B-1", "SB00004"), ("B-2", "SB00005")):
        create_bill(number=number, by=operator("kavya"))
        assert scan("kavya", parent, mode="bill", bill=number)["code"] == "billed"
    complete_bill(number="B-2", by=operator("kavya"))


PARENT_CODE = [
    ("unreadable", "ravi", "SB123"),
    ("not_allowed", "nobody", "SB00001"),
    ("not_allowed", "nobody", "SB77777"),
    ("unreadable", "nobody", "SB123"),
    ("unknown", "ravi", "SB00007"),
    ("parent_billed", "ravi", "SB00004"),
    ("parent_billed", "ravi", "SB00005"),
    ("parent_full", "ravi", "M444-00003"),
    ("parent_closed", "ravi", "SB00002"),
]


@pytest.mark.parametrize(("code", "name", "raw"), PARENT_CODE)
def test_a_parent_code_is_refused(floor, refuses, code, name, raw):
    refuses(code, name, raw)


CHILD_CODE = [
    ("unreadable", "ravi", "AB", "SB00001"),
    ("need_parent", "ravi", "7000001", None),
    ("unknown", "ravi", "7000001", "SB99999"),
    ("unknown", "ravi", "7000001", "SB00007"),
    ("unknown", "ravi", "0000700001", "SB00001"),
    ("wrong_kind", "ravi", "7000001", "0000100001"),
    ("already_here", "ravi", "0000100001", "SB00001"),
    ("in_other_parent", "ravi", "0000100001", "SB00006"),
    ("in_other_parent", "ravi", "0000100001", "SB00002"),
    ("parent_billed", "ravi", "7000001", "SB00004"),
    ("parent_full", "ravi", "7000001", "M444-00003"),
    ("parent_closed", "ravi", "7000001", "SB00002"),
]


@pytest.mark.parametrize(("code", "name", "raw", "parent"), CHILD_CODE)
def test_a_child_code_is_refused(floor, refuses, code, name, raw, parent):
    refuses(code, name, raw, parent=parent)


MOVES = [
    ("bill_final", "kavya", "0000500001", "SB00001"),
    ("parent_full", "kavya", "0000500001", "M444-00003"),
    ("not_allowed", "meena", "0000100001", "SB00006"),
    ("not_allowed", "ravi", "0000400001", "SB00006"),
    ("wrong_kind", "kavya", "SB00006", "SB00001"),
    ("already_here", "kavya", "0000100001", "SB00001"),
    ("need_parent", "kavya", "0000100001", None),
]


@pytest.mark.parametrize(("code", "name", "raw", "parent"), MOVES)
def test_a_move_is_refused(floor, refuses, code, name, raw, parent):
    refuses(code, name, raw, mode="move", parent=parent)


CLOSES = [
    ("need_parent", None),
    ("unknown", "SB99999"),
    ("unknown", "SB00007"),
    ("parent_billed", "SB00004"),
    ("parent_closed", "SB00002"),
    ("parent_empty", "SB00006"),
]


@pytest.mark.parametrize(("code", "parent"), CLOSES)
def test_closing_is_refused(floor, refuses, code, parent):
    refuses(code, "ravi", mode="close", parent=parent)


BILLS = [
    ("unreadable", "kavya", "bill", "SB123", "B-1"),
    ("not_allowed", "ravi", "bill", "SB00001", "B-1"),
    ("unknown", "kavya", "bill", "SB00001", "NO-SUCH"),
    ("unknown", "kavya", "bill", "SB00001", None),
    ("unknown", "kavya", "bill", "SB99999", "B-1"),
    ("wrong_kind", "kavya", "bill", "0000100001", "B-1"),
    ("bill_final", "kavya", "bill", "SB00001", "B-2"),
    ("already_billed_here", "kavya", "bill", "SB00004", "b-1 "),
    ("on_other_bill", "kavya", "bill", "SB00005", "B-1"),
    ("parent_empty", "kavya", "bill", "SB00006", "B-1"),
    ("bill_final", "kavya", "unbill", "SB00005", "B-2"),
    ("not_on_bill", "kavya", "unbill", "SB00001", "B-1"),
]


@pytest.mark.parametrize(("code", "name", "mode", "raw", "bill"), BILLS)
def test_billing_is_refused(floor, refuses, code, name, mode, raw, bill):
    refuses(code, name, raw, mode=mode, bill=bill)


OFFLINE = [
    ("in_other_parent", "ravi", "0000100001", {"parent": "SB00006"}, ["SB00006", "SB00001"]),
    ("parent_billed", "ravi", "7000001", {"parent": "SB00004"}, ["SB00004"]),
    ("parent_full", "ravi", "7000001", {"parent": "M444-00003"}, ["M444-00003"]),
    ("parent_closed", "ravi", "7000001", {"parent": "SB00002"}, ["SB00002"]),
    ("bill_final", "kavya", "0000500001", {"mode": "move", "parent": "SB00006"}, ["SB00006", "SB00005"]),
    ("parent_closed", "ravi", "SB00002", {}, []),
    ("parent_billed", "ravi", "", {"mode": "close", "parent": "SB00004"}, []),
    ("on_other_bill", "kavya", "SB00005", {"mode": "bill", "bill": "B-1"}, []),
    ("bill_final", "kavya", "SB00001", {"mode": "bill", "bill": "B-2"}, []),
]


@pytest.mark.parametrize(("reason", "name", "raw", "rest", "doubted"), OFFLINE)
def test_offline_it_is_kept_as_a_conflict(floor, scan, holds, reason, name, raw, rest, doubted):
    """Nothing changes but that the sacks in doubt are marked to be counted again."""
    before = everything()
    answer = scan(name, raw, offline=True, **rest)
    holds()
    after = everything()
    marked = Bag.objects.filter(needs_recount=True)
    assert set(marked.values_list("qr_id", flat=True)) == set(doubted)
    noted = AuditLog.objects.order_by("-pk")[: len(doubted)]
    assert [(entry.action, entry.target_label) for entry in reversed(noted)] == [
        ("recount_needed", code) for code in doubted
    ]
    marked.update(needs_recount=False)
    assert {**everything(), "AuditLog": after["AuditLog"][: len(before["AuditLog"])]} == before
    assert (answer["code"], answer["reason_code"], answer["severity"]) == ("conflict", reason, "attention")
    stored = Scan.objects.order_by("-pk")[0]
    assert (stored.code, stored.reason_code, stored.offline) == ("conflict", reason, True)


def test_lookup_tells_and_changes_nothing(floor, scan):
    before = everything()
    assert scan("ravi", "0000100001", mode="lookup")["parent"]["count"] == 3
    assert scan("ravi", "SB00007", mode="lookup")["code"] == "unknown"
    assert scan("nobody", "SB00001", mode="lookup")["code"] == "not_allowed"
    assert scan("kavya", "?", mode="lookup")["code"] == "unreadable"
    assert everything() == before


def test_lots_are_kept_and_never_merged(fill, scan, refuses):
    fill("ravi", "SB00001", 0)
    label = "LABEL NO.0012345 LOT NO.:{}"
    assert scan("ravi", label.format("MST-1"), parent="SB00001")["bag"]["lot"] == "MST-1"
    answer = refuses("lot_differs", "ravi", label.format("MST-2"), parent="SB00001")
    assert answer["explain"] == {"lot": "MST-1", "scanned_lot": "MST-2"}
    assert "MST-1" in answer["message"]
    assert "MST-2" in answer["message"]


def test_old_loose_codes_are_found_linked_and_billed(people, fill, scan, operator, holds):
    fill("kavya", "SB00001", 0)
    facts = {"created_at": people["kavya"].created_at, "created_by": people["kavya"]}
    Bag.objects.create(qr_id="Ravi Kumar 12", kind="child", **facts)
    sack = Bag(qr_id=" old sack 7", kind="parent", state="open", child_limit=30, **facts)
    sack.product = Product.objects.get(name="mustard")
    assert scan("kavya", "ravi kumar 12", mode="lookup")["code"] == "looked_up"
    assert scan("kavya", "ravi kumar 12", parent="SB00001")["code"] == "linked"
    assert scan("kavya", "ravi kumar 13", parent="SB00001")["code"] == "unreadable"
    sack.save()
    assert scan("kavya", "OLD SACK 7")["code"] == "parent_opened"
    assert scan("kavya", "7000001", parent="old sack 7")["code"] == "linked"
    create_bill(number="B-1", by=operator("kavya"))
    assert scan("kavya", "Old Sack 7", mode="bill", bill="B-1")["code"] == "billed"


def test_the_last_child_closes_and_undo_opens_again(fill, scan, holds):
    last = fill("ravi", "M444-00001", 15)
    assert (last["code"], last["parent"]["state"]) == ("linked_last", "closed")
    undone = scan("ravi", mode="undo")
    assert (undone["code"], undone["parent"]["count"], undone["parent"]["state"]) == ("undone", 14, "open")
    assert scan("meena", "0000100015", parent="M444-00001")["code"] == "linked_last"
    holds()


def test_a_move_undone_brings_the_child_home(fill, scan, holds):
    fill("ravi", "M444-00001", 15)
    fill("ravi", "SB00002", 0)
    moved = scan("ravi", "0000100015", mode="move", parent="SB00002")
    assert (moved["code"], moved["parent"]["count"]) == ("moved", 1)
    assert Bag.objects.get(qr_id="M444-00001").state == "open"
    undone = scan("ravi", moved["key"], mode="undo")
    assert (undone["code"], undone["parent"]["qr_id"], undone["parent"]["count"]) == ("undone", "SB00002", 0)
    home = Bag.objects.get(qr_id="M444-00001")
    assert (home.child_count, home.state) == (15, "closed")
    holds()
    first = Scan.objects.get(code="linked_last")
    assert scan("ravi", str(first.key), mode="undo")["code"] == "undone"
    holds()


def test_undo_is_refused(fill, scan, refuses, operator):
    refuses("nothing_to_undo", "ravi", mode="undo")
    refuses("nothing_to_undo", "ravi", str(uuid.uuid4()), mode="undo")
    linked = fill("ravi", "SB00001", 2)["key"]
    refuses("undo_not_yours", "asha", linked, mode="undo")
    opened = Scan.objects.get(code="parent_opened").key
    refuses("nothing_to_undo", "ravi", str(opened), mode="undo")
    assert scan("kavya", "0000100002", mode="unlink", reason="torn")["code"] == "undone"
    refuses("undo_superseded", "ravi", linked, mode="undo")
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    complete_bill(number="B-1", by=operator("kavya"))
    refuses("bill_final", "kavya", mode="undo")
    refuses("bill_final", "ravi", mode="undo")


def test_undo_after_the_window(fill, refuses, settings):
    linked = fill("ravi", "SB00001", 1)["key"]
    settings.UNDO_WINDOW_SECONDS = -1
    refuses("undo_too_late", "ravi", linked, mode="undo")


def test_undo_of_close_and_of_bill(fill, scan, operator, holds):
    fill("kavya", "SB00001", 2)
    scan("kavya", mode="close", parent="SB00001")
    assert scan("kavya", mode="undo")["parent"]["state"] == "open"
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    undone = scan("kavya", mode="undo")
    assert (undone["parent"]["state"], undone["bill"]["parents"]) == ("closed", 0)
    holds()


def test_taking_out_by_code(fill, scan, refuses, holds):
    fill("ravi", "SB00001", 2)
    refuses("not_allowed", "meena", "0000100001", mode="unlink", reason="x")
    refuses("unknown", "arjun", "0000100001", mode="unlink", reason="x")
    refuses("wrong_kind", "kavya", "SB00001", mode="unlink", reason="x")
    assert scan("kavya", "0000100001", mode="unlink", reason="torn")["code"] == "undone"
    refuses("nothing_to_undo", "kavya", "0000100001", mode="unlink", reason="x")
    assert Link.objects.get(child__qr_id="0000100001").end_reason == "unlink"
    holds()


def test_a_known_key_answers_as_then(fill, scan):
    fill("ravi", "SB00001", 0)
    key = uuid.uuid4()
    first = scan("ravi", "7000001", parent="SB00001", key=key)
    scan("ravi", "7000002", parent="SB00001")
    before = everything(), Scan.objects.count()
    assert scan("ravi", "7000001", parent="SB00001", key=key) == {**first, "replayed": True}
    assert scan("ravi", "7000003", parent="SB00001", key=key)["code"] == "key_reused"
    assert scan("meena", "7000001", parent="SB00001", key=key)["code"] == "key_reused"
    assert (everything(), Scan.objects.count()) == before


def test_a_child_takes_the_area_of_its_parent(fill, scan):
    fill("ravi", "SB00001", 1)
    fill("arjun", "SB00002", 0)
    assert scan("kavya", "0000100001", mode="move", parent="SB00002")["code"] == "moved"
    assert scan("ravi", "0000100001", mode="lookup")["code"] == "unknown"
    assert scan("arjun", "0000100001", mode="lookup")["code"] == "looked_up"


def test_every_code_has_its_severity():
    told = {code: severity(code) for code in Result}
    assert {code for code, level in told.items() if level == "notice"} == {
        "already_here",
        "already_billed_here",
        "already_returned_here",
        "already_counted",
    }
    assert {code for code, level in told.items() if level == "attention"} == {
        "need_parent",
        "in_other_parent",
        "conflict",
    }
    assert sum(level == "success" for level in told.values()) == 13
