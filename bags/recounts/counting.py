"""The scan mode `count`, brought to the one door (see bags.scanning.extensions).

A sack's code begins its recount, or joins the one that goes on; each packet's code is then counted with the
sack in the scan's `parent`. Answers tell how much was counted and nothing of what is recorded. A sack's
recount changes under the lock of the sack, as all that is inside it does.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from audit.actions import Action
from audit.database import execute
from audit.log import Entry
from bags.recounts.models import Recount, RecountLine
from bags.scanning.codes import Reading
from bags.scanning.floor import Child, Earlier, Floor, Moment, Parent
from bags.scanning.results import Result
from bags.scanning.rules import Case, Verdict
from bags.scanning.undoing import superseded, undone

LINES_AT_MOST = 1_000  # no product has more packets in a sack


@dataclass(slots=True, eq=False)
class CountFacts:
    """An open recount; `lines` are its packets by code."""

    id: int
    lines: dict[str, RecountLine] = field(default_factory=dict)

    def told(self, found: int) -> dict[str, Any]:
        """In the place of a bill: `parents` counts packets."""
        return {"number": str(self.id), "state": Recount.State.OPEN.value, "target": None, "parents": found}


@dataclass(frozen=True, slots=True)
class Begun:
    recount: CountFacts
    sack: Parent


@dataclass(frozen=True, slots=True)
class Counted:
    recount: CountFacts
    code: str
    bag: Child | None


@dataclass(frozen=True, slots=True)
class Uncounted:
    recount: CountFacts
    code: str


class CountScanning:
    """One call's open recounts, by the id of their sack."""

    modes: ClassVar[frozenset[str]] = frozenset({"count"})
    undoes: ClassVar[frozenset[str]] = frozenset({Result.COUNTED})

    def __init__(self) -> None:
        self.recounts: dict[int, CountFacts] | None = None
        self.begun: list[Recount] = []
        self.counted: list[RecountLine] = []
        self.uncounted: list[RecountLine] = []

    def lock(self, bills: Collection[str]) -> None:
        """The sacks are locked as bags."""

    def load(self, floor: Floor) -> None:
        """Only when something is counted: packing is not to pay for it."""

    def judge(self, case: Case) -> Verdict:
        reading = case.floor.read(case.pull.raw)
        if reading.code is None:
            return Verdict(code=Result.UNREADABLE)
        if case.rights.has_no_area:
            return Verdict(code=Result.NOT_ALLOWED)
        if reading.kind == "parent":
            return self._begin(case, reading)
        if not case.pull.parent:
            return Verdict(code=Result.NEED_PARENT)
        sack = case.floor.find(case.pull.parent)
        if sack is None or not case.visible(sack):
            return Verdict(code=Result.UNKNOWN)
        if not isinstance(sack, Parent):
            return Verdict(code=Result.WRONG_KIND, bag=sack)
        return self._count(case, reading, sack)

    def _begin(self, case: Case, reading: Reading) -> Verdict:
        sack = case.floor.bags.get(reading.code or "")
        if not isinstance(sack, Parent) or not case.visible(sack):
            return Verdict(code=Result.UNKNOWN)
        recount = self._open(case.floor).get(sack.id)
        beyond: tuple[Any, ...] = ()
        if recount is None:
            recount = CountFacts(execute("SELECT nextval('bags_recount_id_seq')")[0][0])
            beyond = (Begun(recount, sack),)
        told = recount.told(len(recount.lines))
        return Verdict(
            code=Result.RECOUNT_OPENED, bag=sack, parent=sack, bill=told, beyond=beyond, blind=True
        )

    def _count(self, case: Case, reading: Reading, sack: Parent) -> Verdict:
        code, packet = reading.code or "", case.floor.bags.get(reading.code or "")
        known = packet if isinstance(packet, Child) else None
        seen = known if case.visible(known) else None
        if seen and seen.lot and reading.lot and seen.lot != reading.lot:
            lots = {"lot": seen.lot, "scanned_lot": reading.lot}
            return Verdict(code=Result.LOT_DIFFERS, bag=seen, explain=lots)
        recount = self._open(case.floor).get(sack.id)
        about = Verdict(code=Result.NOT_COUNTING, bag=seen, parent=sack, blind=True)
        if recount is None:
            return about
        found = len(recount.lines)
        about = replace(about, bill=recount.told(found))
        if code in recount.lines:
            return replace(about, code=Result.ALREADY_COUNTED)
        if found >= LINES_AT_MOST:
            return replace(about, code=Result.RECOUNT_FULL)
        counted = Counted(recount, code, known)
        return replace(about, code=Result.COUNTED, bill=recount.told(found + 1), beyond=(counted,))

    def undo(self, case: Case, earlier: Earlier) -> Verdict:
        recount = self._open(case.floor).get(earlier.parent.id) if earlier.parent else None
        lines = recount.lines.values() if recount else ()
        line = next((line for line in lines if line.scan_id == earlier.id), None)
        if recount is None or line is None:
            return replace(superseded(earlier), blind=True)
        told = recount.told(len(recount.lines) - 1)
        return replace(undone(earlier, bill=told, beyond=(Uncounted(recount, line.code),)), blind=True)

    def _open(self, floor: Floor) -> dict[int, CountFacts]:
        """Read once, when all that the call touches is locked."""
        if self.recounts is None:
            sacks = [bag.id for bag in floor.bags.values() if isinstance(bag, Parent)]
            rows = Recount.objects.open().filter(sack__in=sacks).values_list("sack_id", "pk")
            self.recounts = {sack_id: CountFacts(pk) for sack_id, pk in rows}
            by_id = {recount.id: recount for recount in self.recounts.values()}
            for line in RecountLine.objects.filter(recount__in=by_id, taken_back_at=None):
                by_id[line.recount_id].lines[line.code] = line
        return self.recounts

    def apply(self, effects: tuple[Any, ...], moment: Moment, reason: str) -> list[Entry]:
        entries = []
        for effect in effects:
            if isinstance(effect, Begun):
                entries.append(self._begun(effect, moment, reason))
            elif isinstance(effect, Counted):
                self._counted(effect, moment)
            else:
                line = effect.recount.lines.pop(effect.code)
                line.taken_back_at = moment.at
                self.uncounted.append(line)
        return entries

    def _begun(self, effect: Begun, moment: Moment, reason: str) -> Entry:
        made = Recount(
            pk=effect.recount.id, sack_id=effect.sack.id, started_at=moment.at, started_by_id=moment.by_id
        )
        self.begun.append(made)
        if self.recounts is not None:
            self.recounts[effect.sack.id] = effect.recount
        return Entry(
            at=moment.at,
            action=Action.RECOUNT_STARTED,
            target_type="recount",
            target_id=str(made.pk),
            target_label=effect.sack.code,
            before=None,
            after={"state": made.state},
            reason=reason,
        )

    def _counted(self, effect: Counted, moment: Moment) -> None:
        line = RecountLine(
            recount_id=effect.recount.id,
            code=effect.code,
            bag_id=effect.bag.id if effect.bag else None,
            scan_id=moment.scan_id,
        )
        effect.recount.lines[effect.code] = line
        self.counted.append(line)

    def write(self) -> None:
        # A line taken back must be out of the unique index before the same packet's next one enters it.
        if self.uncounted:
            RecountLine.objects.bulk_update(self.uncounted, ["taken_back_at"])
        if self.begun:
            Recount.objects.bulk_create(self.begun)
        if self.counted:
            RecountLine.objects.bulk_create(self.counted)
