"""A PostgreSQL of the test's own: a copy of another one's whole cluster, on a socket of its own."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
from django.conf import settings
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.house.conftest import eventually
from traitortrack.services import processes
from traitortrack.services.binaries import find_postgres, within_reach
from traitortrack.services.places import find_places, make_folder, servers_account


class Cluster:
    """Its data below `folder`, which the servers' account may enter."""

    def __init__(self, folder: Path, major: int) -> None:
        places = find_places(settings.HOME)
        self.account = servers_account(places.data)
        found = find_postgres(settings.TRAITORTRACK_POSTGRES, self.account, major)
        self.programs = within_reach(found, places, self.account).folder
        self.folder, self.data, self.log = folder, folder / "data", folder / "log"
        make_folder(folder / "run", 0o700, self.account)
        make_folder(self.data, 0o700, self.account)

    def fresh(self, superuser: str) -> "Cluster":
        """A new, empty one."""
        self.run(
            "initdb", f"--pgdata={self.data}", f"--username={superuser}", "--auth=trust", "--encoding=UTF8"
        )
        return self

    def copy_of(self, url: str, *options: str) -> "Cluster":
        """pg_basebackup from a running server."""
        self.run("pg_basebackup", "--checkpoint=fast", f"--pgdata={self.data}", *options, f"--dbname={url}")
        return self

    def url(self, like: str) -> str:
        """The same database here, as the same role."""
        there = conninfo_to_dict(like)
        return f"postgresql://{there['user']}@:5432/{there['dbname']}?host={self.folder / 'run'}"

    def start(self, **more: str) -> None:
        told = {"listen_addresses": "", "unix_socket_directories": str(self.folder / "run")} | more
        pairs = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.data), *pairs]
        self.process = processes.spawn(command, log=self.log, account=self.account, cwd=self.folder)
        assert eventually(self.answers, 30), self.log.read_text()[-3000:]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(settings.DATABASE_DIRECT_URL), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            # In a new one the role is not there yet.
            return "does not exist" in str(error)
        return True

    def stop(self, sign: signal.Signals = signal.SIGQUIT) -> None:
        """SIGQUIT is `-m immediate`."""
        if self.process.poll() is None:
            self.process.send_signal(sign)
            self.process.send_signal(signal.SIGCONT)
            self.process.wait(30)

    def freeze(self) -> None:
        """The whole server takes connections and gives no answer."""
        for one in self._family():
            one.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        for one in self._family():
            one.send_signal(signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        master = psutil.Process(self.process.pid)
        return [master, *master.children()]

    def run(self, program: str, *words: str, stdin: Path | None = None) -> None:
        """One of PostgreSQL's programs, as the account to which the data belongs."""
        other = not self.account.is_me
        done = subprocess.run(
            [self.programs / program, *words],
            input=stdin.read_text() if stdin else None,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            user=self.account.uid if other else None,
            group=self.account.gid if other else None,
            extra_groups=[] if other else None,
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def new_cluster(url: str) -> Iterator[Cluster]:
    """An empty place for a cluster of the same version as the server at `url`; all gone afterwards."""
    with psycopg.connect(url) as connection:
        major = connection.info.server_version // 10_000
    folder = Path(tempfile.mkdtemp(prefix="tt-"))
    folder.chmod(0o755)
    cluster = Cluster(folder, major)
    try:
        yield cluster
    finally:
        if hasattr(cluster, "process"):
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def conninfo(url: str) -> str:
    """The same place as pg_basebackup takes it, without a database."""
    return make_conninfo(
        "", **{name: value for name, value in conninfo_to_dict(url).items() if name != "dbname"}
    )
