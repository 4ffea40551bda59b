"""The scan modes `bill` and `unbill`, brought to the one door (see bags.scanning.extensions)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

import orjson

from audit.actions import Action
from audit.database import execute
from audit.log import Entry
from bags.scanning.floor import Closed, Earlier, Effect, Floor, Held, Moment, Parent
from bags.scanning.results import Result
from bags.scanning.rules import Case, Verdict
from bags.scanning.undoing import superseded, undone
from billing.models import Bill

_LOCK_BILLS = """
SELECT asked.number, bill.id, bill.number, bill.state, bill.target,
       (SELECT count(*) FROM billing_billbag line WHERE line.bill_id = bill.id AND line.removed_at IS NULL)
  FROM unnest(%s::text[]) AS asked(number)
  JOIN billing_bill bill ON upper(btrim(bill.number)) = upper(btrim(asked.number))
 ORDER BY bill.id FOR UPDATE OF bill
"""

_OPEN_LINES = """
SELECT line.bag_id, line.id, line.bill_id, line.scan_id, line.added_at, who.username
  FROM billing_billbag line JOIN accounts_user who ON who.id = line.added_by_id
 WHERE line.bag_id = ANY(%s) AND line.removed_at IS NULL AND line.returned_at IS NULL
"""

_REMOVE_LINES = """
UPDATE billing_billbag line SET removed_at = gone.at, removed_by_id = gone.by
  FROM jsonb_to_recordset(%s::jsonb) AS gone(id bigint, at timestamptz, by bigint)
 WHERE line.id = gone.id
"""

# A bill with its first line is in processing.
_ADD_LINES = """
WITH line AS (
    INSERT INTO billing_billbag (bill_id, bag_id, scan_id, import_batch_id, added_at, added_by_id,
                                 removed_at, removed_by_id)
    SELECT bill_id, bag_id, scan_id, import_batch_id, at, by, removed_at, removed_by
      FROM jsonb_to_recordset(%s::jsonb) AS line(
           bill_id bigint, bag_id bigint, scan_id bigint, import_batch_id bigint, at timestamptz, by bigint,
           removed_at timestamptz, removed_by bigint)
    RETURNING bill_id
)
UPDATE billing_bill SET state = 'processing' WHERE state = 'draft' AND id IN (SELECT bill_id FROM line)
"""


@dataclass(slots=True, eq=False)
class BillFacts:
    """A bill as the rules need it; `parents` counts its open lines."""

    id: int
    number: str
    state: str
    target: int | None
    parents: int

    @property
    def is_final(self) -> bool:
        return self.state in (Bill.State.COMPLETED, Bill.State.CANCELLED)

    @property
    def told(self) -> dict[str, Any]:
        return {"number": self.number, "state": self.state, "target": self.target, "parents": self.parents}


@dataclass(slots=True, eq=False)
class LineFacts:
    """An open line; `id` is None when this call added it."""

    id: int | None
    bill_id: int
    scan_id: int | None
    since: datetime
    by: str
    row: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LineAdded:
    bill: BillFacts
    parent: Parent


@dataclass(frozen=True, slots=True)
class LineRemoved:
    bill: BillFacts
    parent: Parent


class BillScanning:
    """One call's bills and open lines."""

    modes: ClassVar[frozenset[str]] = frozenset({"bill", "unbill"})
    undoes: ClassVar[frozenset[str]] = frozenset({Result.BILLED})

    def __init__(self) -> None:
        self.bills: dict[str, BillFacts] = {}
        self.lines: dict[int, LineFacts] = {}
        self.added: list[dict[str, Any]] = []
        self.removed: list[dict[str, Any]] = []

    def lock(self, bills: Collection[str]) -> None:
        by_id: dict[int, BillFacts] = {}
        for asked, bill_id, *facts in execute(_LOCK_BILLS, [list(bills)]):
            self.bills[asked] = by_id.setdefault(bill_id, BillFacts(bill_id, *facts))

    def load(self, floor: Floor) -> None:
        held = [bag.id for bag in floor.bags.values() if isinstance(bag, Parent) and bag.held_by]
        if self.bills and held:
            self.lines = {row[0]: LineFacts(*row[1:]) for row in execute(_OPEN_LINES, [held])}

    def judge(self, case: Case) -> Verdict:
        reading = case.floor.read(case.pull.raw)
        if reading.code is None:
            return Verdict(code=Result.UNREADABLE)
        if not case.rights.may_bill:
            return Verdict(code=Result.NOT_ALLOWED)
        bill, bag = self.bills.get(case.pull.bill or ""), case.floor.bags.get(reading.code)
        if bill is None or bag is None:
            parent = bag if isinstance(bag, Parent) else None
            return Verdict(code=Result.UNKNOWN, parent=parent, bill=bill.told if bill else None)
        if not isinstance(bag, Parent):
            return Verdict(code=Result.WRONG_KIND, bag=bag, bill=bill.told)
        if bill.is_final:
            return Verdict(code=Result.BILL_FINAL, bag=bag, parent=bag, bill=bill.told)
        return self._bill(bill, bag) if case.pull.mode == "bill" else self._unbill(bill, bag)

    def _bill(self, bill: BillFacts, parent: Parent) -> Verdict:
        line = self.lines.get(parent.id)
        if line:
            here = line.bill_id == bill.id
            code = Result.ALREADY_BILLED_HERE if here else Result.ON_OTHER_BILL
            explain = {"bill": parent.held_by, "since": line.since, "by": line.by}
            return Verdict(code=code, bag=parent, parent=parent, bill=bill.told, explain=explain)
        if parent.count == 0:
            return Verdict(code=Result.PARENT_EMPTY, bag=parent, parent=parent, bill=bill.told)
        held: tuple[Effect, ...] = (Held(parent, bill.number),)
        effects = held if parent.is_closed else (Closed(parent), *held)
        return Verdict(
            code=Result.BILLED,
            bag=parent,
            parent=parent,
            bill={**bill.told, "state": Bill.State.PROCESSING.value, "parents": bill.parents + 1},
            effects=effects,
            beyond=(LineAdded(bill, parent),),
        )

    def _unbill(self, bill: BillFacts, parent: Parent) -> Verdict:
        line = self.lines.get(parent.id)
        if line is None or line.bill_id != bill.id:
            return Verdict(code=Result.NOT_ON_BILL, bag=parent, parent=parent, bill=bill.told)
        return Verdict(
            code=Result.UNBILLED,
            bag=parent,
            parent=parent,
            bill={**bill.told, "parents": bill.parents - 1},
            effects=(Held(parent, ""),),
            beyond=(LineRemoved(bill, parent),),
        )

    def undo(self, _case: Case, earlier: Earlier) -> Verdict:
        bill, parent = self.bills.get(earlier.bill), earlier.parent
        line = self.lines.get(parent.id) if parent else None
        if bill is None or parent is None or line is None or line.scan_id != earlier.id:
            return superseded(earlier)
        told = {**bill.told, "parents": bill.parents - 1}
        return undone(earlier, Held(parent, ""), bill=told, beyond=(LineRemoved(bill, parent),))

    def apply(self, effects: tuple[Any, ...], moment: Moment, reason: str) -> list[Entry]:
        entries = []
        for effect in effects:
            adding = isinstance(effect, LineAdded)
            entries.append(_entry(effect, moment, reason))
            if adding:
                self._add(effect, moment)
            else:
                self._remove(effect, moment)
        return entries

    def _add(self, effect: LineAdded, moment: Moment) -> None:
        bill, parent = effect.bill, effect.parent
        row = {
            "bill_id": bill.id,
            "bag_id": parent.id,
            "scan_id": moment.scan_id,
            "import_batch_id": moment.import_id,
            "at": moment.at,
            "by": moment.by_id,
        }
        self.added.append(row)
        self.lines[parent.id] = LineFacts(None, bill.id, moment.scan_id, moment.at, moment.by, row)
        bill.state, bill.parents = Bill.State.PROCESSING, bill.parents + 1

    def _remove(self, effect: LineRemoved, moment: Moment) -> None:
        line = self.lines.pop(effect.parent.id)
        effect.bill.parents -= 1
        if line.id is None:
            line.row |= {"removed_at": moment.at, "removed_by": moment.by_id}
        else:
            self.removed.append({"id": line.id, "at": moment.at, "by": moment.by_id})

    def write(self) -> None:
        # A removed line must be out of the unique index before its parent's next line enters it.
        for sql, rows in ((_REMOVE_LINES, self.removed), (_ADD_LINES, self.added)):
            if rows:
                execute(sql, [orjson.dumps(rows).decode()])


def _entry(effect: LineAdded | LineRemoved, moment: Moment, reason: str) -> Entry:
    bill, parent = effect.bill, effect.parent
    adding = isinstance(effect, LineAdded)
    line = {"parent": parent.code, "parent_id": parent.id, "count": parent.count}
    before: dict[str, Any] = {"parent": None} if adding else line
    after: dict[str, Any] = line if adding else {"parent": None}
    if adding and bill.state == Bill.State.DRAFT:
        before, after = {**before, "state": bill.state}, {**after, "state": Bill.State.PROCESSING.value}
    return Entry(
        at=moment.at,
        action=Action.PARENT_BILLED if adding else Action.PARENT_UNBILLED,
        target_type="bill",
        target_id=str(bill.id),
        target_label=bill.number,
        before=before,
        after=after,
        reason=reason,
    )
