"""After a tape each change has its one entry, and the entries alone, played from nothing, give what is."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from audit.actions import Action
from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from audit.verifying import verify
from bags.models import Bag, Link
from billing.models import Bill, BillBag
from tests.test_tapes import REPLAY, TAPES, make_users, server

__all__ = ["server"]
pytestmark = pytest.mark.django_db(transaction=True)
HAPPENED_TO_PEOPLE = {Action.SIGNED_IN, Action.SIGNED_OUT, Action.RIGHT_REFUSED}


@pytest.fixture(params=["tape-0-short", "tape-1"])
def played(server, request):
    tape = Path(TAPES / f"{request.param}.jsonl")
    make_users(tape)
    command = [sys.executable, REPLAY, f"http://127.0.0.1:{server[0]}", tape, "--batch", "50"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert told.returncode == 0, told.stdout[-3000:]
    return list(AuditLog.objects.exclude(action__in=HAPPENED_TO_PEOPLE).order_by("pk"))


class Warehouse:
    """What the entries say there is."""

    def __init__(self, entries):
        self.inside, self.sacks, self.bills, self.lines, self.frozen = {}, {}, {}, {}, {}
        for entry in entries:
            getattr(self, entry.action)(entry, entry.before or {}, entry.after or {})

    def parent_created(self, entry, _before, after):
        self.sacks[entry.target_id] = after["state"]

    def parent_closed(self, entry, _before, after):
        self.sacks[entry.target_id] = after["state"]

    parent_reopened = parent_closed

    def child_linked(self, entry, _before, after):
        assert entry.target_id not in self.inside
        self.inside[entry.target_id] = after["parent_id"]

    def child_unlinked(self, entry, before, _after):
        assert self.inside.pop(entry.target_id) == before["parent_id"]

    def bill_created(self, entry, _before, after):
        self.bills[entry.target_id] = "draft"
        assert after["number"] == entry.target_label

    def bill_edited(self, entry, before, after):
        assert set(before) == set(after)

    def bill_completed(self, entry, _before, after):
        self.bills[entry.target_id] = after["state"]
        self.frozen[entry.target_id] = after["actual_kg"]

    def bill_reopened(self, entry, _before, after):
        self.bills[entry.target_id] = after["state"]
        del self.frozen[entry.target_id]

    def bill_cancelled(self, entry, _before, after):
        self.bills[entry.target_id] = after["state"]

    def parent_billed(self, entry, _before, after):
        assert after["parent_id"] not in self.lines
        self.lines[after["parent_id"]] = entry.target_id
        self.bills[entry.target_id] = after.get("state", self.bills[entry.target_id])

    def parent_unbilled(self, entry, before, _after):
        assert self.lines.pop(before["parent_id"]) == entry.target_id

    def recount_needed(self, _entry, _before, _after):
        """Says nothing of where a packet is."""


def test_each_change_has_one_entry_and_the_entries_give_what_is(played, holds):
    told = Warehouse(played)
    is_open = Link.objects.filter(unlinked_at=None).values_list("child_id", "parent_id")
    assert told.inside == {str(child): parent for child, parent in is_open}
    parents = Bag.objects.filter(kind="parent").values_list("pk", "state")
    assert told.sacks == {str(number): state for number, state in parents}
    assert told.bills == {str(number): state for number, state in Bill.objects.values_list("pk", "state")}
    lines = BillBag.objects.filter(removed_at=None).values_list("bag_id", "bill_id")
    assert told.lines == {bag: str(bill) for bag, bill in lines}
    completed = Bill.objects.filter(state="completed").values_list("pk", "actual_kg")
    assert told.frozen == {str(number): str(weight) for number, weight in completed}

    changes = {
        "child_linked": Link.objects.count(),
        "child_unlinked": Link.objects.exclude(unlinked_at=None).count(),
        "parent_created": Bag.objects.filter(kind="parent").count(),
        "parent_billed": BillBag.objects.count(),
        "parent_unbilled": BillBag.objects.exclude(removed_at=None).count(),
        "bill_created": Bill.objects.count(),
    }
    counted = Counter(entry.action for entry in played)
    assert {action: counted[action] for action in changes} == changes
    holds()  # question 13: each of them once, at its very time
    seal_and_anchor(at_once=True)
    report = verify()
    assert (report.bad, report.unsealed, report.sealed) == (0, 0, AuditLog.objects.count())
