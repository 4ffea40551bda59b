"""What nobody waits for breaks half-way: an import, the seal, the fold. And a backup is brought back."""

import json
import time
from contextlib import suppress
from typing import Any

import psutil
import psycopg

from tests.soak.deployment import ADMIN
from tests.soak.scene import Scene, Wrong

SACKS, PACKETS_IN_A_SACK = 700, 30
PACKETS = SACKS * PACKETS_IN_A_SACK
# As the pages do it: the worker checks what was uploaded, somebody says yes, the worker brings it in.
IMPORT = f"""
import time
from accounts.models import User
from accounts.operators import Operator
from bags.importing import service
rows = ["qr_id,type,parent_qr_id"]
for sack in range({SACKS}):
    rows.append(f"SB{{sack:05}},parent,")
    rows += [f"{{4000000 + sack * {PACKETS_IN_A_SACK} + place}},child,SB{{sack:05}}"
             for place in range({PACKETS_IN_A_SACK})]
by = Operator.of(User.objects.get(username={ADMIN!r}))
batch = service.upload(kind="bags", file_name="soak.csv", pieces=["\\n".join(rows).encode()], by=by)
while batch.state == "uploaded":
    time.sleep(0.1)
    batch.refresh_from_db()
service.confirm(batch.pk, by=by)
"""
STATE = "SELECT state, good FROM bags_importbatch"
IMPORTED = """
SELECT count(*), count(DISTINCT child_id), count(DISTINCT parent_id) FROM bags_link
 WHERE import_batch_id IS NOT NULL AND unlinked_at IS NULL
"""
BUSY = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE %s
"""
LINKING = "%INSERT INTO bags_link%FROM import_link%"
# Each with the statement in whose middle it is struck.
SEAL = "audit.jobs.seal_audit_log", "%COPY audit_seal%"
FOLD = "monitoring.jobs.fold_statistics", "%DELETE FROM monitoring_statisticsdelta RETURNING%"
# More often than each minute and each two seconds, and seldom enough that each has something to do.
ASK_EVERY = 0.3
ASK = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args)
SELECT 'default', %(job)s::text, '{"timestamp": 0}'
 WHERE NOT EXISTS (SELECT FROM procrastinate_jobs WHERE task_name = %(job)s::text AND status = 'todo')
"""
SEALS = "SELECT count(*) FROM audit_seal"
FOLDED_AT = "SELECT folded_at FROM monitoring_statisticscache"
# The Supervisor gives up on what ends six times within half a minute.
MOST_KILLS, TERMINATIONS_TO_A_KILL, LEAST_BLOWS = 4, 8, 20


def import_killed(scene: Scene) -> None:
    """SIGKILL to the worker while it writes the links of a file of 21,700 rows: nothing of them is there.
    Nobody does anything, and after a minute or so the job is done again: the file is in, once."""
    scene.reach(0.1)
    home = scene.deployment.home
    asking = home.manage("shell", "-c", IMPORT)
    with psycopg.connect(home.url, autocommit=True) as connection:
        while not (busy := _busy(connection, LINKING)):
            scene.pause()
        with scene.strike("the worker is killed in mid-import"):
            scene.deployment.worker.kill()
        while set(busy) & set(_busy(connection, "%")):
            scene.pause()
        _, said = asking.communicate(timeout=60)
        if asking.returncode:
            raise Wrong(f"the import was not asked for: {said}")
        _expect(connection, STATE, [("running", SACKS + PACKETS)])  # so many were found good
        _expect(connection, IMPORTED, [(0, 0, 0)])
        while connection.execute(STATE).fetchall()[0][0] == "running":
            scene.pause(0.2)
        _expect(connection, STATE, [("done", SACKS + PACKETS)])
        _expect(connection, IMPORTED, [(PACKETS, PACKETS, SACKS)])


def seal_and_fold_killed(scene: Scene) -> None:
    """By turns a seal and a fold are struck while they are at it: most times the database ends the session,
    each ninth time the worker is killed and comes back."""
    kills = 0
    with psycopg.connect(scene.deployment.home.url, autocommit=True) as connection:
        with scene.lasting("seals and folds are broken off"):
            while scene.goes_on or scene.struck < LEAST_BLOWS:
                busy = _catch(scene, connection, *(FOLD if scene.struck % 2 else SEAL))
                scene.count()
                if kills < MOST_KILLS and scene.struck % (TERMINATIONS_TO_A_KILL + 1) == 0:
                    kills += 1
                    with suppress(psutil.NoSuchProcess):
                        scene.deployment.worker.kill()
                else:
                    connection.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) AS pid", [busy])
        _wait_for_both(scene, connection)


def backup_restored(scene: Scene) -> None:
    """A backup is made while people scan, and some time later the load stops, the backup is restored as
    another database, and all go on with that one. What was acknowledged before the backup began is in it;
    what was acknowledged later the devices send again, and it counts once."""
    if scene.proxy is None:
        raise ValueError("the operators' calls do not go through the proxy")
    here = scene.deployment
    scene.reach(0.3)
    began = time.monotonic()
    backup = json.loads(here.home.managed("backup", "--json"))
    scene.reach(scene.progress.share + 0.2)
    with scene.strike("a backup is brought back"):
        for operator in scene.operators:
            operator.offline.set()
        here.home.managed("restore", backup["file"], "--into", "restored")
        scene.proxy.upstream = here.serve_from("restored")
        for operator in scene.operators:
            operator.forgotten_since = began
            operator.offline.clear()
    scene.recover()


def _busy(connection: psycopg.Connection, statement: str) -> list[int]:
    """The sessions that run such a statement now."""
    return [pid for (pid,) in connection.execute(BUSY, [statement]).fetchall()]


def _catch(scene: Scene, connection: psycopg.Connection, job: str, statement: str) -> list[int]:
    """Asks for the job until a session is seen in the middle of it."""
    asked = 0.0
    while not (busy := _busy(connection, statement)):
        if time.monotonic() > asked + ASK_EVERY:
            connection.execute(ASK, {"job": job})
            asked = time.monotonic()
        scene.pause(0.001)
    return busy


def _wait_for_both(scene: Scene, connection: psycopg.Connection) -> None:
    """Until the worker seals and folds again."""
    for (job, _), question in ((SEAL, SEALS), (FOLD, FOLDED_AT)):
        before = connection.execute(question).fetchall()
        connection.execute(ASK, {"job": job})
        while connection.execute(question).fetchall() == before:
            scene.pause(0.1)


def _expect(connection: psycopg.Connection, question: str, right: list[tuple[Any, ...]]) -> None:
    if (found := connection.execute(question).fetchall()) != right:
        raise Wrong(f"{question.strip()}: {found}, not {right}")
