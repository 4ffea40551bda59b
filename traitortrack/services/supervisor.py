"""Keeps programs and private servers running until it is told to stop, and leaves none behind."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from . import processes
from .errors import ServiceError
from .group import PrivateServers
from .server import Server

LOOK_EVERY = 0.25
# Waits before each further try; a program that has run this long counts as healthy again.
PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)
HEALTHY_SECONDS = 30


@dataclass
class Child:
    """A program of ours, such as the web server. end_steps: see processes.end; what is left is killed."""

    name: str
    command: Sequence[str]
    end_steps: Sequence[tuple[signal.Signals, float]]
    process: subprocess.Popen[bytes] | None = None

    def start(self, cwd: Path) -> None:
        self.process = processes.spawn(self.command, cwd=cwd, dies_with_me=signal.SIGTERM)

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            processes.end(psutil.Process(self.process.pid), self.end_steps)
            self.process.poll()
        try:
            # Its session, and so its group, is its own: whatever it started and left goes too.
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


@dataclass
class Backoff:
    """When to try again: at once after the first failure, later and later when more follow closely."""

    failures: int = 0
    last: float = 0.0
    due: float | None = None

    def may_try(self) -> bool:
        """Asked again and again while the trouble lasts; True once the pause is over."""
        now = time.monotonic()
        if self.due is None:
            self.failures = 1 if now - self.last > HEALTHY_SECONDS else self.failures + 1
            self.due = now + PAUSES[min(self.failures, len(PAUSES)) - 1]
        if now < self.due:
            return False
        self.last, self.due = now, None
        return True

    @property
    def hopeless(self) -> bool:
        return self.failures > len(PAUSES)


@dataclass
class Supervisor:
    """children start after the servers and stop before them. say: shows one sentence to whoever watches."""

    servers: PrivateServers
    children: Sequence[Child]
    cwd: Path
    say: Callable[[str], None]
    _owned: list[Server] = field(default_factory=list)
    _server_backoff: Backoff = field(default_factory=Backoff)
    _child_backoffs: dict[str, Backoff] = field(default_factory=dict)
    _last_trouble: str = ""

    def start_servers(self) -> None:
        self._own(self.servers.start(tied=True))

    def start_children(self) -> None:
        for child in self.children:
            child.start(self.cwd)

    def watch(self) -> None:
        """Returns never; ends by a signal or by look's ServiceError."""
        while True:
            self.look()
            time.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Starts again what has ended; ServiceError when a child cannot be kept alive."""
        self._look_after_servers()
        for child in self.children:
            self._look_after(child)

    def stop(self) -> None:
        """Ends the children, then those servers that this supervisor started."""
        for child in reversed(self.children):
            child.stop()
        self.servers.stop(self._owned)

    def _own(self, started: Sequence[Server]) -> None:
        # In the order of the group, so that the last one is stopped first.
        self._owned = [server for server in self.servers.servers if server in (*self._owned, *started)]

    def _look_after_servers(self) -> None:
        gone = [server.name for server, process in self.servers.running().items() if process is None]
        if not gone or not self._server_backoff.may_try():
            return
        try:
            self.start_servers()
        except ServiceError as error:
            if str(error) != self._last_trouble:
                self.say(f"{error} It is tried again until it works.")
            self._last_trouble = str(error)
            return
        self._last_trouble = ""
        self.say(f"{' and '.join(gone)} had ended and runs again. Saved scans are safe.")

    def _look_after(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        backoff = self._child_backoffs.setdefault(child.name, Backoff())
        if not backoff.may_try():
            return
        if backoff.hopeless:
            raise ServiceError(
                f"The {child.name} ended {backoff.failures} times in a row, last with code "
                f"{child.process.returncode}. Saved scans are safe. Its own lines above tell why; mend that "
                "and start again."
            )
        child.stop()
        child.start(self.cwd)
        self.say(f"The {child.name} had ended and was started again. Saved scans are safe.")
