"""A whole TraitorTrack of our own on loopback: PostgreSQL and Valkey from traitortrack/services, gunicorn
with the product's configuration, the worker, and the Supervisor of `manage.py serve`, which brings back what
ends.

No page is asked, so static files are not collected; all else is as in `serve`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg

from tests import gunicorn
from tests.soak.shift import OWN, OWN_LIMIT, SHARED, SHARED_LIMIT
from traitortrack.services.addresses import DATABASE, private_urls
from traitortrack.services.group import PrivateServers
from traitortrack.services.server import Server
from traitortrack.services.supervisor import LOOK_EVERY, Child, Supervisor

ROOT = Path(__file__).resolve().parents[2]
WORKER_SECONDS = 75
WHOLE_SECONDS = 60
PASSWORD = "Sacks-of-mustard-24"
PEOPLE = 10
ADMIN = "soak-admin"  # imports files, and is none of those who scan
# What must not leak into a deployment of its own.
FOREIGN = ("DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DEBUG")
NOT_COPIED = shutil.ignore_patterns(".*", "var", "static", "docs", "bench", "tests", "node_modules")
WEB_END, WORKER_END = ((signal.SIGTERM, 12.0), (signal.SIGQUIT, 2.0)), ((signal.SIGTERM, 12.0),)
MAKE_PEOPLE = f"""
import io, sys
from django.core.management import call_command
from bags.models import Product
for number in range({PEOPLE}):
    sys.stdin = io.StringIO({PASSWORD!r})
    role = ["--role", "biller"] if number % 3 == 2 else ["--role", "dispatcher", "--area", "lucknow"]
    call_command("create_user", f"soak-{{number:02}}", *role, "--password-stdin")
sys.stdin = io.StringIO({PASSWORD!r})
call_command("create_user", {ADMIN!r}, "--role", "admin", "--password-stdin")
for prefix, limit in ({OWN!r}, {OWN_LIMIT}), ({SHARED!r}, {SHARED_LIMIT}):
    Product.objects.create(name=prefix, prefix=prefix, digits=9, children_per_parent=limit, kg_per_child=1)
"""
Given = TypeVar("Given")


class Home:
    """A TRAITORTRACK_HOME with its private servers, of `code` (the project, or a changed copy of it)."""

    def __init__(self, folder: Path, code: Path = ROOT) -> None:
        self.folder, self.code = folder, code
        self.servers = PrivateServers(folder)
        self.postgres, self.valkey = self.servers.servers
        self.database = DATABASE  # another one once a backup was brought back

    @property
    def url(self) -> str:
        """The owner's way to the database that is served."""
        return self._served(self.postgres.url)

    def _served(self, url: str) -> str:
        return url.replace(f"/{DATABASE}?", f"/{self.database}?")

    @property
    def settings(self) -> dict[str, str]:
        """Its environment. The scan limit counts in Redis, as in use, and holds nobody back."""
        urls = private_urls(self.folder)
        return {
            "TRAITORTRACK_HOME": str(self.folder),
            "METRICS_DIR": f"{self.folder}-metrics",  # in the template's folder, which goes as a whole
            "DATABASE_URL": self._served(urls.database_url),
            "DATABASE_DIRECT_URL": self.url,
            "REDIS_URL": urls.redis_url,
            "SCAN_RATE_LIMIT": "1000000/s",
            "SIGN_IN_RATE_LIMIT": "off",
            "SESSION_IDLE_MINUTES": "600",
        }

    def manage(self, *words: str, code: Path | None = None) -> subprocess.Popen[str]:
        """Starts a command of manage.py; its data on stdout, its sentences on stderr."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=code or self.code,
            env={name: value for name, value in os.environ.items() if name not in FOREIGN} | self.settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def managed(self, *words: str) -> str:
        """The same to its end; returns its data."""
        process = self.manage(*words)
        told, said = process.communicate(timeout=120)
        if process.returncode:
            raise RuntimeError(f"manage.py {words[0]} ended with {process.returncode}: {told}{said}")
        return told

    def broken(self) -> dict[int, list[Any]]:
        """The questions of check_invariants that find something: rows by number. Those about what the worker
        does by itself (14: it seals each minute; 15: after ten quiet seconds) are asked again until it had
        its time; a home that was at rest has entries that are old and not sealed yet."""
        until = time.monotonic() + WORKER_SECONDS
        while (found := self._asked()) and found.keys() <= {14, 15} and time.monotonic() < until:
            time.sleep(2)
        return found

    def _asked(self) -> dict[int, list[Any]]:
        process = self.manage("check_invariants", "--json")
        told, said = process.communicate(timeout=300)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"check_invariants: {said}")
        return {one["number"]: one["rows"] for one in json.loads(told)["questions"] if one["rows"]}

    def sql(self, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            done = connection.execute(statement, params or None)
            return done.fetchall() if done.description else []


class Deployment:
    """What runs for a home. All starting and ending is done by one thread that lives as long as we do: the
    kernel ends a child whose starting thread is gone."""

    def __init__(self, home: Home, log: Path) -> None:
        self.home, self.log = home, log
        self.supervisor = Supervisor(home.servers, [], cwd=home.code, say=self._say)
        self.said: list[str] = []
        self._hand = ThreadPoolExecutor(1)
        self._ending = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.by_hand(self.supervisor.start_servers)
        self._add_worker()
        self._watching.start()
        self.add_web(self.home.code)

    def stop(self) -> None:
        self._ending.set()
        if self._watching.ident:
            self._watching.join(60)
        self.by_hand(self.supervisor.stop)
        self._hand.shutdown()

    def by_hand(self, job: Callable[[], Given]) -> Given:
        return self._hand.submit(job).result()

    def add_web(self, code: Path) -> int:
        """Starts a web server of `code`, beside what runs, until it answers; `port` is its port."""
        self.port = gunicorn.free_port()
        command = self._set_up(code, gunicorn.command(self.port))
        self.web_child = self._add(Child("web server", command, WEB_END))
        gunicorn.wait_for(self.port)
        return self.port

    def serve_from(self, database: str) -> int:
        """Ends web server and worker in good order and starts them on another database of the same server;
        returns the new port."""
        self.drop(self.web_child)
        self.drop(self.worker_child)
        self.home.database = database
        self._add_worker()
        return self.add_web(self.home.code)

    def drop(self, child: Child) -> None:
        """Ends it in good order and no longer brings it back."""
        self.supervisor.children = [other for other in self.supervisor.children if other is not child]
        self.by_hand(child.stop)

    def _add_worker(self) -> None:
        command = self._set_up(self.home.code, [sys.executable, "manage.py", "worker"])
        self.worker_child = self._add(Child("worker", command, WORKER_END))

    def _add(self, child: Child) -> Child:
        self.by_hand(lambda: child.start(self.home.code))
        self.supervisor.children = [*self.supervisor.children, child]
        return child

    @property
    def web(self) -> psutil.Process:
        """The master of the newest web server. Raises psutil.NoSuchProcess while there is none."""
        return _running(self.web_child)

    @property
    def worker(self) -> psutil.Process:
        """Raises psutil.NoSuchProcess while there is none."""
        return _running(self.worker_child)

    @property
    def has_web(self) -> bool:
        process = self.web_child.process
        return process is not None and process.poll() is None

    def wait_until_whole(self) -> None:
        """Every server answers, and the web server has its workers: the supervisor waits longer with each
        server that it brings back, so after one fault it may still have to before the next, and workers of a
        dead master answer for a moment more. Raises RuntimeError."""
        until = time.monotonic() + WHOLE_SECONDS
        while not (self._has_workers and all(server.answers() for server in self.home.servers.servers)):
            if time.monotonic() > until:
                raise RuntimeError(f"The deployment did not come back. {' '.join(self.said)}")
            time.sleep(0.1)
        gunicorn.wait_for(self.port)

    @property
    def _has_workers(self) -> bool:
        """Before it has some, the master is still loading, and a signal would end it."""
        try:
            return bool(self.web.children())
        except psutil.NoSuchProcess:
            return False

    def server(self, which: Server) -> psutil.Process:
        process = which.process()
        if process is None:
            raise psutil.NoSuchProcess(0)
        return process

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            try:
                self.by_hand(self.supervisor.look)
            except Exception as error:  # noqa: BLE001 - told with the result
                self._say(f"The supervisor gave up: {error}")
                return

    def _set_up(self, code: Path, command: Sequence[str]) -> list[str]:
        """A Child has no environment, folder or log of its own: `env` and `sh` give it ours."""
        unset = [part for name in FOREIGN for part in ("-u", name)]
        given = [f"{name}={value}" for name, value in self.home.settings.items()]
        into_log = ["sh", "-c", 'exec >>"$0" 2>&1; exec "$@"', str(self.log)]
        return ["env", *unset, f"--chdir={code}", *given, *into_log, *command]

    def _say(self, sentence: str) -> None:
        self.said.append(sentence)


def _running(child: Child) -> psutil.Process:
    return psutil.Process(child.process.pid if child.process else 0)


@contextmanager
def template() -> Iterator[Path]:
    """A folder for homes, with `template`: tables, people, products, servers at rest. Gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tt-soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        home = Home(folder / "template")
        try:
            home.servers.start(tied=True)
            home.managed("migrate_safely")
            home.managed("shell", "-c", MAKE_PEOPLE)
        finally:
            home.servers.stop()
        yield folder


@contextmanager
def deployed(folder: Path, name: str, *, code: Path = ROOT, disk_mb: int = 0) -> Iterator[Deployment]:
    """A running copy of the template, ended and removed afterwards. disk_mb: of a disk of its own."""
    place = folder / name
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, place, ignore_errors=True)
        if disk_mb:
            stack.enter_context(small_disk(place, disk_mb))
        # Owners and modes too: PostgreSQL asks for its own.
        subprocess.run(["cp", "-a", f"{folder / 'template'}/.", place], check=True)
        deployment = Deployment(Home(place, code), folder / f"{name}.log")
        stack.callback(deployment.stop)
        deployment.start()
        yield deployment


class CannotMount(Exception):
    """There is no small disk to be had."""


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A tmpfs mounted at `place`. Raises CannotMount: only root may, and not in every container."""
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        raise CannotMount("A small disk could not be mounted, so a full one cannot be tried. Try as root.")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def changed_code(folder: Path, name: str, changes: dict[str, tuple[str, str]]) -> Iterator[Path]:
    """A throw-away copy of the project in which each file's first text is replaced by its second, once."""
    copy = folder / name
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED, symlinks=True)
    (copy / "static").symlink_to(ROOT / "static")
    try:
        for file, (old, new) in changes.items():
            text = (copy / file).read_text() if old else ""
            if text.count(old) != 1 and old:
                raise ValueError(f"{file} holds {text.count(old)} times: {old}")
            (copy / file).write_text(text.replace(old, new) if old else new)
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)
