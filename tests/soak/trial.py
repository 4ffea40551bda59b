"""One fault, played and judged."""

from collections.abc import Sequence
from pathlib import Path

from tests.soak.checker import Outcome, check
from tests.soak.deployment import ROOT, Deployment, deployed
from tests.soak.faults import Fault
from tests.soak.operators import Rules
from tests.soak.scene import Crew, play

LOG_SHOWN = 2000


def judge(
    deployment: Deployment,
    fault: Fault,
    *,
    scans: int,
    seconds: float | None = None,
    crew: Crew | None = None,
    rules: Rules | None = None,
    run: int = 0,
    ask: bool = True,
) -> Outcome:
    """Plays the fault on this deployment. run: another for each load that its database sees. ask: whether the
    questions of check_invariants are asked afterwards."""
    place = deployment.home.folder.parent / f"{fault.name}.jsonl"
    deployment.wait_until_whole()
    scene = play(
        deployment,
        fault.inflict,
        place=place,
        scans=scans,
        run=run,
        seconds=seconds or fault.seconds,
        crew=crew,
        proxied=fault.proxied,
        rules=rules,
    )
    broken = deployment.home.broken() if ask else {}
    outcome = check(fault.name, place, sql=deployment.home.sql, broken=broken, run=run)
    outcome.struck, outcome.may_fail = scene.struck, not fault.unnoticed
    outcome.note = " ".join(dict.fromkeys(deployment.said))
    return outcome


def trial(
    folder: Path,
    fault: Fault,
    *,
    scans: int,
    seconds: float | None = None,
    crew: Crew | None = None,
    rules: Rules | None = None,
    code: Path = ROOT,
    tables: Sequence[str] = (),
) -> Outcome:
    """The same on a deployment of its own, of `code`, with these statements run first. What breaks the trial
    itself stands in the outcome, which then keeps no promise."""
    log = folder / f"{fault.name}.log"
    try:
        with deployed(folder, fault.name, code=code, disk_mb=fault.disk_mb) as deployment:
            for statement in tables:
                deployment.home.sql(statement)
            return judge(deployment, fault, scans=scans, seconds=seconds, crew=crew, rules=rules)
    except Exception as error:  # noqa: BLE001 - the next fault is tried all the same
        said = log.read_text()[-LOG_SHOWN:] if log.exists() else ""
        return Outcome(fault.name, lost=["the trial did not come to its end"], note=f"{error!r} {said}")
