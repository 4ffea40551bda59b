"""Running PostgreSQL's own programs against the database that the settings name."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from traitortrack.services.binaries import find_clients

# Where the server itself is asked: our own database may be gone, or about to be renamed.
SERVER = "postgres"
PART_SHOWN = 600
PROGRESS_EVERY = 1.0  # s


class BackupError(Exception):
    """A backup or a restore cannot go on: what happened, what is safe, what to do next."""


def url_of(database: str) -> str:
    """The owner's way to a database of the server, past a pooler."""
    return urlunsplit(urlsplit(settings.DATABASE_DIRECT_URL)._replace(path=f"/{database}"))


def own_database() -> str:
    return urlsplit(settings.DATABASE_DIRECT_URL).path.removeprefix("/")


@contextlib.contextmanager
def connected(database: str = SERVER) -> Iterator[psycopg.Connection]:
    """A connection in autocommit; BackupError, in plain words, for whatever the server refuses."""
    try:
        with psycopg.connect(url_of(database), autocommit=True, connect_timeout=5) as connection:
            yield connection
    except psycopg.Error as error:
        reason = str(error).strip().split("\n")[0].rstrip(".")
        raise BackupError(
            f"The database said: {reason}. Saved data is safe. Mend that, then run it again."
        ) from error


def run(program: str, *arguments: str | Path, database: str | None = None, watch: Path | None = None) -> str:
    """Runs pg_dump or pg_restore and returns what it wrote to standard output.

    database: connects to it. watch: the file that grows meanwhile, told on a terminal.
    """
    with connected() as connection:
        folder = find_clients(connection.info.server_version // 10_000)
    words: list[str] = [str(folder / program), *map(str, arguments)]
    env = dict(os.environ)
    if database is not None:
        place = conninfo_to_dict(url_of(database))
        # A command line can be read by everybody on the machine.
        env["PGPASSWORD"] = str(place.pop("password", ""))
        words.append(f"--dbname={make_conninfo('', **place)}")
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        told, complaint = _wait(process, watch)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        said = " ".join(complaint.split())[-PART_SHOWN:]
        raise BackupError(f"{program} failed: {said}")
    return told


def manage(*words: str, database: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs one of our own commands on another database of the same server, as its owner."""
    url = url_of(database)
    named = {"DATABASE_URL": url, "DATABASE_DIRECT_URL": url, "DATABASE_POOLER": "none"}
    env = {**os.environ, **named, **variables}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def _wait(process: subprocess.Popen[str], watch: Path | None) -> tuple[str, str]:
    tell = _teller(watch)
    while True:
        try:
            return process.communicate(timeout=PROGRESS_EVERY)
        except subprocess.TimeoutExpired:
            tell()


def _teller(watch: Path | None) -> Callable[[], None]:
    def tell() -> None:
        if watch and watch.exists() and sys.stderr.isatty():
            sys.stderr.write(f"\r{watch.stat().st_size / 1_000_000:.0f} MB ...\r")
            sys.stderr.flush()

    return tell
