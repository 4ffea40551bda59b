"""The private Valkey: sessions, counters and cached numbers, all of which may be lost at any time."""

import signal
from collections.abc import Sequence
from pathlib import Path

import psutil
import redis

from . import addresses, processes
from .binaries import find_valkey
from .server import Server


class Valkey(Server):
    name = "Valkey"
    end_steps = ((signal.SIGTERM, 5), (signal.SIGKILL, 5))
    start_seconds = 20
    death_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        return addresses.redis_url(self.places.sockets)

    @property
    def _socket(self) -> Path:
        return addresses.valkey_socket(self.places.sockets)

    @property
    def _pid_file(self) -> Path:
        return self.places.sockets / "valkey.pid"

    def process(self) -> psutil.Process | None:
        try:
            pid = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return processes.find(pid, lambda process: str(self._socket) in process.cmdline())

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(
                self.url, socket_timeout=2, socket_connect_timeout=2, retry=None
            ) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _command(self) -> Sequence[str | Path]:
        # What an earlier one left behind; the new one writes its own.
        self._pid_file.unlink(missing_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "pidfile": str(self._pid_file),
            "dir": str(self.places.sockets),
            "daemonize": "no",
            # The title keeps our socket's path, by which process() knows it.
            "set-proc-title": "no",
            "save": "",
            "appendonly": "no",
            "maxmemory": "128mb",
            "maxmemory-policy": "allkeys-lru",
            "loglevel": "warning",
        }
        pairs = [part for name, value in settings.items() for part in (f"--{name}", value)]
        return [find_valkey(self.places, self.account), *pairs]
