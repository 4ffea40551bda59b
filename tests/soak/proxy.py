"""A TCP proxy between operators and the web server that knows where an HTTP message ends: it can drop an
answer that the server gave, send a request twice, and lead to another server."""

import random
import socket
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

WAIT_SECONDS = 30


class Cut(Exception):
    """The line ends here, without an answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request on its way. `send()` takes it to the server, on a line of its own, and gives the answer."""

    message: bytes
    send: Callable[[], bytes]

    @property
    def is_scan(self) -> bool:
        return self.message.startswith((b"POST /api/v1/scans ", b"POST /api/unlink_child "))


Way = Callable[[Asked], bytes]  # gives the answer, or raises Cut


def straight(asked: Asked) -> bytes:
    return asked.send()


def losing_answers(share: float, struck: Callable[[], None]) -> Way:
    """So many scan requests are done by the server, and nobody hears of it. struck: called for each."""
    chance = random.Random(1)

    def way(asked: Asked) -> bytes:
        answer = asked.send()
        if asked.is_scan and chance.random() < share:
            struck()
            raise Cut
        return answer

    return way


def doubling(struck: Callable[[], None]) -> Way:
    """Scan requests reach the server twice at the same moment; the later answer is told."""

    def way(asked: Asked) -> bytes:
        if not asked.is_scan:
            return asked.send()
        struck()
        answers: list[bytes] = []
        second = threading.Thread(target=lambda: answers.append(asked.send()), daemon=True)
        second.start()
        first = asked.send()
        second.join(WAIT_SECONDS)
        return answers[-1] if answers else first

    return way


class Proxy:
    """Listens on `port`, leads to `upstream`; both `upstream` and `way` may change at any time."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.way: Way = straight
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with closing(line), suppress(OSError, Cut), line.makefile("rb") as reading:
            while message := read_message(reading):
                line.sendall(self.way(Asked(message, partial(self._send, message))))

    def _send(self, message: bytes) -> bytes:
        """On a line of its own, so that no kept connection is closed by the server in the same moment."""
        with closing(socket.create_connection(("127.0.0.1", self.upstream), WAIT_SECONDS)) as line:
            line.sendall(message)
            with line.makefile("rb") as reading:
                answer = read_message(reading)
        if not answer:
            raise Cut
        return answer


def read_message(reading: BinaryIO) -> bytes:
    """One whole HTTP message with the length that its head names; empty at the end of the line."""
    head, length = b"", 0
    while True:
        line = reading.readline()
        if not line:
            return b""
        head += line
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
        if line == b"\r\n":
            return head + reading.read(length)
