"""What a run came to: the history that the operators wrote, held against the database."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.history import Line, read

Sql = Callable[..., list[tuple[Any, ...]]]
# quality.md: seconds until the operator has a plain sentence, and until service is back without a hand.
SENTENCE_SECONDS, RECOVERY_SECONDS = 3.0, 5.0
GOOD = ("201", "401", "409")
# A scan that was accepted has its effect, once.
LINKED = "('linked', 'linked_last', 'moved')"
_STORED = "SELECT key::text, id, code, answer ->> 'code' FROM bags_scan WHERE device_id::text LIKE %s"
_WITHOUT_LINK = f"""
SELECT scan.key::text, count(link.id) FROM bags_scan scan LEFT JOIN bags_link link ON link.scan_id = scan.id
 WHERE scan.code IN {LINKED} AND scan.device_id::text LIKE %s GROUP BY scan.id HAVING count(link.id) <> 1
"""  # noqa: S608 - composed of constants


@dataclass
class Outcome:
    """acknowledged: keys with an answer. lost: acknowledged, or pulled and forgotten, without its scan or its
    effect, or told otherwise than stored. doubled: pulls with more than one scan or effect, and keys that
    were told two things. recovery, longest_wait: seconds, of the slowest operator after the slowest blow, and
    of the longest call."""

    fault: str
    acknowledged: int = 0
    struck: int = 0
    calls: int = 0
    unanswered: dict[str, int] = field(default_factory=dict)  # calls without an answer, by why
    refused: dict[str, int] = field(default_factory=dict)  # answers but 200, by status
    replayed: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    aside: int = 0
    wordless: int = 0  # errors without the error shape, and every 500
    recovery: float = 0.0
    longest_wait: float = 0.0
    broken: dict[int, list[Any]] = field(default_factory=dict)
    seconds: float = 0.0
    may_fail: bool = True  # whether a call may have to be sent again
    note: str = ""

    @property
    def failed(self) -> int:
        """Calls that had to be sent again. A sign-in asked for, or a bill made already, is none."""
        refused = (n for status, n in self.refused.items() if status not in GOOD)
        return sum(self.unanswered.values()) + sum(refused)

    @property
    def keeps_the_promise(self) -> bool:
        noticed = self.failed and not self.may_fail
        return not (self.lost or self.doubled or self.broken or self.wordless or self.aside or noticed)

    @property
    def is_quick(self) -> bool:
        return self.recovery <= RECOVERY_SECONDS and self.longest_wait <= SENTENCE_SECONDS

    def facts(self) -> dict[str, Any]:
        return asdict(self) | {"keeps_the_promise": self.keeps_the_promise, "is_quick": self.is_quick}


def check(fault: str, place: Path, *, sql: Sql, broken: dict[int, list[Any]], run: int = 0) -> Outcome:
    """`place`: the history; `run`: that of its devices; `broken`: what check_invariants found."""
    lines = read(place)
    calls = [line for line in lines if line["what"] == "call"]
    outcome = Outcome(fault, broken=broken, calls=len(calls))
    _count_answers(outcome, calls)
    devices = f"50a50000-{run:04}-%"
    _compare(outcome, lines, calls, sql(_STORED, [devices]), sql(_WITHOUT_LINK, [devices]))
    _time(outcome, lines, calls)
    return outcome


def _count_answers(outcome: Outcome, calls: list[Line]) -> None:
    refused, unanswered = Counter[str](), Counter[str]()
    for call in calls:
        status = call["status"]
        if status is None:
            unanswered[call["error"]] += 1
        elif status != 200:
            refused[str(status)] += 1
        if status is not None and (not call["plain"] or status == 500):
            outcome.wordless += 1
        outcome.longest_wait = max(outcome.longest_wait, call["ended"] - call["began"])
    outcome.refused, outcome.unanswered = dict(refused), dict(unanswered)


def _compare(
    outcome: Outcome, lines: list[Line], calls: list[Line], stored: list[Any], bare: list[Any]
) -> None:
    rows = defaultdict(list)
    for key, scan, code, answered in stored:
        rows[key].append((code, scan, answered))
    told: dict[str, tuple[str, int]] = {}
    void = {key: line["at"] for line in lines if line["what"] == "again" for key in line["keys"]}
    for call in calls:
        for key, code, scan, replayed in call["results"]:
            if call["ended"] < void.get(key, 0.0):
                continue
            outcome.replayed += replayed
            if told.setdefault(key, (code, scan)) != (code, scan):
                outcome.doubled.append(f"{key} was told {told[key]}, then {(code, scan)}")
    outcome.acknowledged = len(told)
    for key, (code, scan) in told.items():
        if (code, scan, code) not in rows[key]:
            outcome.lost.append(f"{key} was told {code} as scan {scan}; stored: {rows[key]}")
    for key, links in bare:
        (outcome.doubled if links else outcome.lost).append(f"{key} has {links} links")
    _compare_pulls(outcome, lines, told, rows)


def _compare_pulls(
    outcome: Outcome, lines: list[Line], told: dict[str, tuple[str, int]], rows: dict[str, list[Any]]
) -> None:
    keys: dict[int, set[str]] = defaultdict(set)
    aside = {key for line in lines if line["what"] == "aside" for key in line["keys"]}
    outcome.aside = len(aside)
    for line in lines:
        if line["what"] == "pull" and line["key"]:
            keys[line["pull"]].add(line["key"])
    for pull, tried in keys.items():
        made = [row for key in tried for row in rows[key]]
        if len(made) > 1:
            outcome.doubled.append(f"pull {pull} made {made}")
        if not any(key in told or key in aside for key in tried):
            outcome.lost.append(f"pull {pull} was never answered; stored: {made}")
    for key in rows.keys() - set().union(*keys.values()):
        if rows[key]:
            outcome.doubled.append(f"{key} was never pulled; stored: {rows[key]}")


def _time(outcome: Outcome, lines: list[Line], calls: list[Line]) -> None:
    """For each blow and operator: from its end to the first scan of theirs that was answered."""
    ends = [line["at"] for line in lines if line["what"] == "fault" and line["edge"] == "ended"]
    answered: dict[int, list[float]] = defaultdict(list)
    for call in calls:
        if call["results"]:
            answered[call["operator"]].append(call["ended"])
    for times in answered.values():
        times.sort()
        for end in ends:
            place = bisect_right(times, end)
            if place == len(times):
                outcome.lost.append("an operator had no answer any more after the fault")
                return
            outcome.recovery = max(outcome.recovery, times[place] - end)
    if calls:
        outcome.seconds = max(call["ended"] for call in calls) - min(call["began"] for call in calls)
