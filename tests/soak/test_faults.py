"""The short form: every fault for some seconds, one after the other on one deployment. The long form, with
ten thousand scans and a deployment for each, is `make soak`.

Time is bounded generously here, for other tests run at the same time; the long form asks for quality.md's.
"""

import pytest

from tests.soak.controls import BY_CONTROL, NO_SYNC
from tests.soak.deployment import deployed, template
from tests.soak.faults import BY_NAME, FAULTS
from tests.soak.report import row
from tests.soak.scene import Crew
from tests.soak.trial import judge, trial

CREW = Crew(lone=3, batched=2, batch=5)
SCANS, SECONDS, STOPPED_SECONDS = 120, 2.0, 6.0
PATIENCE = 20.0
# A quiet day is what all others begin and end with. The rest takes long here, and is tried in tests/house,
# tests/imports, tests/audit, tests/statistics and tests/deploy.
ELSEWHERE = ("none", "migrate-ten-at-once", "import-killed", "seal-and-fold-killed", "backup-restored")
HERE = [fault for fault in FAULTS if not fault.disk_mb and fault.name not in ELSEWHERE]


@pytest.fixture(scope="module")
def folder():
    with template() as place:
        yield place


@pytest.fixture(scope="module")
def deployment(folder):
    """One for the whole file, whose tests keep their order (`--dist loadfile`)."""
    with deployed(folder, "short") as one:
        yield one


@pytest.mark.parametrize(
    ("run", "fault"), list(enumerate(HERE, start=1)), ids=lambda given: getattr(given, "name", "")
)
def test_nothing_is_lost_and_nothing_counts_twice(deployment, run, fault):
    seconds = STOPPED_SECONDS if fault.name == "postgres-stopped" else SECONDS
    outcome = judge(deployment, fault, scans=SCANS, seconds=seconds, crew=CREW, run=run, ask=False)
    assert outcome.keeps_the_promise, row(outcome)
    assert outcome.acknowledged >= SCANS
    assert outcome.struck > 0
    assert outcome.recovery < PATIENCE
    assert outcome.longest_wait < (STOPPED_SECONDS if fault.name == "postgres-stopped" else PATIENCE)


def test_all_promises_hold_after_all_of_them(deployment):
    assert deployment.home.broken() == {}


def test_a_full_disk_loses_nothing(folder):
    outcome = trial(folder, BY_NAME["disk-full"], scans=SCANS, seconds=SECONDS, crew=CREW)
    if "CannotMount" in outcome.note:  # told by the long form; here nobody can help it
        return
    assert outcome.keeps_the_promise, row(outcome)
    assert outcome.failed > 0


@pytest.mark.parametrize(
    "name", ["a client that deletes before the answer", "a client with a new key for each try"]
)
def test_a_client_that_breaks_a_rule_is_seen(deployment, name):
    control = BY_CONTROL[name]
    outcome = judge(
        deployment,
        BY_NAME[control.fault],
        scans=SCANS,
        seconds=SECONDS,
        crew=CREW,
        rules=control.rules,
        run=len(name),
        ask=False,
    )
    assert control.is_seen(outcome), row(outcome)


def test_a_commit_that_is_not_on_disk_is_seen(deployment):
    """The last one: it spoils the database."""
    deployment.home.sql(NO_SYNC)
    control = BY_CONTROL["synchronous_commit off"]
    for run in range(90, 90 + control.tries):
        outcome = judge(deployment, BY_NAME[control.fault], scans=SCANS * 3, crew=CREW, run=run, ask=False)
        if control.is_seen(outcome):
            return
    raise AssertionError(row(outcome))
