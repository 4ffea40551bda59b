"""`make soak`, or `python -m tests.soak`: every fault under load, one after the other, each on a deployment
of its own, and the table of docs/reliability.md; then the controls, which must be seen to fail.
"""

import argparse
import shutil
import sys
from pathlib import Path

from tests.soak import report
from tests.soak.checker import Outcome
from tests.soak.controls import CONTROLS, Control, fails
from tests.soak.deployment import template
from tests.soak.faults import FAULTS
from tests.soak.trial import trial

CONTROL_SCANS, CONTROL_SECONDS = 1000, 4.0


def main() -> int:
    wanted = _arguments()
    faults = [fault for fault in FAULTS if not wanted.only or fault.name in wanted.only]
    controls = [control for control in CONTROLS if not wanted.only or control.name in wanted.only]
    outcomes: list[Outcome] = []
    seen: list[tuple[Control, Outcome]] = []
    with template() as folder:
        report.say(report.HEAD)
        for fault in faults:
            outcomes.append(trial(folder, fault, scans=wanted.scans, seconds=wanted.seconds))
            report.say(report.row(outcomes[-1]))
        for line in report.legend(outcomes):
            report.say(line)
        for control in controls:
            outcome = fails(folder, control, scans=CONTROL_SCANS, seconds=CONTROL_SECONDS)
            seen.append((control, outcome))
            report.say(report.control_row(control, outcome))
        if wanted.results:
            report.save(outcomes, seen, wanted.scans, wanted.results)
            for history in folder.glob("*.jsonl"):
                shutil.copy(history, wanted.results)
    kept = all(outcome.keeps_the_promise for outcome in outcomes)
    return 0 if kept and all(control.is_seen(outcome) for control, outcome in seen) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    names = [fault.name for fault in FAULTS] + [control.name for control in CONTROLS]
    parser.add_argument("--scans", type=int, default=10_000, help="acknowledged scans for each fault (10000)")
    parser.add_argument("--seconds", type=float, help="how long each fault lasts at least (10, some 20)")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help="; ".join(names))
    parser.add_argument("--results", type=Path, help="a folder for figures, table and histories")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
