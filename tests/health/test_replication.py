"""A real streaming replica: following, frozen behind, away."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.health.conftest import item, levels
from traitortrack.services import processes
from traitortrack.services.binaries import find_postgres, within_reach
from traitortrack.services.places import find_places, make_folder, servers_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def replica(by_owner):
    """The process of a replica that follows the tests' server; gone afterwards, with its data."""
    folder = Path(tempfile.mkdtemp(prefix="tt-"))
    folder.chmod(0o755)
    places, account = find_places(settings.HOME), servers_account(find_places(settings.HOME).data)
    found = find_postgres(settings.TRAITORTRACK_POSTGRES, account, by_owner.info.server_version // 10_000)
    programs = within_reach(found, places, account).folder
    for name in ("data", "run"):
        make_folder(folder / name, 0o700, account)
    primary = {**conninfo_to_dict(settings.DATABASE_DIRECT_URL)}
    del primary["dbname"]
    other = None if account.is_me else account
    subprocess.run(
        [
            *(programs / "pg_basebackup", "--checkpoint=fast", "--write-recovery-conf"),
            *(f"--pgdata={folder / 'data'}", f"--dbname={make_conninfo('', **primary)}"),
        ],
        check=True,
        cwd=folder,
        user=other and other.uid,
        group=other and other.gid,
        extra_groups=[] if other else None,
    )
    told = {"listen_addresses": "", "unix_socket_directories": str(folder / "run")}
    pairs = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), *pairs]
    process = processes.spawn(command, log=folder / "log", account=account, cwd=folder)
    yield psutil.Process(process.pid)
    if process.poll() is None:
        tell(psutil.Process(process.pid), signal.SIGCONT)
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
    shutil.rmtree(folder)


def tell(process, sign):
    for one in [process, *process.children()]:
        one.send_signal(sign)


def write(by_owner):
    by_owner.execute("CREATE TABLE IF NOT EXISTS written (at timestamptz DEFAULT now())")
    by_owner.execute("INSERT INTO written DEFAULT VALUES")


def test_following_behind_and_away(replica, by_owner, limit, monkeypatch):
    monkeypatch.setitem(connections.settings, "replica1", connections.settings["default"])
    limit("replica_lag_seconds", 0.5, 2.0)
    assert levels("replication", 30, "ok")[-1] == "ok"
    write(by_owner)
    assert levels("replication", 10, "ok") == ["ok"]
    assert item("replication").facts["streaming"] == 1
    tell(replica, signal.SIGSTOP)
    write(by_owner)
    assert levels("replication", 20, "bad") == ["ok", "warn", "bad"]
    tell(replica, signal.SIGCONT)
    write(by_owner)
    assert levels("replication", 20, "ok")[-1] == "ok"
    replica.send_signal(signal.SIGQUIT)
    replica.wait(30)
    assert levels("replication", 10, "bad")[-1] == "bad"
    assert item("replication").facts["streaming"] == 0
    by_owner.execute("DROP TABLE written")
