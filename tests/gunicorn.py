"""A real gunicorn on a free loopback port."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager


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
def running(**environment: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Yields (port, process) once the server answers; `environment` comes on top of ours."""
    port = free_port()
    process = subprocess.Popen(command(port), env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
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
