"""Named by ENGINE. Outside of `somebody_waits` it is Django's backend as it stands."""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

import psycopg
from django.db.backends.postgresql import base

# After so long without a sign the server is asked whether it lives: a statement may take its time, a server
# that is stopped may not. Asking takes two seconds at most (psycopg's shortest connect_timeout).
SILENCE_SECONDS = 0.4
ASKING_SECONDS = 2
KNOWN_SECONDS = 1.0
Given = TypeVar("Given")

_here = threading.local()


@contextmanager
def somebody_waits() -> Iterator[None]:
    """What this thread asks of the database inside raises OperationalError once the server gives no sign."""
    _here.waits = True
    try:
        yield
    finally:
        _here.waits = False


class Pulse:
    """Whether the server lives, as this process knows. One thread asks, the others go by what was known."""

    def __init__(self) -> None:
        self.felt, self._at, self._asking = True, 0.0, threading.Lock()

    def feel(self, params: dict[str, Any]) -> bool:
        if time.monotonic() - self._at > KNOWN_SECONDS and self._asking.acquire(blocking=False):
            try:
                self.felt = _answers(params)
                self._at = time.monotonic()
            finally:
                self._asking.release()
        return self.felt


# One for each server: a replica that is stopped says nothing about the primary.
_pulses: dict[tuple[Any, Any], Pulse] = {}


def _pulse_of(params: dict[str, Any]) -> Pulse:
    return _pulses.setdefault((params.get("host"), params.get("port")), Pulse())


class PatientConnection(psycopg.Connection[Any]):
    params: dict[str, Any]

    @classmethod
    def connect(cls, **params: Any) -> "PatientConnection":  # type: ignore[override]
        if _waits() and not _pulse_of(params).felt and not _pulse_of(params).feel(params):
            raise psycopg.OperationalError("the server gave no sign a moment ago")
        connection = super().connect(**params)
        connection.params = params
        return connection

    def wait(self, gen: Generator[Any, Any, Given], *args: Any, **options: Any) -> Given:
        return super().wait(self._listening(gen) if _waits() else gen, *args, **options)

    def _listening(self, gen: Generator[Any, Any, Given]) -> Generator[Any, Any, Given]:
        """Given up when the server gives no sign. psycopg comes by each tenth of a second without news."""
        silent_since = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                news = yield wanted
                if news:
                    silent_since = time.monotonic()
                elif time.monotonic() - silent_since > SILENCE_SECONDS and not self._server_lives():
                    self.close()
                    raise psycopg.OperationalError("the server gives no sign")
                wanted = gen.send(news)
        except StopIteration as end:
            return end.value

    def _server_lives(self) -> bool:
        return _pulse_of(self.params).feel(self.params)


class DatabaseWrapper(base.DatabaseWrapper):
    # Django connects, and looks for the kinds of errors, through this name.
    Database: Any = SimpleNamespace(**vars(psycopg) | {"connect": PatientConnection.connect})


def _waits() -> bool:
    return getattr(_here, "waits", False)


def _answers(params: dict[str, Any]) -> bool:
    """Any answer is a sign of life, also that it takes nobody just now."""
    place = {name: params[name] for name in ("host", "port", "user", "password", "dbname") if name in params}
    try:
        psycopg.connect(**place, connect_timeout=ASKING_SECONDS).close()
    except psycopg.Error as error:
        return error.sqlstate is not None
    return True
