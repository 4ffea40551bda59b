import json
from collections.abc import Callable
from typing import Any

import psycopg
import redis
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from traitortrack.management.configured import private_servers
from traitortrack.services.errors import ServiceError
from traitortrack.services.execute import run_on_throw_away, run_with
from traitortrack.services.postgres import Postgres


class Command(BaseCommand):
    """Shows and steers the private PostgreSQL and Valkey. Starts nothing that the environment names itself.

    exec's exit code is its command's (128 + n when signal n ended it); status has 0 when all answer, else 1.
    """

    help = "Shows and steers the private PostgreSQL and Valkey."
    # The command that brings the database back cannot ask the database first.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        status = actions.add_parser("status", help="what runs where (exit code 1 unless all answer)")
        actions.add_parser("start", help="start what is missing, in the background")
        actions.add_parser("stop", help="stop the private servers; data stays")
        env = actions.add_parser("env", help="print DATABASE_URL=… DATABASE_DIRECT_URL=… REDIS_URL=…")
        for reporting in (status, env):
            reporting.add_argument("--json", action="store_true", dest="as_json", help="as JSON")
        execute = actions.add_parser(
            "exec", help="run a command with the servers up, then stop what was started"
        )
        execute.add_argument(
            "--throw-away", action="store_true", help="with new, empty servers that are removed afterwards"
        )
        execute.add_argument("command", nargs="+", help="write -- before it")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        actions: dict[str, Callable[..., None]] = {
            "status": self.status,
            "start": self.start,
            "stop": self.stop,
            "env": self.env,
            "exec": self.run_command,
        }
        try:
            actions[action](**options)
        except ServiceError as error:
            raise CommandError(str(error)) from error

    def status(self, *, as_json: bool, **options: Any) -> None:
        rows: dict[str, dict[str, Any]] = {
            "postgresql": {"private": False, "answers": _database_answers()},
            "valkey": {"private": False, "answers": _redis_answers()},
        }
        for server, process in private_servers().running().items():
            row = rows[server.name.lower()]
            row |= {"private": True, "pid": process.pid if process else None, "url": server.url}
            row |= {"account": server.account.name, "log": str(server.log)}
            if isinstance(server, Postgres):
                programs = server.programs()
                row |= {"data": str(server.places.data), "programs": f"{programs.source} {programs.version}"}
        self._report(rows, as_json=as_json)
        if not all(row["answers"] for row in rows.values()):
            raise SystemExit(1)

    def start(self, **options: Any) -> None:
        servers = private_servers()
        started = [server.name for server in servers.start()]
        if not servers.servers:
            self._say("DATABASE_URL and REDIS_URL name the servers to use. Nothing private was started.")
        elif started:
            self._say(f"Started: {', '.join(started)}. Stop: manage.py services stop")
        else:
            self._say("All private servers run already.")

    def stop(self, **options: Any) -> None:
        stopped = [server.name for server in private_servers().stop()]
        self._say(f"Stopped: {', '.join(stopped)}. Data stays." if stopped else "No private server ran.")

    def env(self, *, as_json: bool, **options: Any) -> None:
        self._report(_urls(), as_json=as_json)

    def run_command(self, *, command: list[str], throw_away: bool, **options: Any) -> None:
        if throw_away:
            code = run_on_throw_away(command, prefer=settings.TRAITORTRACK_POSTGRES)
        else:
            code = run_with(private_servers(), command, _urls())
        if code:
            raise SystemExit(code)

    def _report(self, facts: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(facts, indent=1))
            return
        for name, value in facts.items():
            if isinstance(value, dict):
                self.stdout.write(name)
                for key, part in value.items():
                    self.stdout.write(f"  {key}: {part}")
            else:
                self.stdout.write(f"{name}={value}")

    def _say(self, sentence: str) -> None:
        self.stderr.style_func = None
        self.stderr.write(sentence)


def _urls() -> dict[str, str]:
    return {
        "DATABASE_URL": settings.DATABASE_URL,
        "DATABASE_DIRECT_URL": settings.DATABASE_DIRECT_URL,
        "REDIS_URL": settings.REDIS_URL,
    }


def _database_answers() -> bool:
    try:
        with psycopg.connect(settings.DATABASE_URL, connect_timeout=2) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _redis_answers() -> bool:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
