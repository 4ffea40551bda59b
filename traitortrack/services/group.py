"""The private servers of one home, started and ended together, one start at a time."""

import contextlib
import errno
import fcntl
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from .errors import ServiceError
from .places import MAY_PASS, find_places, make_folder, prepare
from .postgres import Postgres
from .server import Server, disk_full
from .valkey import Valkey

# Longer than any start may take, so that a second start waits for the first and then uses its servers.
LOCK_SECONDS = 660


class PrivateServers:
    """Those of the two that the environment does not name.

    prefer: which PostgreSQL programs, auto, machine or wheel. Every call may raise ServiceError.
    """

    def __init__(
        self, home: Path, *, postgres: bool = True, valkey: bool = True, prefer: str = "auto"
    ) -> None:
        self.places = find_places(home)
        self.servers: list[Server] = []
        if postgres:
            self.servers.append(Postgres(self.places, prefer))
        if valkey:
            self.servers.append(Valkey(self.places))

    def start(self, *, tied: bool = False) -> list[Server]:
        """Starts what does not run and returns that. tied: it ends when this process does, in any way."""
        if not self.servers:
            return []
        started: list[Server] = []
        with self._plainly():
            make_folder(self.places.home, MAY_PASS)
            with self._lock():
                prepare(self.places, self.servers[0].account)
                try:
                    for server in self.servers:
                        if server.start(tied=tied):
                            started.append(server)
                except BaseException:
                    for server in reversed(started):
                        server.stop()
                    raise
        return started

    def running(self) -> dict[Server, psutil.Process | None]:
        """Each wanted server with its process, None where it does not run."""
        with self._plainly():
            return {server: server.process() for server in self.servers}

    def stop(self, servers: Sequence[Server] | None = None) -> list[Server]:
        """Ends these servers (all, when none are given), last one first; returns those that ran."""
        if not self.places.home.is_dir():
            return []
        chosen = self.servers if servers is None else servers
        with self._plainly(), self._lock():
            return [server for server in reversed(chosen) if server.stop()]

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        with (self.places.home / "services.lock").open("a") as lock:
            until = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise ServiceError(
                            f"Another start or stop of the private servers in {self.places.home} has been at "
                            f"work for {LOCK_SECONDS} seconds. Nothing was changed. Wait for it or end it, "
                            "then try again."
                        ) from None
                    time.sleep(0.05)
            yield

    @contextlib.contextmanager
    def _plainly(self) -> Iterator[None]:
        """Says in a sentence what the system says with a number."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full("A private server", self.places.root) from error
            raise ServiceError(
                f"The private servers cannot use {error.filename or self.places.root}: {error.strerror}. "
                "Saved data is untouched. Start as the owner of that folder or as root, or point "
                "TRAITORTRACK_HOME to another folder."
            ) from error
