"""Done: what was counted stands beside what is recorded, and nothing else changes."""

import uuid

import pytest

from audit.models import AuditLog
from bags.models import Bag, Link, Recount, RecountLine
from tests.billing.conftest import everything
from tests.recount.conftest import outcomes
from tests.scanning.racing import puller, together

pytestmark = pytest.mark.django_db


def test_what_was_found_stands_beside_what_is_recorded(loose, counted, holds):
    recount = counted()
    assert outcomes() == {
        "0000100001": ("found", "SB00001"),
        "0000100002": ("found", "SB00001"),
        "0000100003": ("missing", "SB00001"),
        "0000200001": ("unexpected", "SB00002"),
        "7000001": ("unexpected", None),
        "7000002": ("unexpected", None),
    }
    bags = dict(RecountLine.objects.values_list("code", "bag__qr_id"))
    assert (bags["0000100003"], bags["7000001"], bags["7000002"]) == ("0000100003", "7000001", None)
    recount.refresh_from_db()
    assert (recount.state, recount.ended_by.username) == ("finished", "ravi")
    assert (recount.expected, recount.found, recount.differences, recount.undecided) == (3, 2, 4, 4)
    entry = AuditLog.objects.latest("pk")
    assert (entry.action, entry.actor, entry.target_id, entry.at) == (
        "recount_finished",
        "ravi",
        str(recount.pk),
        recount.ended_at,
    )
    assert (entry.before, entry.after) == (
        {"state": "open"},
        {"state": "finished", "expected": 3, "found": 2, "missing": 1, "unexpected": 3},
    )
    holds()


def test_links_bags_and_flags_stay_as_they_were(fill, count, finish, holds):
    fill("ravi", "SB00001", 2)
    count("ravi", "SB00001")
    count("ravi", "7000001", "SB00001")
    before = everything()
    finish(Recount.objects.get())
    after = everything()
    assert {name for name in before if before[name] != after[name]} == {"Recount", "RecountLine", "AuditLog"}
    holds()


def test_a_sack_that_is_as_recorded_proposes_nothing(fill, count, finish, holds):
    fill("ravi", "SB00001", 2)
    count("ravi", "SB00001")
    for code in ("0000100002", "0000100001"):
        count("ravi", code, "SB00001")
    recount = finish(Recount.objects.get())
    assert (recount.expected, recount.found, recount.differences, recount.undecided) == (2, 2, 0, 0)
    assert not Recount.objects.to_decide().exists()
    holds()


def test_an_empty_sack_and_nothing_found(fill, count, finish, holds):
    fill("ravi", "SB00001", 0)
    count("ravi", "SB00001")
    recount = finish(Recount.objects.get())
    assert (recount.expected, recount.found, recount.differences) == (0, 0, 0)
    holds()


def test_old_codes_are_found_however_they_are_written(fill, count, finish, holds):
    fill("ravi", "SB00001", 1)
    Bag.objects.filter(kind="child").update(qr_id=" old packet 7")
    count("ravi", "SB00001")
    assert count("ravi", "OLD packet 7", "SB00001")["code"] == "counted"
    recount = finish(Recount.objects.get())
    assert (recount.found, recount.differences) == (1, 0)
    holds()


def test_a_packet_that_was_taken_back_is_missing(fill, scan, count, finish, holds):
    fill("ravi", "SB00001", 1)
    key = uuid.uuid4()
    count("ravi", "SB00001")
    count("ravi", "0000100001", "SB00001", key=key)
    scan("ravi", str(key), mode="undo")
    finish(Recount.objects.get())
    assert outcomes() == {"0000100001": ("missing", "SB00001")}
    holds()


def test_finished_twice_is_harmless(counted, finish, holds):
    recount = counted()
    before = everything()
    assert finish(recount, by="kavya").ended_by_id == recount.ended_by_id
    assert everything() == before
    holds()


def test_a_newer_recount_overtakes_an_older_one(counted, count, finish, holds):
    first = counted()
    count("meena", "SB00001")
    assert Recount.objects.get(pk=first.pk).overtaken_by is None
    second = finish(Recount.objects.open().get(), by="meena")
    first.refresh_from_db()
    assert (first.overtaken_by, second.overtaken_by) == (second, None)
    assert list(Recount.objects.to_decide()) == [second]
    holds()


@pytest.mark.parametrize("name", ["arjun", "nobody"])
def test_out_of_sight_there_is_none(fill, count, finish, refused, name):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    with refused("unknown"):
        finish(Recount.objects.get(), by=name)
    with refused("unknown"):
        finish(Recount(pk=10**12))


@pytest.mark.parametrize("name", ["ravi", "meena", "kavya", "asha"])
def test_whoever_may_count_may_finish(fill, count, finish, name):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    assert finish(Recount.objects.get(), by=name).ended_by_id


@pytest.mark.parametrize("name", ["ravi", "kavya"])
def test_it_can_be_given_up(fill, count, drop, finish, refused, holds, name):
    fill("ravi", "SB00001", 1)
    count("ravi", "SB00001")
    count("ravi", "7000001", "SB00001")
    recount = drop(Recount.objects.get(), by=name)
    assert (recount.state, recount.differences, recount.found) == ("dropped", 0, None)
    entry = AuditLog.objects.latest("pk")
    assert (entry.action, entry.actor, entry.after) == ("recount_dropped", name, {"state": "dropped"})
    with refused("dropped"):
        drop(recount)
    with refused("dropped"):
        finish(recount)
    assert count("ravi", "7000001", "SB00001")["code"] == "not_counting"
    assert count("ravi", "SB00001")["bill"]["parents"] == 0  # a new one
    assert Recount.objects.count() == 2
    holds()


def test_what_is_finished_is_not_given_up(counted, drop, refused):
    recount = counted()
    with refused("finished"):
        drop(recount)
    with refused("unknown"):
        drop(recount, by="arjun")


@pytest.mark.django_db(transaction=True)
def test_two_finish_while_a_third_counts(fill, count, finish, people, holds):
    """Nobody waits for ever, it is finished once, and a packet that was told to count is counted."""
    fill("ravi", "SB00001", 2)
    for _ in range(5):
        count("ravi", "SB00001")
        recount = Recount.objects.open().get()
        results = together(
            lambda recount=recount: finish(recount),
            lambda recount=recount: finish(recount, by="meena"),
            puller(people["kavya"], "0000100001", mode="count", parent="SB00001"),
        )
        assert [result.state for result in results[:2]] == ["finished", "finished"]
        recount.refresh_from_db()
        lines = recount.lines.filter(scan__isnull=False).count()
        assert (results[2]["code"], lines) in (("counted", 1), ("not_counting", 0))
        assert (recount.found, recount.differences) == (lines, 2 - lines)
    assert AuditLog.objects.filter(action="recount_finished").count() == 5
    assert Link.objects.filter(unlinked_at=None).count() == 2
    holds()
