"""`manage.py backup` and `restore`: made, read back, verified, rotated, brought back; each refusal changes
nothing."""

import fcntl
import json
import stat
import subprocess
from datetime import datetime
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from monitoring.invariants import broken
from monitoring.statistics.folding import fold
from traitortrack.backups.programs import own_database, url_of

pytestmark = pytest.mark.django_db(transaction=True)
DATABASES = "SELECT datname FROM pg_database ORDER BY 1"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture(autouse=True)
def packed(people, fill, settings, direct_url, tmp_path):
    """Thirteen packets in a sack, and a folder for backups."""
    settings.DATABASE_DIRECT_URL = direct_url
    settings.BACKUP_DIR = tmp_path / "backups"
    assert fill("ravi", "SB00001", 13)["parent"]["count"] == 13


@pytest.fixture
def other():
    """The name of a database that is not there, and is not there afterwards."""
    name = f"{own_database()[:40]}_other"
    yield name
    for known in databases():
        if known.startswith(name):
            server(f'DROP DATABASE "{known}" WITH (FORCE)')


def server(statement, database="postgres"):
    with psycopg.connect(url_of(database), autocommit=True) as here:
        cursor = here.execute(statement)
        return cursor.fetchall() if cursor.description else []


def databases():
    return [name for (name,) in server(DATABASES)]


def everything(database):
    """Each table's rows, boiled down to one number; but for those that a restored one is sealed and folded
    into."""
    tables = [name for (name,) in server(TABLES, database)]
    assert len(tables) > 20
    return {
        name: server(f"SELECT count(*), sum(hashtextextended(r::text, 0)) FROM {name} r", database)  # noqa: S608
        for name in tables
        if not name.startswith(("audit_seal", "audit_anchor", "monitoring_statistics"))
    }


def manage(*words):
    """(what it wrote to standard output, to standard error)"""
    out, said = StringIO(), StringIO()
    call_command(*words, stdout=out, stderr=said)
    return out.getvalue().strip(), said.getvalue()


def backup(*options):
    return json.loads(manage("backup", "--json", *options)[0])


def in_folder(settings):
    return sorted(path.name for path in settings.BACKUP_DIR.iterdir())


def test_what_is_restored_is_what_was_backed_up(settings, other):
    told = backup()
    file = settings.BACKUP_DIR / told["file"]
    assert told == json.loads((settings.BACKUP_DIR / "latest.json").read_text())
    assert told["bytes"] == file.stat().st_size > 10_000
    assert datetime.fromisoformat(told["finished_at"]).tzinfo
    assert told["verified_at"] is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    checked = subprocess.run(
        ["sha256sum", "--check", f"{file.name}.sha256"], cwd=settings.BACKUP_DIR, check=False
    )
    assert checked.returncode == 0
    assert manage("restore", str(file), "--into", other)[0] == other
    assert everything(other) == everything(own_database())


def test_a_backup_is_verified_by_restoring_it(settings):
    before = databases()
    told = backup("--verify")
    assert datetime.fromisoformat(told["verified_at"]) >= datetime.fromisoformat(told["finished_at"])
    assert json.loads((settings.BACKUP_DIR / "latest.json").read_text()) == told
    assert databases() == before


def test_a_broken_promise_is_found_while_verifying(settings):
    before = databases()
    server("UPDATE bags_bag SET child_count = 12 WHERE qr_id = 'SB00001'", own_database())
    with pytest.raises(CommandError, match=r"breaks promises: 3 \(parents whose counter differs"):
        backup("--verify")
    assert json.loads((settings.BACKUP_DIR / "latest.json").read_text())["verified_at"] is None
    assert databases() == before


def test_what_was_not_sealed_yet_is_no_broken_promise(settings):
    """A backup of a large database is asked much later than it was made, and nobody seals in it."""
    server("ALTER TABLE audit_auditlog DISABLE TRIGGER USER", own_database())
    server("UPDATE audit_auditlog SET at = at - interval '1 hour'", own_database())
    server("ALTER TABLE audit_auditlog ENABLE TRIGGER USER", own_database())
    server("UPDATE bags_link SET linked_at = linked_at - interval '1 hour'", own_database())
    server("UPDATE bags_bag SET created_at = created_at - interval '1 hour'", own_database())
    assert 14 in broken()
    assert backup("--verify")["verified_at"]


def test_what_was_not_folded_yet_is_no_broken_promise(settings, fill):
    """One made while people scan has numbers in it that wait, and nobody folds in it."""
    fold()
    fill("ravi", "SB00002", 3)
    server("UPDATE monitoring_statisticsdelta SET at = at - interval '1 minute'", own_database())
    assert set(broken()) == {15}
    assert backup("--verify")["verified_at"]


def test_wrong_numbers_are_found_while_verifying(settings):
    fold()
    server("UPDATE monitoring_statisticscache SET numbers = '{}'", own_database())
    with pytest.raises(CommandError, match=r"breaks promises: 15"):
        backup("--verify")


def test_only_the_newest_are_kept(settings):
    settings.BACKUP_KEEP = 2
    names = [backup()["file"].rpartition("/")[2] for _ in range(3)]
    kept = sorted([*names[1:], *(f"{name}.sha256" for name in names[1:])])
    assert in_folder(settings) == sorted([*kept, "latest.json", "lock"])


@pytest.mark.parametrize("fault", ["cut off", "one byte", "without its checksum", "of another program"])
def test_a_damaged_backup_is_refused(settings, other, fault):
    file = settings.BACKUP_DIR / backup()["file"]
    content = bytearray(file.read_bytes())
    if fault == "of another program":
        content = bytearray(b"PGDMP and so on")
    elif fault == "one byte":
        content[-100] ^= 1
    else:
        content = content[:-2000]
    file.write_bytes(content)
    if fault == "without its checksum":
        file.with_name(f"{file.name}.sha256").unlink()
    before = databases()
    with pytest.raises(CommandError, match=r"differs from its checksum|pg_restore failed"):
        manage("restore", str(file), "--into", other)
    assert databases() == before


def test_a_database_that_holds_data_is_refused(settings):
    file = backup()["file"]
    before = databases(), everything(own_database())
    with pytest.raises(CommandError, match=r"holds data\. Nothing was changed"):
        manage("restore", file)
    assert (databases(), everything(own_database())) == before


def test_when_told_to_it_sets_aside_what_stood_there(settings, other):
    file = backup()["file"]
    manage("restore", file, "--into", other)
    server("CREATE TABLE written_since (what text)", other)
    with psycopg.connect(url_of(other)) as somebody:  # whose session is in the way
        told = json.loads(manage("restore", file, "--into", other, "--replace", "--json")[0])
        with pytest.raises(psycopg.OperationalError):
            somebody.execute("SELECT 1")
    assert told["set_aside"].startswith(f"{other[:30]}_before_")
    assert everything(other) == everything(own_database())
    assert server("SELECT to_regclass('written_since') IS NOT NULL", told["set_aside"]) == [(True,)]
    server(f'DROP DATABASE "{told["set_aside"]}"')


def test_a_server_that_is_away_leaves_the_older_backups(settings):
    backup()
    before = in_folder(settings)
    settings.DATABASE_DIRECT_URL = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(CommandError, match="The database said: connection"):
        backup()
    assert in_folder(settings) == before


def test_one_at_a_time(settings):
    backup()
    before = in_folder(settings)
    with (settings.BACKUP_DIR / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another backup is at work"):
            backup()
    assert in_folder(settings) == before


def test_a_file_that_is_not_there(settings):
    with pytest.raises(CommandError, match=r"was not found\. Nothing was changed"):
        manage("restore", "none.dump")
