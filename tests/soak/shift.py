"""What an operator scans: an endless shift of sacks, with everything that happens in one.

Every step names its own key or the key of an earlier step, so that it means the same whatever was answered.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

OWN, SHARED = "KO-", "KS-"  # products of the soak's own: prefix + nine digits
OWN_LIMIT, SHARED_LIMIT = 30, 15
SACKS_TO_A_BILL = 20


@dataclass(frozen=True, slots=True)
class Step:
    """`path` it goes to and its own part of the body. Of scans: without sequence, times and device."""

    path: str
    key: str
    body: dict[str, Any]


class Shift:
    """`run` and `operator` make all codes of a shift its own; two neighbours share the sacks of SHARED."""

    def __init__(self, *, run: int, operator: int, bills: bool) -> None:
        self.run, self.operator, self.bills = run, operator, bills
        self.chance = random.Random(f"{run}/{operator}")
        self.sacks = self.children = self.shared = 0
        self.inside: list[str] = []  # children of the sack before

    def steps(self) -> Iterator[Step]:
        while True:
            yield from self._sack()

    def _sack(self) -> Iterator[Step]:
        self.sacks += 1
        sack = self._code(OWN, self.operator, self.sacks)
        leaving, self.inside = self.inside, []
        count = self.chance.randint(3, OWN_LIMIT)
        yield self._scan("pack", sack)
        for _ in range(count):
            child = self._child()
            packed = self._scan("pack", child, parent=sack)
            yield packed
            self.inside.append(child)
            yield from self._beside(sack, packed, leaving)
        yield self._scan("close", "", parent=sack)
        if self.bills:
            yield from self._bill(sack)

    def _beside(self, sack: str, packed: Step, leaving: list[str]) -> Iterator[Step]:
        """What happens now and then beside a packed child."""
        chance = self.chance.random()
        if chance < 0.03:
            yield self._scan("pack", self.inside[-1], parent=sack)  # already here
        elif chance < 0.07:
            yield Step("/api/unlink_child", self._key(), {"scan": packed.key})
            self.inside.pop()
        elif chance < 0.11 and leaving:
            yield self._scan("move", leaving.pop(), parent=sack)
        elif chance < 0.26:
            yield from self._share()
        elif chance < 0.30:
            yield self._scan("lookup", self.chance.choice([sack, "NOBODYKNOWS1", "two words"]))

    def _share(self) -> Iterator[Step]:
        """A child into the sack that the neighbour fills too."""
        sack = self._code(SHARED, self.operator // 2, self.shared // 10)
        if self.shared % 10 == 0:
            yield self._scan("pack", sack)
        self.shared += 1
        yield self._scan("pack", self._child(), parent=sack)

    def _bill(self, sack: str) -> Iterator[Step]:
        bill = f"SOAK-{self.run}-{self.operator}-{self.sacks // SACKS_TO_A_BILL}"
        if self.sacks % SACKS_TO_A_BILL in (0, 1):
            yield Step("/api/v1/bills", self._key(), {"number": bill})
        yield self._scan("bill", sack, bill=bill)
        if self.chance.random() < 0.2:
            yield self._scan("unbill", sack, bill=bill)

    def _scan(self, mode: str, raw: str, parent: str | None = None, bill: str | None = None) -> Step:
        body = {"mode": mode, "raw": raw, "parent": parent, "bill": bill, "source": "wedge"}
        return Step("/api/v1/scans", self._key(), body)

    def _key(self) -> str:
        return str(uuid.uuid4())

    def _code(self, prefix: str, who: int, number: int) -> str:
        return f"{prefix}{self.run:02}{who:02}{number:05}"

    def _child(self) -> str:
        self.children += 1
        return f"{self.run:02}{self.operator:02}{self.children:06}"
