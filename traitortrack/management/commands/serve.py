import http.client
import io
import signal
import socket
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from traitortrack import gunicorn_conf
from traitortrack.management.commands.worker import STOP_SECONDS
from traitortrack.management.configured import private_servers
from traitortrack.management.static_files import collect_if_changed
from traitortrack.services import signals
from traitortrack.services.errors import ServiceError
from traitortrack.services.supervisor import Child, Supervisor

START_SECONDS = 30
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound


class Command(BaseCommand):
    """Everything from one command: servers, migration, demo, web server, worker. Ctrl-C ends all of it."""

    help = "Starts TraitorTrack on HOST:PORT in the foreground; one Ctrl-C stops all of it."
    # Checked by hand below, once there is a database to check.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="do not load the demo data")

    def handle(self, *args: Any, no_demo: bool, **options: Any) -> None:
        self.stderr.style_func = None
        _refuse_taken_address(settings.BIND_HOST, settings.BIND_PORT)
        supervisor = Supervisor(private_servers(), _children(), cwd=settings.BASE_DIR, say=self._say)
        try:
            with signals.handled(signals.interrupt):
                self._serve_until_told(supervisor, no_demo=no_demo)
        except ServiceError as error:
            raise CommandError(str(error)) from error
        self._say("Everything has stopped. Saved scans are safe.")

    def _serve_until_told(self, supervisor: Supervisor, *, no_demo: bool) -> None:
        try:
            self._serve(supervisor, no_demo=no_demo)
        except KeyboardInterrupt:
            self._say("\nStopping ...")
        finally:
            with signals.handled(signals.ignore):
                supervisor.stop()

    def _serve(self, supervisor: Supervisor, *, no_demo: bool) -> None:
        supervisor.start_servers()
        call_command("migrate_safely", stdout=self.stdout, stderr=self.stderr)
        self.check(databases=[DEFAULT_DB_ALIAS])
        collect_if_changed()
        log_ins = io.StringIO()
        if not no_demo:
            call_command("demo", "--once", stdout=log_ins)
        # The web server has connections of its own; this process only watches from here on.
        connections.close_all()
        supervisor.start_children()
        _wait_for_answer(supervisor, settings.BIND_HOST, settings.BIND_PORT)
        self.stdout.write(log_ins.getvalue())
        self.stdout.write(
            f"TraitorTrack: http://{_shown(settings.BIND_HOST)}:{settings.BIND_PORT}/   (stop: Ctrl-C)"
        )
        self.stdout.flush()
        supervisor.watch()

    def _say(self, sentence: str) -> None:
        self.stderr.write(sentence)


def _children() -> list[Child]:
    """The programs that run beside the private servers, in the order of their start."""
    worker = [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker"]
    return [
        Child(name="web server", command=_web_command(), end_steps=_WEB_END),
        Child(name="worker", command=worker, end_steps=_WORKER_END),
    ]


# gunicorn lets running requests end, then is told to hurry.
_WEB_END = ((signal.SIGTERM, gunicorn_conf.graceful_timeout + 2), (signal.SIGQUIT, 2))
_WORKER_END = ((signal.SIGTERM, STOP_SECONDS + 2),)


def _web_command() -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--config", gunicorn_conf.__file__),
        *("--bind", f"{_bracketed(settings.BIND_HOST)}:{settings.BIND_PORT}"),
        *("--workers", str(settings.WEB_WORKERS), "--threads", str(settings.WEB_THREADS)),
    ]


def _refuse_taken_address(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As gunicorn does: connections of a server that has just ended are no hindrance.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise CommandError(
            f"The address {host}:{port} cannot be used: {error.strerror}. Nothing was started. End the "
            f"program that uses it, or choose another: PORT={port + 1} make run"
        ) from error


def _wait_for_answer(supervisor: Supervisor, host: str, port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=5)
        try:
            connection.request("GET", "/health/live")
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        supervisor.look()
        if time.monotonic() > until:
            raise ServiceError(
                f"The web server does not answer after {START_SECONDS} seconds and was stopped. Saved "
                "scans are safe. Its own lines above tell why; mend that and start again."
            )
        time.sleep(0.1)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _shown(host: str) -> str:
    return _bracketed(EVERYWHERE.get(host, host))
