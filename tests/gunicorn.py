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


@contextmanager
def running(
    *, log: Path | None = None, arguments: tuple[str, ...] = (), **environment: str
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Yields (port, process) once the server answers; `environment` comes on top of ours, `arguments` to the
    command line. What it writes goes to the file `log`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "traitortrack/gunicorn_conf.py",
        "-b",
        f"127.0.0.1:{port}",
        *arguments,
    ]
    with ExitStack() as opened:
        output = opened.enter_context(log.open("ab")) if log else subprocess.DEVNULL
        env = {**os.environ, **environment}
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        try:
            _wait_for(port)
            yield port, process
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(300):
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as ask:
            try:
                ask.request("GET", "/health/live")
                if ask.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.1)
    raise AssertionError("the server does not answer")
