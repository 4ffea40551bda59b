"""A real gunicorn on a free loopback port."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def command(port: int) -> list[str]:
    """To be started in the project's folder, or in that of a copy."""
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "traitortrack/gunicorn_conf.py"]
    return [*gunicorn, "-b", f"127.0.0.1:{port}"]


@contextmanager
def running(
    *, log: Path | None = None, arguments: tuple[str, ...] = (), **environment: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Yields (port, process) once the server answers; `environment` comes on top of ours, `arguments` to the
    command line. What it writes goes to the file `log`."""
    port = free_port()
    with ExitStack() as opened:
        output = opened.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        process = subprocess.Popen(
            [*command(port), *arguments], env={**os.environ, **environment}, stdout=output, stderr=output
        )
        try:
            wait_for(port)
            yield port, process
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int) -> None:
    for _ in range(300):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as ask:
            try:
                ask.request("GET", "/health/live")
                if ask.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
    raise AssertionError("the server does not answer")
