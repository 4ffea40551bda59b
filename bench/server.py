"""The real web server and worker, started as `serve` starts them, and what CPU it and the database take."""

import http.client
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
from django.conf import settings
from django.db import connection

from traitortrack import gunicorn_conf
from traitortrack.services import processes

START_SECONDS = 30
END_STEPS = ((signal.SIGTERM, gunicorn_conf.graceful_timeout + 2), (signal.SIGKILL, 2))


@dataclass(frozen=True)
class Web:
    port: int
    master: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU that the workers have used so far."""
        return sum(_cpu(worker) for worker in self.master.children())


@contextmanager
def running() -> Iterator[Web]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        *(
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            gunicorn_conf.__file__,
            "--bind",
            f"127.0.0.1:{port}",
        ),
        *("--workers", str(settings.WEB_WORKERS), "--threads", str(settings.WEB_THREADS)),
    ]
    with _program(command) as master, _program([sys.executable, "manage.py", "worker"]):
        _wait_for_answer(port)
        yield Web(port, master)


@contextmanager
def _program(command: list[str]) -> Iterator[psutil.Process]:
    process = psutil.Process(processes.spawn(command, cwd=settings.BASE_DIR, dies_with_me=signal.SIGTERM).pid)
    try:
        yield process
    finally:
        processes.end(process, END_STEPS)


def _wait_for_answer(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            asking.request("GET", "/health/ready")
            if asking.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            asking.close()
    raise TimeoutError(
        f"The web server did not answer within {START_SECONDS} s; its own lines above tell why."
    )


def backends_cpu_seconds() -> float:
    """CPU that the database's processes for us have used so far; 0 where they run on another machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        pids = [pid for (pid,) in cursor.fetchall()]
    return sum(_cpu(psutil.Process(pid)) for pid in pids if _is_postgres(pid))


def _is_postgres(pid: int) -> bool:
    try:
        return "postgres" in psutil.Process(pid).name()
    except psutil.NoSuchProcess:
        return False


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
