"""Sacks onto bills from a file, judged and written by the rules of the scanning modes `bill` and `unbill`:
the same locks, effects and audit entries; the lines name the import instead of a scan."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.operators import Operator
from audit.log import Entry
from bags.importing.judging import Progress
from bags.importing.kinds import Correction, Settled, below_lists
from bags.importing.models import ImportBatch, ImportProblem
from bags.importing.refusal import ImportRefused
from bags.importing.tables import Row
from bags.products import known_products
from bags.scanning import store, trail
from bags.scanning.codes import read
from bags.scanning.floor import Floor, Moment
from bags.scanning.results import Result
from bags.scanning.rules import Case, Pull, Rights, Verdict
from bags.scanning.writing import write
from billing.importing.parsing import BillRow, parse_bills
from billing.models import Bill, BillBag
from billing.scanning import BillFacts, BillScanning
from billing.services import BillRefused, cancel_bill, create_bill

_PROBLEMS = {
    Result.UNREADABLE: "unreadable",
    Result.UNKNOWN: "unknown_parent",
    Result.WRONG_KIND: "wrong_kind",
    Result.BILL_FINAL: "bill_final",
    Result.ON_OTHER_BILL: "on_other_bill",
    Result.PARENT_EMPTY: "sack_empty",
}
_NO_KEY = UUID(int=0)


class BillKind:
    """Sacks on bills."""

    name = "bills"
    about = gettext_lazy("Sacks one below the other, and below them a row with the bill that they are on.")
    columns = ("Sr. No.", "Parent")

    def stage(self, rows: Iterable[Row], progress: Progress) -> list[BillRow]:
        staged = list(parse_bills(rows))
        progress("read", len(staged), len(staged))
        return staged

    def settle(
        self, staged: list[BillRow], batch: ImportBatch, by: Operator, *, apply: bool, progress: Progress
    ) -> Settled:
        """Raises Stale where somebody made one of the new bills meanwhile."""
        desk = _Desk.lock(by, batch.pk, {row.bill for row in staged if not row.problem}, map(_code, staged))
        outcome = _Outcome()
        for count, row in enumerate(staged):
            self._judge(desk, row, outcome, apply=apply)
            if count % 1_000 == 0:
                progress("check", count, len(staged))
        batch.problems.all().delete()
        problems = sorted(outcome.problems, key=lambda one: one.place)
        ImportProblem.objects.bulk_create(problems, batch_size=1_000)
        if apply:
            desk.write()
        made = {"bills": len(desk.new_bills), "lines": outcome.lines, "new_bills": desk.new_bills}
        return Settled(
            len(staged),
            outcome.good,
            outcome.known,
            len(problems),
            desk.now if apply else None,
            made if apply else {},
        )

    def _judge(self, desk: "_Desk", row: BillRow, outcome: "_Outcome", *, apply: bool) -> None:
        problem, facts = row.problem, {"sack": row.bill}
        if row.is_bill and not problem:
            bill, facts = desk.bill(row.bill), {"bag": row.bill}
            is_new = bill.id < 0 or bill.id in desk.new_bills
            if bill.state == Bill.State.DRAFT:
                problem = "bill_without_sacks"
            else:
                outcome.good, outcome.known = outcome.good + is_new, outcome.known + (not is_new)
        elif not problem:
            verdict = desk.judge("bill", row.cell, row.bill)
            problem = _PROBLEMS.get(verdict.code)
            facts |= {"bill": row.bill, "other": str((verdict.explain or {}).get("bill", ""))}
            if verdict.code == Result.BILLED:
                outcome.good, outcome.lines = outcome.good + 1, outcome.lines + 1
                desk.apply(verdict, make_bill=apply)
            else:
                outcome.known += not problem
        if problem:
            outcome.problems.append(_problem(row, desk.import_id, problem, facts))

    def take_back(self, batch: ImportBatch, by: Operator) -> datetime:
        lines = list(BillBag.objects.filter(import_batch=batch).select_related("bill", "bag").order_by("pk"))
        desk = _Desk.lock(
            by, batch.pk, {line.bill.number for line in lines}, [line.bag.qr_id for line in lines]
        )
        for line in lines:
            verdict = desk.judge("unbill", line.bag.qr_id, line.bill.number)
            if verdict.code == Result.BILL_FINAL:
                raise ImportRefused("bill_changed", bag=line.bill.number)
            if verdict.code != Result.UNBILLED or not desk.is_own(line):
                raise ImportRefused("line_changed", bag=line.bag.qr_id, other=line.bill.number)
            desk.apply(verdict, make_bill=False)
        desk.write()
        for bill in Bill.objects.filter(pk__in=batch.made.get("new_bills", [])).order_by("pk"):
            if other := bill.lines.filter(removed_at=None).select_related("bag").first():
                raise ImportRefused("bill_grew", bag=bill.number, other=other.bag.qr_id)
            cancel_bill(number=bill.number, by=by, reason=_("Its import was taken back."))
        return desk.now

    def to_correct(self, problems: Iterable[ImportProblem]) -> Iterator[Correction]:
        return below_lists(problems, "Bill No")


@dataclass(slots=True)
class _Outcome:
    good: int = 0
    known: int = 0
    lines: int = 0
    problems: list[ImportProblem] = field(default_factory=list)


@dataclass(slots=True)
class _Desk:
    """What the rows of one file meet and change: locked bills and sacks, judged by the scanning rules."""

    by: Operator
    import_id: int
    floor: Floor
    bills: BillScanning
    now: datetime
    own_lines: dict[int, int]
    entries: list[Entry] = field(default_factory=list)
    new_bills: list[int] = field(default_factory=list)
    steps: int = 0

    @classmethod
    def lock(cls, by: Operator, import_id: int, numbers: set[str], codes: Iterable[str]) -> "_Desk":
        """Bills first, then sacks in id order, then read: as a scan does."""
        bills, named = BillScanning(), {code for code in codes if code}
        if numbers:
            bills.lock(sorted(numbers))
        locked = store.lock_bags(codes=named, leaving=(), ids=())
        loaded = store.load(codes=named, ids=locked, keys=[], device=None)
        bills.load(loaded.floor)
        own = {bag_id: line.id or 0 for bag_id, line in bills.lines.items()}
        return cls(by, import_id, loaded.floor, bills, loaded.now, own)

    def bill(self, number: str) -> BillFacts:
        """The bill of a number; one that is not there yet is a draft with an id below 0."""
        if number not in self.bills.bills:
            spellings = {known.strip(" ").upper(): facts for known, facts in self.bills.bills.items()}
            fresh = BillFacts(-len(self.bills.bills) - 1, number, Bill.State.DRAFT.value, None, 0)
            self.bills.bills[number] = spellings.get(number.upper(), fresh)
        return self.bills.bills[number]

    def judge(self, mode: str, raw: str, number: str) -> Verdict:
        self.bill(number)
        rights = Rights(operator_id=self.by.id, sees_all=True, may_bill=self.by.may_bill, area=None)
        pull = Pull(key=_NO_KEY, mode=mode, raw=raw, bill=number)
        case = Case(pull=pull, floor=self.floor, rights=rights, now=self.now, undo_window=timedelta(0))
        return self.bills.judge(case)

    def apply(self, verdict: Verdict, *, make_bill: bool) -> None:
        """Carry the verdict out in memory; the first line of a new bill makes it where `make_bill`."""
        bill = verdict.beyond[0].bill
        if make_bill and bill.id < 0:
            try:
                bill.id = create_bill(number=bill.number, by=self.by).pk
            except BillRefused:
                raise store.Stale from None
            self.new_bills.append(bill.id)
        # A microsecond apart, so that the order of the rows can be read from the times.
        self.steps += 1
        at = self.now + timedelta(microseconds=self.steps)
        moment = Moment(None, at, self.by.name, self.by.id, self.import_id)
        for effect in verdict.effects:
            if entry := trail.entry(self.floor, effect, moment, ""):
                self.entries.append(entry)
            self.floor.apply((effect,), moment)
        self.entries += self.bills.apply(verdict.beyond, moment, "")

    def is_own(self, line: BillBag) -> bool:
        """Whether the sack's open line is this one, and none that came later."""
        return self.own_lines.get(line.bag_id) == line.pk

    def write(self) -> None:
        if self.entries:
            self.bills.write()
            write(
                self.floor,
                scans=[],
                entries=self.entries,
                signed=self.by.signature,
                actor_id=self.by.id,
                device=None,
            )


def _code(row: BillRow) -> str:
    if row.is_bill or row.problem:
        return ""
    reading = read(row.cell, known_products().values())
    return reading.code or reading.text


def _problem(row: BillRow, batch_id: int, code: str, facts: dict[str, Any]) -> ImportProblem:
    return ImportProblem(
        batch_id=batch_id,
        place=row.place,
        sheet=row.sheet[:100],
        line=row.line,
        code=code,
        facts=facts,
        cells=row.cells,
    )


BILLS = BillKind()
