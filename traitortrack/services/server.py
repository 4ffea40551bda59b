"""What PostgreSQL and Valkey have in common: one process that may run, be started, or be ended."""

import contextlib
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

import psutil

from . import processes
from .errors import ServiceError
from .places import Places, servers_account

FULL_BELOW_BYTES = 1_000_000


class Server(ABC):
    """A private server of one home. Starting it is safe only under the lock of group.PrivateServers."""

    name: str
    end_steps: Sequence[tuple[signal.Signals, float]]
    # How long it may take to answer. One that works on and does not answer yet is given that time.
    start_seconds: float
    # What the server is told when its starter is gone and it was started "tied".
    death_signal: signal.Signals

    def __init__(self, places: Places) -> None:
        self.places = places
        self.account = servers_account(places.data)

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    def log(self) -> Path:
        return self.places.logs / f"{self.name.lower()}.log"

    @abstractmethod
    def process(self) -> psutil.Process | None:
        """The running server, or None."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers a question within two seconds."""

    @abstractmethod
    def _command(self) -> Sequence[str | Path]:
        """Prepares what the first start needs (raises ServiceError) and gives the command line."""

    def start(self, *, tied: bool) -> bool:
        """Starts it and waits until it answers; False if it ran already. tied: it ends when we do."""
        processes.collect_ended()
        if self.process():
            return False
        command = self._command()
        processes.keep_log_short(self.log)
        read_from = self.log.stat().st_size if self.log.exists() else 0
        child = processes.spawn(
            [str(part) for part in command],
            log=self.log,
            cwd=self.places.root,
            account=self.account,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            dies_with_me=self.death_signal if tied else None,
        )
        try:
            self._wait(child, read_from)
        except BaseException:
            self._give_up(child)
            raise
        return True

    def stop(self) -> bool:
        """Ends it in good order; False if it did not run."""
        process = self.process()
        if process is None:
            return False
        try:
            ended = processes.end(process, self.end_steps)
        except psutil.AccessDenied as error:
            raise ServiceError(
                f"{self.name} (process {process.pid}) belongs to {process.username()} and you may not stop "
                "it. It goes on working. Stop it as that user or as root."
            ) from error
        processes.collect_ended()
        if not ended:
            raise ServiceError(
                f"{self.name} (process {process.pid}) did not end. Saved data is safe. Look at {self.log}, "
                "then try again."
            )
        return True

    def _wait(self, child: subprocess.Popen[bytes], read_from: int) -> None:
        until = time.monotonic() + self.start_seconds
        while not ((running := self.process()) and running.pid == child.pid and self.answers()):
            if child.poll() is not None:
                raise self._did_not_start(self._said_since(read_from))
            if time.monotonic() > until:
                raise ServiceError(
                    f"{self.name} did not answer within {self.start_seconds:.0f} seconds and was stopped. "
                    f"Saved data is safe. {self.log} tells more; mend the cause and start again."
                )
            time.sleep(0.02)

    def _give_up(self, child: subprocess.Popen[bytes]) -> None:
        """No half-started server stays behind, also after a Ctrl-C."""
        with contextlib.suppress(psutil.NoSuchProcess):
            processes.end(psutil.Process(child.pid), self.end_steps)
        processes.collect_ended()

    def _said_since(self, read_from: int) -> str:
        with self.log.open("rb") as log:
            log.seek(read_from)
            return log.read().decode(errors="replace")

    def _did_not_start(self, said: str) -> ServiceError:
        if is_disk_full(said, self.places.root):
            return disk_full(self.name, self.places.root)
        reasons = [line for line in said.splitlines() if "FATAL" in line or "rror" in line or "#" in line]
        reason = (reasons or said.splitlines() or ["it wrote nothing"])[-1].strip()
        return ServiceError(
            f"{self.name} did not start: {reason}. Saved data is untouched. {self.log} tells more; mend the "
            "cause and start again, or set DATABASE_URL and REDIS_URL to servers that you have."
        )


def is_disk_full(said: str, folder: Path) -> bool:
    """Whether a full disk ended a server that said this; its log may be cut short for the same reason."""
    signs = ("No space left on device", "Check free disk space")
    return any(sign in said for sign in signs) or shutil.disk_usage(folder).free < FULL_BELOW_BYTES


def disk_full(name: str, folder: Path) -> ServiceError:
    return ServiceError(
        f"{name} did not start: the disk that holds {folder} is full. Saved data is safe. Free some space "
        "and start again."
    )
