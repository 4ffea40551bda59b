import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from traitortrack.services.group import PrivateServers
from traitortrack.services.places import remove

MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
# What names other servers than those of the home under test.
NAMES_SERVERS = ("DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "TRAITORTRACK_HOME")


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty TRAITORTRACK_HOME that the servers' account may enter, stopped and removed afterwards."""
    with new_home() as folder:
        yield folder


@contextlib.contextmanager
def new_home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="tt-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        servers = PrivateServers(folder)
        servers.stop()
        remove(servers.places)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Ours, but for the servers of this home."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES_SERVERS}
    return clean | {"TRAITORTRACK_HOME": str(home)} | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(truth: Callable[[], object], seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not truth():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def processes_of(home: Path) -> list[str]:
    """What still runs for this home, as command lines."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if process.status() != psutil.STATUS_ZOMBIE and any(str(home) in word for word in words):
                found.append(" ".join(words))
    return found


class Serve:
    """`manage.py serve` as a person starts it: in a group of its own, as a terminal does."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home = home
        self.port = port or free_port()
        self.said = home / "serve.txt"
        with self.said.open("wb") as output:
            self.process = subprocess.Popen(
                [*MANAGE, "serve"],
                env=environment(home, HOST="127.0.0.1", PORT=str(self.port)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_up(self) -> None:
        # The first start compresses every static file, which takes a while on two busy cores.
        assert eventually(lambda: "(stop: Ctrl-C)" in self.text or self.process.poll() is not None, 120)
        assert self.process.poll() is None, self.text

    @property
    def text(self) -> str:
        return self.said.read_text()

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def ctrl_c(self) -> None:
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
