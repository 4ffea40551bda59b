"""A load client that costs little: one process, one kept-alive socket a client, requests made beforehand."""

import os
import selectors
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from bench.database import CHILDREN_PER_SACK, Person

# Of a warehouse's JSON call; the device's clock decides nothing.
CLOCK = "2026-11-24T09:15:02.120+05:30"
CSRF = "x" * 32
WAIT_SECONDS = 30
TICK_SECONDS = 0.001

Request = tuple[bytes, int]  # its bytes; how many accepted scans its answer must hold


@dataclass(slots=True)
class Tally:
    """What a run of load came to. Latencies in seconds."""

    seconds: float = 0.0
    own_cpu: float = 0.0
    scans: int = 0
    latencies: list[float] = field(default_factory=list)
    wrong: list[bytes] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return self.scans / self.seconds


def scans_of(person: Person, run: int, batch: int, port: int) -> Iterator[Request]:
    """An endless shift: a sack, its thirty children, the next sack …, `batch` scans in a request."""
    steps = _steps(person, run)
    head = _head(person, port)
    while True:
        scans = b",".join(next(steps) for _ in range(batch))
        body = b'{"device":"%s","clock":"%s","scans":[%s]}' % (
            str(person.device).encode(),
            CLOCK.encode(),
            scans,
        )
        yield head % len(body) + body, batch


def _steps(person: Person, run: int) -> Iterator[bytes]:
    seq = sack = 0
    while True:
        parent = f"BY-{run:03}{person.number:03}{sack:03}"
        yield _scan(seq, parent, "null")
        for place in range(1, CHILDREN_PER_SACK + 1):
            yield _scan(seq + place, f"{run:03}{person.number:03}{seq + place:06}", f'"{parent}"')
        seq, sack = seq + CHILDREN_PER_SACK + 1, sack + 1


def _scan(seq: int, raw: str, parent: str) -> bytes:
    key = os.urandom(16).hex()
    return (
        f'{{"key":"{key[:8]}-{key[8:12]}-4{key[13:16]}-8{key[17:20]}-{key[20:]}","seq":{seq},"mode":"pack",'
        f'"raw":"{raw}","parent":{parent},"bill":null,"captured_at":"{CLOCK}","source":"wedge","offline":false}}'
    ).encode()


def _head(person: Person, port: int) -> bytes:
    """What a browser sends before the body; %d stands for its length."""
    return (
        f"POST /api/v1/scans HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}\r\n"
        f"Cookie: session={person.session}; csrf={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
        "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    ).encode()


def get(person: Person, port: int, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: session={person.session}; csrf={CSRF}\r\n\r\n"
    ).encode()


class Wire:
    """One client: a connection with one request under way."""

    __slots__ = ("accepted", "answer", "requests", "sent_at", "socket", "wanted", "whole")

    def __init__(self, port: int, requests: Iterator[Request]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.requests = requests

    def send(self) -> None:
        request, self.wanted = next(self.requests)
        self.answer, self.whole = b"", 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def is_answered(self) -> bool:
        """Reads what is there; True once the answer is whole."""
        more = self.socket.recv(262_144)
        if not more:
            raise ConnectionError("The server closed the connection.")
        self.answer += more
        if not self.whole and (end := self.answer.find(b"\r\n\r\n")) > 0:
            start = self.answer.lower().index(b"content-length:") + 15
            self.whole = end + 4 + int(self.answer[start : self.answer.index(b"\r\n", start)])
        return bool(self.whole) and len(self.answer) >= self.whole

    def is_right(self) -> bool:
        if not self.answer.startswith(b"HTTP/1.1 200"):
            return False
        accepted = self.answer.count(b'"code":"linked') + self.answer.count(b'"code":"parent_opened"')
        return not self.wanted or accepted == self.wanted


def drive(wires: list[Wire], seconds: float) -> Tally:
    """Every client sends its next request as soon as the last one is answered."""
    tally, cpu = Tally(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            selector.register(wire.socket, selectors.EVENT_READ, wire)
        began = time.perf_counter()
        for wire in wires:
            wire.send()
        under_way = len(wires)
        while under_way:
            ready = selector.select(WAIT_SECONDS)
            if not ready:
                raise TimeoutError(f"No answer within {WAIT_SECONDS} s.")
            for key, _events in ready:
                wire: Wire = key.data
                if not wire.is_answered():
                    continue
                now = time.perf_counter()
                _note(tally, wire, now)
                if now - began < seconds:
                    wire.send()
                else:
                    under_way -= 1
        tally.seconds = time.perf_counter() - began
    tally.own_cpu = (time.process_time() - cpu) / tally.seconds
    return tally


def drive_at_pace(
    paces: list[tuple[Wire, float]], seconds: float, goes_on: Callable[[], bool]
) -> dict[Wire, Tally]:
    """Every client sends a request each so many seconds, spread over them. One that is not answered by then
    holds up its client's next, whose latency counts from when it was due."""
    tallies = {wire: Tally() for wire, _every in paces}
    every_of, due, under_way = dict(paces), {}, {}
    began = time.perf_counter()
    for number, (wire, every) in enumerate(paces):
        due[wire] = began + every * number / len(paces)
    with selectors.DefaultSelector() as selector:
        for wire, _every in paces:
            selector.register(wire.socket, selectors.EVENT_READ, wire)
        while under_way or (time.perf_counter() - began < seconds and goes_on()):
            now = time.perf_counter()
            if now - began < seconds and goes_on():
                for wire in [wire for wire, at in due.items() if at <= now and wire not in under_way]:
                    under_way[wire] = due[wire]
                    due[wire] += every_of[wire]
                    wire.send()
            for key, _events in selector.select(TICK_SECONDS):
                wire = key.data
                if wire.is_answered():
                    wire.sent_at = under_way.pop(wire)
                    _note(tallies[wire], wire, time.perf_counter())
            if under_way and now - min(under_way.values()) > WAIT_SECONDS:
                raise TimeoutError(f"No answer within {WAIT_SECONDS} s.")
    for tally in tallies.values():
        tally.seconds = time.perf_counter() - began
    return tallies


def together(tallies: Iterable[Tally]) -> Tally:
    """Of clients that were driven at the same time."""
    whole = Tally()
    for tally in tallies:
        whole.seconds = tally.seconds
        whole.scans += tally.scans
        whole.latencies += tally.latencies
        whole.wrong += tally.wrong
    return whole


def _note(tally: Tally, wire: Wire, now: float) -> None:
    tally.latencies.append(now - wire.sent_at)
    if wire.is_right():
        tally.scans += wire.wanted
    else:
        tally.wrong.append(wire.answer)


def one_by_one(port: int, times: int, request: Callable[[int], bytes]) -> Tally:
    """One client asks `times` times; `request(n)` gives the n-th call. Anything but 200 is wrong."""
    tally = Tally()
    wire = Wire(port, ((request(number), 0) for number in range(times)))
    with wire.socket:
        for _ in range(times):
            wire.send()
            while not wire.is_answered():
                pass
            tally.latencies.append(time.perf_counter() - wire.sent_at)
            if not wire.answer.startswith(b"HTTP/1.1 200"):
                tally.wrong.append(wire.answer)
    return tally
