"""`make soak`, or `python -m tests.soak`: every fault under load, one after the other, each on a deployment
of its own, and the table of docs/reliability.md; then the controls, which must be seen to fail.
"""

import argparse
import sys
from pathlib import Path

from tests.soak import report
from tests.soak.checker import Outcome, check
from tests.soak.deployment import deployed, template
from tests.soak.faults import FAULTS, Fault
from tests.soak.scene import play


def main() -> int:
    wanted = _arguments()
    faults = [fault for fault in FAULTS if not wanted.only or fault.name in wanted.only]
    outcomes: list[Outcome] = []
    report.say(report.HEAD)
    with template() as folder:
        for fault in faults:
            outcomes.append(one(folder, fault, wanted.scans, wanted.seconds))
            report.say(report.row(outcomes[-1]))
    if wanted.results:
        report.save(outcomes, wanted.scans, wanted.results)
    return 0 if all(outcome.keeps_the_promise for outcome in outcomes) else 1


def one(folder: Path, fault: Fault, scans: int, seconds: float | None) -> Outcome:
    """Plays the fault on a fresh deployment and checks it."""
    place = folder / f"{fault.name}.jsonl"
    with deployed(folder, fault.name, disk_mb=fault.disk_mb) as deployment:
        try:
            scene = play(
                deployment,
                fault.inflict,
                place=place,
                scans=scans,
                seconds=seconds or fault.seconds,
                crew=fault.crew,
                proxied=fault.proxied,
            )
        except Exception as error:  # noqa: BLE001 - stands in the table, and the next fault is tried
            log = deployment.log.read_text()[-2000:]
            return Outcome(fault.name, lost=["not known"], note=f"{error!r} {deployment.said[-3:]} {log}")
        outcome = check(fault.name, place, sql=deployment.home.sql, broken=deployment.home.broken())
        outcome.struck = scene.struck
        outcome.note = " ".join(dict.fromkeys(deployment.said))
    return outcome


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    names = [fault.name for fault in FAULTS]
    parser.add_argument("--scans", type=int, default=10_000, help="acknowledged scans for each fault (10000)")
    parser.add_argument("--seconds", type=float, help="how long each fault lasts at least (10, some 20)")
    parser.add_argument("--only", action="append", choices=names, metavar="FAULT", help=f"{', '.join(names)}")
    parser.add_argument(
        "--results", type=Path, help="a folder for the figures (JSON) and the table (Markdown)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
