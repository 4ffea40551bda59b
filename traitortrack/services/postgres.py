"""The private PostgreSQL: its data folder, its programs, its settings."""

import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import psycopg

from . import addresses, processes
from .binaries import PostgresPrograms, find_postgres, within_reach
from .errors import ServiceError
from .places import Places, make_folder
from .server import Server, disk_full, is_disk_full

SETTINGS = {
    "listen_addresses": "",
    "port": str(addresses.DATABASE_PORT),
    "unix_socket_permissions": "0700",
    # An acknowledged scan is on disk. Tests run on the same settings: durability is what they test.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # The limit of a sack is kept by row locks, which do so in READ COMMITTED only.
    "default_transaction_isolation": "read committed",
    "max_connections": "100",
    "shared_buffers": "256MB",
    # A large import fills gigabytes of log; each checkpoint that they force makes scans wait for the disk.
    "max_wal_size": "4GB",
    # A young database grows fast: the planner learns of it within seconds.
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# A killed server and its backends let go of their files and memory within moments.
LEFTOVER_SECONDS = 10


class Postgres(Server):
    name = "PostgreSQL"
    # Fast shutdown, then the immediate one (repaired at the next start). Never SIGKILL: it leaves backends
    # behind.
    end_steps = ((signal.SIGINT, 30), (signal.SIGQUIT, 10))
    # After a crash it repairs itself first, and must not be stopped half-way again and again.
    start_seconds = 600
    death_signal = signal.SIGINT

    def __init__(self, places: Places, prefer: str = "auto") -> None:
        super().__init__(places)
        self.prefer = prefer

    @property
    def url(self) -> str:
        return addresses.database_url(self.places.sockets, addresses.DATABASE_OWNER)

    def process(self) -> psutil.Process | None:
        pid = self._recorded_pid()
        return processes.find(pid, self._is_postmaster) if pid else None

    def answers(self) -> bool:
        try:
            with self._connect("postgres") as connection:
                connection.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def start(self, *, tied: bool) -> bool:
        until = time.monotonic() + LEFTOVER_SECONDS
        while True:
            try:
                started = super().start(tied=tied)
                break
            except LeftoverError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        if started:
            self._create_database_and_role()
        return started

    def programs(self) -> PostgresPrograms:
        return find_postgres(self.prefer, self.account, self._data_major())

    def _command(self) -> Sequence[str | Path]:
        programs = within_reach(self.programs(), self.places, self.account)
        if not self.places.data.exists():
            self._create_data(programs)
        self._drop_strange_pid_file()
        settings = {**SETTINGS, "unix_socket_directories": str(self.places.sockets)}
        pairs = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [programs.folder / "postgres", "-D", self.places.data, *pairs]

    def _create_data(self, programs: PostgresPrograms) -> None:
        """initdb into a folder beside, so that one cut short is never taken for a database."""
        fresh = self.places.data.with_name("postgres.new")
        shutil.rmtree(fresh, ignore_errors=True)
        # C where the machine lacks C.UTF-8; the encoding is UTF-8 with both.
        for locale in ("C.UTF-8", "C"):
            make_folder(fresh, 0o700, self.account)
            answer = self._initdb(programs, fresh, locale)
            if answer.returncode == 0:
                fresh.replace(self.places.data)
                return
            shutil.rmtree(fresh, ignore_errors=True)
            if "invalid locale" not in answer.stderr:
                break
        if is_disk_full(answer.stderr, self.places.root):
            raise disk_full(self.name, self.places.root)
        raise ServiceError(
            f"The database folder could not be made: {' '.join(answer.stderr.split()[-40:])} Nothing was "
            "left behind. Mend the cause and start again, or set DATABASE_URL to a server that you have."
        )

    def _initdb(
        self, programs: PostgresPrograms, fresh: Path, locale: str
    ) -> subprocess.CompletedProcess[str]:
        other = not self.account.is_me
        return subprocess.run(
            [
                programs.folder / "initdb",
                f"--pgdata={fresh}",
                f"--username={addresses.DATABASE_OWNER}",
                # Who may open the socket's folder (mode 0700) is its owner or root.
                "--auth=trust",
                "--encoding=UTF8",
                f"--locale={locale}",
                "--lc-messages=C",
                "--data-checksums",
            ],
            cwd=self.places.root,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            check=False,
            capture_output=True,
            text=True,
            start_new_session=True,
            user=self.account.uid if other else None,
            group=self.account.gid if other else None,
            extra_groups=[] if other else None,
        )

    def _create_database_and_role(self) -> None:
        with self._connect("postgres") as connection:
            if not connection.execute(
                "SELECT 1 FROM pg_roles WHERE rolname = %s", [addresses.DATABASE_USER]
            ).fetchone():
                connection.execute(f"CREATE ROLE {addresses.DATABASE_USER} LOGIN")
            # For the health page: what other roles' statements and replicas do.
            connection.execute(f"GRANT pg_monitor TO {addresses.DATABASE_USER}")
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [addresses.DATABASE]
            ).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {addresses.DATABASE}")

    def _connect(self, database: str) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url, dbname=database, autocommit=True, connect_timeout=2)

    def _data_major(self) -> int | None:
        version = self.places.data / "PG_VERSION"
        return int(version.read_text()) if version.exists() else None

    def _recorded_pid(self) -> int | None:
        try:
            return int((self.places.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _is_postmaster(self, process: psutil.Process) -> bool:
        try:
            return Path(process.cwd()) == self.places.data
        except psutil.AccessDenied:
            # Not ours to look into, so another user's: its name must do.
            return process.name() == "postgres"

    def _drop_strange_pid_file(self) -> None:
        """Removes a pid file of before a crash or a reboot whose number another program has got since.

        PostgreSQL would refuse to start. It may go only when nothing at all works in the data folder.
        """
        pid = self._recorded_pid()
        if pid is None or not psutil.pid_exists(pid):
            return  # PostgreSQL clears up after a process that is gone by itself
        for process in psutil.process_iter():
            try:
                if Path(process.cwd()) == self.places.data:
                    return
            except psutil.Error:
                continue
        (self.places.data / "postmaster.pid").unlink()

    def _did_not_start(self, said: str) -> ServiceError:
        if "pre-existing shared memory block" in said or 'lock file "' in said:
            return LeftoverError(
                f"PostgreSQL did not start: another server, or what is left of a killed one, still uses "
                f"{self.places.data}. Saved data is safe. Wait a moment and start again; if it stays so, end "
                "that server."
            )
        return super()._did_not_start(said)


class LeftoverError(ServiceError):
    """What is left of a killed server is still there; it passes by itself."""
