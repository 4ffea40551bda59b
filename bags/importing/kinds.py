"""The kinds of files. A storey above brings its own (`billing`: sacks on bills), named in IMPORT_KINDS."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Protocol

from django.conf import settings
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.operators import Operator
from audit.database import database_now
from bags.importing import judging, writing
from bags.importing.dependence import assert_nothing_depends
from bags.importing.judging import Progress
from bags.importing.models import ImportBatch, ImportProblem
from bags.importing.parsing import Staged, parse_bags, parse_batches
from bags.importing.tables import Row
from bags.products import known_products

# A row of a file to correct, and the problem that it stands for, if it stands for one.
Correction = tuple[list[str], ImportProblem | None]


@dataclass(frozen=True, slots=True)
class Settled:
    """How many rows a file has, how many of them are good, say what is so already, are bad; and what was
    `made` of the good ones at the moment `at`: counts by name, and what the kind wants to know later."""

    total: int
    good: int
    known: int
    bad: int
    at: datetime | None
    made: dict[str, Any]


class ImportKind(Protocol):
    """`stage` reads a file inside a transaction, `settle` judges what was staged, keeps the problems and, to
    `apply`, writes the good rows. `settle` may be called again after a savepoint was rolled back."""

    name: str
    about: str | Promise
    columns: Sequence[str]

    def stage(self, rows: Iterable[Row], progress: Progress) -> Any: ...

    def settle(
        self, staged: Any, batch: ImportBatch, by: Operator, *, apply: bool, progress: Progress
    ) -> Settled:
        """Raises IntegrityError where others were quicker."""

    def take_back(self, batch: ImportBatch, by: Operator) -> datetime:
        """Undo what the import made; returns when. Raises ImportRefused where something depends on it."""

    def to_correct(self, problems: Iterable[ImportProblem]) -> Iterator[Correction]:
        """The rows of a file of just these, as the kind wants them, without the header."""


@dataclass(frozen=True, slots=True)
class BagKind:
    """Bags and their links."""

    name: str
    about: str | Promise
    columns: Sequence[str]
    parse: Callable[..., Iterator[Staged]]
    sacks_stand_alone: bool

    def stage(self, rows: Iterable[Row], progress: Progress) -> None:
        judging.stage(self.parse(rows, known_products()), progress)

    def settle(
        self, _staged: None, batch: ImportBatch, by: Operator, *, apply: bool, progress: Progress
    ) -> Settled:
        progress("check", 0, 0)
        judging.judge(area=batch.area_id, sacks_stand_alone=self.sacks_stand_alone, lock=apply)
        total, good, known, bad = judging.note_problems(batch.pk)
        if not apply:
            return Settled(total, good, known, bad, None, {})
        at = database_now()
        made = writing.write(
            batch_id=batch.pk,
            at=at,
            by_id=by.id,
            by=by.name,
            request_id=by.signature.request_id,
            progress=progress,
        )
        return Settled(total, good, known, bad, at, made)

    def take_back(self, batch: ImportBatch, by: Operator) -> datetime:
        writing.lock_parents(batch.pk)
        assert_nothing_depends(batch)
        at = database_now()
        writing.write_back(
            batch_id=batch.pk, at=at, by_id=by.id, by=by.name, request_id=by.signature.request_id
        )
        return at

    def to_correct(self, problems: Iterable[ImportProblem]) -> Iterator[Correction]:
        if self.sacks_stand_alone:
            return ((problem.cells, problem) for problem in problems)
        return below_lists(problems, "Parent Code")


def below_lists(problems: Iterable[ImportProblem], word: str) -> Iterator[Correction]:
    """The rows, and below those that belong together what they belong to, if that is not among them."""
    last = ""
    for problem in problems:
        belongs_to = problem.facts.get("sack", "")
        if last not in ("", belongs_to, problem.facts.get("bag")):
            yield [word, last], None
        last = belongs_to
        yield problem.cells, problem
    if last:
        yield [word, last], None


@cache
def import_kinds() -> dict[str, ImportKind]:
    """All kinds by name, in the order of IMPORT_KINDS."""
    kinds: list[ImportKind] = [import_string(path) for path in settings.IMPORT_KINDS]
    return {kind.name: kind for kind in kinds}


BAGS = BagKind(
    name="bags",
    about=_("Each row a bag: its code, parent or child, and the sack that a child sits in."),
    columns=("qr_id", "type", "parent_qr_id"),
    parse=parse_bags,
    sacks_stand_alone=True,
)
BATCHES = BagKind(
    name="batches",
    about=_("Packets one below the other, and below them a row with the sack that they sit in."),
    columns=("Sr. No.", "QR code"),
    parse=parse_batches,
    sacks_stand_alone=False,
)
