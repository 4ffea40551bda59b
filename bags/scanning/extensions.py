"""How a storey above, or a room beside, brings its own modes to the scan path.

Bags do not know bills. `billing` brings `bill` and `unbill` here, named in the setting
SCAN_EXTENSIONS where the project is composed, so that one call may mix all modes and exactly-once,
recording and audit stand in one place.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, ClassVar, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from audit.log import Entry
from bags.scanning.floor import Earlier, Floor, Moment
from bags.scanning.rules import Case, Verdict


class ScanExtension(Protocol):
    """Lives for one call: locks and loads its own rows, judges its modes, writes its own effects."""

    modes: ClassVar[frozenset[str]]
    undoes: ClassVar[frozenset[str]]

    def lock(self, bills: Collection[str]) -> None:
        """Lock the named bills in id order. Called before parents are locked."""

    def load(self, floor: Floor) -> None:
        """Read what the rules need of the bags on the floor. Called once all locks are held."""

    def judge(self, case: Case) -> Verdict: ...

    def undo(self, case: Case, earlier: Earlier) -> Verdict: ...

    def apply(self, effects: tuple[Any, ...], moment: Moment, reason: str) -> list[Entry]:
        """Carry out `Verdict.beyond` in memory; returns one audit entry for each change of state."""

    def write(self) -> None:
        """Write what `apply` changed. Raises IntegrityError where another call was quicker."""


@cache
def _classes() -> tuple[type[ScanExtension], ...]:
    return tuple(import_string(path) for path in settings.SCAN_EXTENSIONS)


def new_extensions() -> list[ScanExtension]:
    return [extension() for extension in _classes()]
