"""Each key once: what is told again, what is not changed again, what a device's numbers may do."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import AuditLog
from bags.models import Bag, Device, Link, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.services import create_bill

pytestmark = pytest.mark.django_db


@pytest.fixture
def call(operator):
    """call("ravi", pull, pull …) -> the answers of one call by one device."""
    device = uuid.uuid4()

    def send(name, *pulls, clock=None):
        return process(pulls=list(pulls), operator=operator(name), device=device, clock=clock)

    send.device = device
    return send


def pull(raw="", **rest):
    return Pull(**{"key": uuid.uuid4(), "mode": "pack", "raw": raw, **rest})


def effects():
    return (
        sorted(Bag.objects.values_list()),
        sorted(Link.objects.values_list()),
        AuditLog.objects.count(),
        Scan.objects.count(),
    )


def test_everything_is_told_again_as_it_was(call, operator, holds):
    create_bill(number="B-1", by=operator("kavya"))
    first = [
        pull("SB00001"),
        pull("7000001", parent="SB00001", captured_at=timezone.now(), seq=1),
        pull("7000001", parent="SB00001"),  # already_here
        pull("?!", parent="SB00001"),  # unreadable
        pull("7000002", parent="SB99999", offline=True),  # unknown
        pull("", mode="close", parent="SB00001"),
        pull("7000003", parent="SB00001", offline=True),  # a conflict
        pull("SB00001", mode="lookup"),
        pull("SB00001", mode="bill", bill="B-1"),
        pull("SB00001", mode="unbill", bill="B-1"),
        pull("7000001", mode="unlink", reason="torn"),
    ]
    told = call("kavya", *first)
    assert [answer["code"] for answer in told] == [
        "parent_opened",
        "linked",
        "already_here",
        "unreadable",
        "unknown",
        "closed",
        "conflict",
        "looked_up",
        "billed",
        "unbilled",
        "undone",
    ]
    assert not any(answer["replayed"] for answer in told)
    call("kavya", pull("7000009", parent="SB00001"))
    before = effects()
    again = [answer for one in first for answer in call("kavya", one)]
    at_once = call("kavya", *reversed(first))[::-1]
    assert again == at_once == [{**answer, "replayed": True} for answer in told]
    assert effects() == before
    holds()


def test_a_retry_from_the_queue_is_the_same_scan(call):
    """Between two attempts a device may go offline and its clock be set: that is no other content."""
    call("ravi", pull("SB00001"))
    one = pull("7000001", parent="SB00001", seq=3, captured_at=timezone.now())
    told = call("ravi", one)[0]
    later = Pull(
        key=one.key,
        mode="pack",
        raw="7000001",
        parent="SB00001",
        seq=3,
        offline=True,
        captured_at=timezone.now() + timedelta(days=400),
    )
    assert call("ravi", later)[0] == {**told, "replayed": True}


def test_an_undo_told_again_undoes_nothing_more(call, holds):
    call("ravi", pull("SB00001"), pull("7000001", parent="SB00001"), pull("7000002", parent="SB00001"))
    one = pull(mode="undo")
    first = call("ravi", one)[0]
    assert (first["code"], first["bag"]["qr_id"]) == ("undone", "7000002")
    assert call("ravi", one)[0] == {**first, "replayed": True}
    assert Link.objects.filter(unlinked_at=None).count() == 1
    holds()


def test_one_key_twice_in_one_call(call, holds):
    one = pull("7000001", parent="SB00001")
    opened, first, second = call("ravi", pull("SB00001"), one, one)
    assert (opened["code"], first["code"], first["replayed"]) == ("parent_opened", "linked", False)
    assert second == {**first, "replayed": True}
    assert (Scan.objects.count(), Link.objects.count()) == (2, 1)
    holds()


DIFFERENT = [
    {"raw": "7000002"},
    {"raw": "7000001 "},
    {"parent": "SB00002"},
    {"parent": None},
    {"mode": "move"},
    {"bill": "B-1"},
]


@pytest.mark.parametrize("other", DIFFERENT, ids=str)
def test_a_key_with_another_content_is_refused_and_changes_nothing(call, other):
    one = pull("7000001", parent="SB00001")
    call("ravi", pull("SB00001"), pull("SB00002"), one)
    before = effects()
    reused = Pull(**{"key": one.key, "mode": "pack", "raw": "7000001", "parent": "SB00001", **other})
    told = call("ravi", reused)[0]
    assert (told["code"], told["severity"], told["replayed"]) == ("key_reused", "block", False)
    assert (told["scan_id"], told["bag"], told["parent"]) == (None, None, None)
    assert effects() == before


def test_a_key_of_somebody_else_tells_nothing(call):
    one = pull("7000001", parent="SB00001")
    call("ravi", pull("SB00001"), one)
    for name in ("meena", "arjun", "asha"):
        assert call(name, one)[0]["code"] == "key_reused"


def test_a_reused_key_stops_no_other_scan_of_its_call(call, holds):
    one = pull("7000001", parent="SB00001")
    call("ravi", pull("SB00001"), one)
    other = Pull(key=one.key, mode="pack", raw="7000005", parent="SB00001")
    told = call("ravi", pull("7000002", parent="SB00001"), other, pull("7000003", parent="SB00001"))
    assert [answer["code"] for answer in told] == ["linked", "key_reused", "linked"]
    assert told[2]["parent"]["count"] == 3
    holds()


def test_what_comes_first_in_a_call_is_met_by_what_comes_next(call, operator, holds):
    create_bill(number="B-1", by=operator("kavya"))
    told = call(
        "kavya",
        pull("SB00001"),
        pull("M444-00001"),
        *[pull(f"70000{number:02}", parent="M444-00001") for number in range(16)],
        pull("7000000", mode="move", parent="SB00001"),
        pull("7000015", parent="M444-00001"),
        pull("7000001", mode="unlink", reason="torn"),
        pull("7000001", parent="SB00001"),
        pull("SB00001", mode="bill", bill="B-1"),
        pull("SB00001", mode="unbill", bill="B-1"),
        pull("SB00001", mode="bill", bill="B-1"),
        pull("7000002", mode="move", parent="SB00001"),
    )
    assert [answer["code"] for answer in told[2:]] == [
        *["linked"] * 14,
        "linked_last",
        "parent_full",
        "moved",
        "linked_last",
        "undone",
        "linked",
        "billed",
        "unbilled",
        "billed",
        "parent_billed",
    ]
    assert [told[index]["parent"]["count"] for index in (18, 19, 20, 21, 22)] == [1, 15, 14, 2, 2]
    holds()


def test_gaps_and_repeats_in_the_numbers_are_stored_and_never_refused(call):
    call("ravi", pull("SB00001", seq=5))
    told = [
        call("ravi", pull(f"700000{n}", parent="SB00001", seq=seq))[0]
        for n, seq in enumerate((9, 9, 1, 2**62))
    ]
    assert [answer["code"] for answer in told] == ["linked"] * 4
    assert list(Scan.objects.order_by("pk").values_list("seq", flat=True)) == [5, 9, 9, 1, 2**62]


@pytest.mark.parametrize("hours", [-90_000, -3, 0, 7, 60_000])
def test_the_device_and_how_far_its_clock_is_off(call, hours):
    """Years off or not: the device's time is stored beside ours and decides nothing."""
    off = timedelta(hours=hours)
    at = timezone.now() + off
    told = call("ravi", pull("SB00001", captured_at=at, seq=1), clock=at)[0]
    assert told["code"] == "parent_opened"
    device = Device.objects.get()
    assert (device.id, device.last_operator.username) == (call.device, "ravi")
    assert device.clock_offset_ms == pytest.approx(off.total_seconds() * 1000, abs=30_000)
    scan = Scan.objects.get()
    assert (scan.captured_at, scan.device_id) == (at, call.device)
    assert abs(scan.received_at - timezone.now()) < timedelta(seconds=30)


def test_arrival_at_the_server_decides_not_the_devices_time(call):
    call("ravi", pull("SB00001"), pull("SB00002"))
    late, early = timezone.now(), timezone.now() - timedelta(days=2)
    call("ravi", pull("7000001", parent="SB00001", captured_at=late))
    told = call("ravi", pull("7000001", parent="SB00002", captured_at=early, offline=True))[0]
    assert (told["code"], told["reason_code"]) == ("conflict", "in_other_parent")


def test_raw_text_is_stored_as_read(call):
    raws = ["<b>\u202e1234</b>", "\N{FULLWIDTH DIGIT ONE}234567", "a" * 5000, " 7000001\r\n", "12\x1d34"]
    call("ravi", *[pull(raw, parent="SB00001") for raw in raws], pull("12\x0034567"))
    stored = list(Scan.objects.order_by("pk").values_list("raw", flat=True))
    assert stored == [*raws, "12\N{SYMBOL FOR NULL}34567"]
