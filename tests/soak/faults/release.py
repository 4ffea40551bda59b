"""New code comes in while people scan, and new tables with it."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.soak.deployment import ROOT, changed_code
from tests.soak.scene import Scene, Wrong

# The newer code is known by the numbers that it gives to requests; they stand in the audit log.
NEWER = {"traitortrack/middleware.py": ("else uuid.uuid4().hex", 'else "newer-" + uuid.uuid4().hex')}
BOTH_WROTE = """
SELECT count(*) FILTER (WHERE is_newer), count(*) FILTER (WHERE NOT is_newer)
  FROM (SELECT request_id LIKE 'newer-%' AS is_newer FROM audit_auditlog) AS entry
"""
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    dependencies = [("bags", {leaf!r})]
    operations = [migrations.RunSQL("ALTER TABLE bags_bag ADD COLUMN {name} text NOT NULL DEFAULT ''")]
"""
COLUMNS = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'bags_bag' AND column_name = %s"
AT_ONCE = 10


def rolled(scene: Scene) -> None:
    """A web server of newer code beside the older one; calls are led to it, the older one ends in good order;
    then the other way round, and so on. On one database, and nobody notices."""
    if scene.proxy is None:
        raise ValueError("the operators' calls do not go through the proxy")
    here = scene.deployment
    with changed_code(here.home.folder.parent, "newer", NEWER) as newer, scene.lasting("rolling restart"):
        codes = [newer, ROOT]
        while scene.goes_on or scene.struck % 2 or not scene.struck:  # ends with the code of before
            older = here.web_child
            scene.proxy.upstream = here.add_web(codes[scene.struck % 2])
            time.sleep(1.0)  # what is under way with the older one comes to its end
            here.drop(older)
            scene.count()
        ((by_newer, by_older),) = here.home.sql(BOTH_WROTE)
        if not (by_newer and by_older):
            raise Wrong(f"of the audit entries {by_newer} are the newer code's, {by_older} the older one's")


def migrated_ten_at_once(scene: Scene) -> None:
    """`migrate_safely` with one new step, ten of them at the same moment, while the older code serves."""
    with _with_migration(scene, "soak_ten") as code, scene.strike("ten migrations"):
        running = [scene.deployment.home.manage("migrate_safely", code=code) for _ in range(AT_ONCE)]
        said = [_end(process) for process in running]
        applied = sum("soak_ten... OK" in text for text in said)
        if applied != 1:
            raise Wrong(f"{applied} of them made the step: {said}")


def migrated_behind_a_reader(scene: Scene) -> None:
    """The same once, while somebody reads the table for long: the migration gives way, again and again."""
    with _with_migration(scene, "soak_reader") as code, scene.strike("a migration behind a reader"):
        with psycopg.connect(scene.deployment.home.postgres.url) as reader:
            reader.execute("SELECT count(*) FROM bags_bag")
            process = scene.deployment.home.manage("migrate_safely", code=code)
            until = time.monotonic() + scene.seconds
            said = _hear(process, "A table is in use")
            time.sleep(max(0.0, until - time.monotonic()))
            reader.rollback()
        said += _end(process)
        if "soak_reader... OK" not in said:
            raise Wrong(f"it did not come through: {said}")


@contextmanager
def _with_migration(scene: Scene, name: str) -> Iterator[Path]:
    """Newer code with one step more, which adds a column; checked to be there at the end."""
    leaf = sorted((ROOT / "bags/migrations").glob("0*.py"))[-1].stem
    change: dict[str, tuple[str, str]] = {
        f"bags/migrations/9999_{name}.py": ("", MIGRATION.format(leaf=leaf, name=name))
    }
    scene.reach(0.2)
    with changed_code(scene.deployment.home.folder.parent, name, change) as code:
        yield code
    if scene.deployment.home.sql(COLUMNS, [name]) != [(1,)]:
        raise Wrong(f"the column {name} is missing")


def _hear(process: subprocess.Popen[str], word: str) -> str:
    said = ""
    while word not in said:
        line = process.stderr.readline() if process.stderr else ""
        if not line:
            raise Wrong(f"it ended without saying {word!r}: {said}")
        said += line
    return said


def _end(process: subprocess.Popen[str]) -> str:
    told, said = process.communicate(timeout=240)
    if process.returncode:
        raise Wrong(f"migrate_safely ended with {process.returncode}: {told}{said}")
    return told + said
