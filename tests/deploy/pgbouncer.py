"""A real PgBouncer in transaction mode, on loopback, before the tests' own PostgreSQL."""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from traitortrack.services import processes
from traitortrack.services.places import Account

# Fewer than the web server's threads, so that sessions are shared indeed.
SESSIONS = 4
CONFIG = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
auth_type = any
pool_mode = transaction
default_pool_size = {sessions}
ignore_startup_parameters = extra_float_digits
unix_socket_dir =
"""


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """The URL of the same database by way of the pooler."""
    there = psycopg.conninfo.conninfo_to_dict(url)
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    assert program, "PgBouncer is missing; `make pgbouncer` installs it"
    with tempfile.TemporaryDirectory(prefix="tt-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                host=there["host"], port=there["port"], user=there["user"], listen=port, sessions=SESSIONS
            )
        )
        Path(folder).chmod(0o755)
        log = Path(folder) / "log"
        process = processes.spawn(
            [program, str(config)], log=log, account=_owner_of(Path(str(there["host"])))
        )
        try:
            through = f"postgresql://{there['user']}@127.0.0.1:{port}/{there['dbname']}"
            _wait(through, log)
            yield through
        finally:
            process.terminate()
            process.wait(10)


def _owner_of(folder: Path) -> Account:
    """Who may open the database's socket; PgBouncer, like PostgreSQL, refuses to be root."""
    status = folder.stat()
    return Account(name="", uid=status.st_uid, gid=status.st_gid)


def _wait(url: str, log: Path) -> None:
    for _ in range(100):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


def sessions(url: str) -> int:
    """How many sessions of PostgreSQL the pooler keeps for this database."""
    with psycopg.connect(url, dbname="pgbouncer", autocommit=True) as console:
        return len(console.execute("SHOW SERVERS").fetchall())
