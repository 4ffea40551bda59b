"""The table on the screen, and the same for docs/reliability.md."""

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

from tests.soak.checker import RECOVERY_SECONDS, SENTENCE_SECONDS, Outcome
from tests.soak.controls import Control

COLUMNS = [
    "fault",
    "acknowledged",
    "lost",
    "doubled",
    "recovery s",
    "invariants",
    "longest s",
    "blows",
    "failed",
]
WIDTHS = [28, 14, 6, 9, 12, 12, 11, 7, 8]


def cells(outcome: Outcome) -> list[str]:
    """A star marks what quality.md does not allow."""
    late = "*" if outcome.recovery > RECOVERY_SECONDS else ""
    silent = "*" if outcome.longest_wait > SENTENCE_SECONDS else ""
    return [
        outcome.fault,
        f"{outcome.acknowledged:,}",
        str(len(outcome.lost)),
        str(len(outcome.doubled)),
        f"{outcome.recovery:.1f}{late}",
        "hold" if not outcome.broken else "broken: " + ", ".join(map(str, outcome.broken)),
        f"{outcome.longest_wait:.1f}{silent}",
        f"{outcome.struck:,}",
        f"{outcome.failed:,}",
    ]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


HEAD = "".join(
    name.ljust(width) if place == 0 else name.rjust(width)
    for place, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True))
)


def row(outcome: Outcome) -> str:
    first, *rest = cells(outcome)
    line = first.ljust(WIDTHS[0]) + "".join(
        cell.rjust(width) for cell, width in zip(rest, WIDTHS[1:], strict=True)
    )
    worst = _worst(outcome)
    return "\n    ".join([line, *worst, *([outcome.note] if worst and outcome.note else [])])


def legend(outcomes: list[Outcome]) -> list[str]:
    """What the stars mean, where there are any."""
    if all(outcome.is_quick for outcome in outcomes):
        return []
    return [
        f"* later than asked: recovery within {RECOVERY_SECONDS:.0f} s, an answer in {SENTENCE_SECONDS:.0f} s"
    ]


def control_row(control: Control, outcome: Outcome) -> str:
    """What gave it away; the whole row where nothing did."""
    if control.is_seen(outcome):
        return f"control: {control.name}: seen ({_seen(outcome)})"
    return f"control: {control.name}: NOT SEEN\n{row(outcome)}"


def _seen(outcome: Outcome) -> str:
    signs = {
        "lost": len(outcome.lost),
        "doubled": len(outcome.doubled),
        "invariants broken": ", ".join(map(str, outcome.broken)),
        "errors without words": outcome.wordless,
        "longest wait, s:": 0 if outcome.is_quick else round(outcome.longest_wait, 1),
    }
    return ", ".join(f"{name} {sign}" for name, sign in signs.items() if sign)


def _worst(outcome: Outcome) -> list[str]:
    worst = [*outcome.lost[:3], *outcome.doubled[:3]]
    worst += [f"{number}: {rows[:3]}" for number, rows in outcome.broken.items()]
    if outcome.wordless:
        worst.append(f"{outcome.wordless} errors without words")
    if outcome.failed and not outcome.may_fail:
        worst.append(f"{outcome.failed} calls failed, and none may: {outcome.unanswered} {outcome.refused}")
    if outcome.aside:
        worst.append(f"{outcome.aside} scans laid before a person")
    return worst


def save(outcomes: list[Outcome], seen: list[tuple[Control, Outcome]], scans: int, folder: Path) -> None:
    """soak.json with all figures, soak.md with the table."""
    folder.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    facts = {
        "at": at.isoformat(timespec="seconds"),
        "scans": scans,
        "machine": {"name": platform.node(), "cores": os.cpu_count(), "load": os.getloadavg()},
        "outcomes": [outcome.facts() for outcome in outcomes],
        "controls": {control.name: outcome.facts() for control, outcome in seen},
    }
    (folder / "soak.json").write_text(json.dumps(facts, indent=1) + "\n")
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---|" + "--:|" * (len(COLUMNS) - 1)]
    lines += ["| " + " | ".join(cells(outcome)) + " |" for outcome in outcomes]
    lines += [f"\n{line}" for line in legend(outcomes)]
    if seen:
        lines += ["", "| control | seen by |", "|---|---|"]
        lines += [f"| {control.name} | {_seen(outcome) or 'NOT SEEN'} |" for control, outcome in seen]
    (folder / "soak.md").write_text("\n".join(lines) + "\n")
