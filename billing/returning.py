"""The scan modes `return` and `unreturn`, brought to the one door (see bags.scanning.extensions).

A scan's `bill` is then the number of a return. Only sacks on a completed bill come back."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Count, Q

from accounts.models import User
from audit.actions import Action
from audit.log import Entry
from bags.scanning.floor import Earlier, Floor, Moment, Parent
from bags.scanning.results import Result
from bags.scanning.rules import Case, Verdict
from bags.scanning.undoing import superseded, undone
from billing.models import Bill, BillBag, Return, ReturnLine
from billing.returns import line_told


@dataclass(slots=True, eq=False)
class ReturnFacts:
    """A return as the rules need it; `parents` counts its open lines."""

    id: int
    number: str
    state: str
    parents: int

    @property
    def told(self) -> dict[str, Any]:
        return {"number": self.number, "state": self.state, "target": None, "parents": self.parents}


@dataclass(frozen=True, slots=True)
class CameBack:
    ticket: ReturnFacts
    parent: Parent


@dataclass(frozen=True, slots=True)
class WentOff:
    ticket: ReturnFacts
    parent: Parent


class ReturnScanning:
    """One call's returns; of each parent on a completed bill its line there, and its open return line."""

    modes: ClassVar[frozenset[str]] = frozenset({"return", "unreturn"})
    undoes: ClassVar[frozenset[str]] = frozenset({Result.RETURNED})

    def __init__(self) -> None:
        self.returns: dict[str, ReturnFacts] = {}
        self.dispatched: dict[int, Any] = {}  # BillBag, frozen
        self.lines: dict[int, ReturnLine] = {}
        self.added: list[ReturnLine] = []
        self.removed: list[ReturnLine] = []

    def lock(self, bills: Collection[str]) -> None:
        asked = {number: number.strip(" ").upper() for number in bills}
        found = Return.objects.filter(number__in=asked.values()).order_by("pk").select_for_update()
        by_number = {
            ticket.number: ReturnFacts(ticket.pk, ticket.number, ticket.state, 0) for ticket in found
        }
        for pk, parents in _counted([ticket.id for ticket in by_number.values()]):
            next(ticket for ticket in by_number.values() if ticket.id == pk).parents = parents
        self.returns = {name: by_number[number] for name, number in asked.items() if number in by_number}

    def load(self, floor: Floor) -> None:
        final = [bag.id for bag in floor.bags.values() if isinstance(bag, Parent) and bag.held_final]
        if not (self.returns and final):
            return
        lines = BillBag.objects.filter(
            bag__in=final, removed_at=None, returned_at=None, bill__state=Bill.State.COMPLETED
        )
        self.dispatched = {line.bag_id: line for line in lines.select_related("bag", "bill")}
        coming = ReturnLine.objects.filter(bill_line__in=self.dispatched.values(), removed_at=None)
        self.lines = {
            line.bag_id: line
            for line in coming.select_related("ticket", "bag", "bill_line__bill", "added_by")
        }

    def judge(self, case: Case) -> Verdict:
        reading = case.floor.read(case.pull.raw)
        if reading.code is None:
            return Verdict(code=Result.UNREADABLE)
        if not case.rights.may_bill:
            return Verdict(code=Result.NOT_ALLOWED)
        ticket, bag = self.returns.get(case.pull.bill or ""), case.floor.bags.get(reading.code)
        if ticket is None or bag is None:
            parent = bag if isinstance(bag, Parent) else None
            return Verdict(code=Result.UNKNOWN, parent=parent, bill=ticket.told if ticket else None)
        if not isinstance(bag, Parent):
            return Verdict(code=Result.WRONG_KIND, bag=bag, bill=ticket.told)
        if ticket.state != Return.State.DRAFT:
            return _about(Result.RETURN_FINAL, ticket, bag)
        return self._return(ticket, bag) if case.pull.mode == "return" else self._unreturn(ticket, bag)

    def _return(self, ticket: ReturnFacts, parent: Parent) -> Verdict:
        if parent.id not in self.dispatched:
            return _about(Result.NOT_DISPATCHED, ticket, parent)
        if line := self.lines.get(parent.id):
            explain = {"return": line.ticket.number, "since": line.added_at, "by": line.added_by.username}
            here = line.ticket_id == ticket.id
            code = Result.ALREADY_RETURNED_HERE if here else Result.ON_OTHER_RETURN
            return _about(code, ticket, parent, explain=explain)
        return Verdict(
            code=Result.RETURNED,
            bag=parent,
            parent=parent,
            bill={**ticket.told, "parents": ticket.parents + 1},
            explain={"bill": parent.held_by},
            beyond=(CameBack(ticket, parent),),
        )

    def _unreturn(self, ticket: ReturnFacts, parent: Parent) -> Verdict:
        line = self.lines.get(parent.id)
        if line is None or line.ticket_id != ticket.id:
            return _about(Result.NOT_ON_RETURN, ticket, parent)
        return Verdict(
            code=Result.UNRETURNED,
            bag=parent,
            parent=parent,
            bill={**ticket.told, "parents": ticket.parents - 1},
            beyond=(WentOff(ticket, parent),),
        )

    def undo(self, _case: Case, earlier: Earlier) -> Verdict:
        ticket, parent = self.returns.get(earlier.bill), earlier.parent
        line = self.lines.get(parent.id) if parent else None
        if ticket is None or parent is None or line is None or line.scan_id != earlier.id:
            return superseded(earlier)
        if ticket.state != Return.State.DRAFT:
            return superseded(earlier)
        told = {**ticket.told, "parents": ticket.parents - 1}
        return undone(earlier, bill=told, beyond=(WentOff(ticket, parent),))

    def apply(self, effects: tuple[Any, ...], moment: Moment, reason: str) -> list[Entry]:
        return [
            self._add(effect, moment, reason)
            if isinstance(effect, CameBack)
            else self._remove(effect, moment, reason)
            for effect in effects
        ]

    def _add(self, effect: CameBack, moment: Moment, reason: str) -> Entry:
        dispatched = self.dispatched[effect.parent.id]
        line = ReturnLine(
            ticket=Return(pk=effect.ticket.id, number=effect.ticket.number),
            bill_line=dispatched,
            bag=dispatched.bag,
            added_at=moment.at,
            added_by=User(pk=moment.by_id, username=moment.by),
            scan_id=moment.scan_id or 0,  # nothing but a scan brings a sack back; no scan is number 0
            child_count=dispatched.child_count,
            weight_kg=dispatched.weight_kg,
        )
        self.lines[effect.parent.id] = line
        self.added.append(line)
        effect.ticket.parents += 1
        told = line_told(line)
        return _entry(Action.RETURN_LINE_ADDED, effect.ticket, moment, {"parent": None}, told, reason)

    def _remove(self, effect: WentOff, moment: Moment, reason: str) -> Entry:
        line = self.lines.pop(effect.parent.id)
        line.removed_at, line.removed_by_id = moment.at, moment.by_id
        if line.pk is not None:
            self.removed.append(line)
        effect.ticket.parents -= 1
        told = line_told(line)
        return _entry(Action.RETURN_LINE_REMOVED, effect.ticket, moment, told, {"parent": None}, reason)

    def write(self) -> None:
        # A removed line must be out of the unique index before its sack's next line enters it.
        if self.removed:
            ReturnLine.objects.bulk_update(self.removed, ["removed_at", "removed_by"])
        if self.added:
            ReturnLine.objects.bulk_create(self.added)


def _counted(ids: Collection[int]) -> list[tuple[int, int]]:
    open_lines = Count("lines", filter=Q(lines__removed_at=None))
    return list(Return.objects.filter(pk__in=ids).annotate(parents=open_lines).values_list("pk", "parents"))


def _about(
    code: Result, ticket: ReturnFacts, parent: Parent, explain: dict[str, Any] | None = None
) -> Verdict:
    return Verdict(code=code, bag=parent, parent=parent, bill=ticket.told, explain=explain)


def _entry(
    action: Action,
    ticket: ReturnFacts,
    moment: Moment,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
) -> Entry:
    return Entry(
        at=moment.at,
        action=action,
        target_type="return",
        target_id=str(ticket.id),
        target_label=ticket.number,
        before=before,
        after=after,
        reason=reason,
    )
