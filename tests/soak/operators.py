"""Operators: each with a device, a queue and the client rules of interface.md, as fast as answers come.

A scan leaves the queue only on a 200 that holds a result with its key; 400, 413, 415 and 422 lay it before a
person; all else keeps it. Between two tries they wait at most half a second, where the product's own client
waits up to a minute: recovery is to measure the server.
"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.soak.browser import Browser, NotSignedIn, Reply, Unanswered
from tests.soak.history import History
from tests.soak.shift import Shift, Step

SCANS, BILLS = "/api/v1/scans", "/api/v1/bills"
NEVER = (400, 413, 415, 422)  # answers after which the same call is never taken
LONGEST_PAUSE = 0.5
BACKLOG = 50  # scans in a call once several wait, whoever scans one by one else
AHEAD = 40  # pulls that wait on a device whose server is away
DRAIN_SECONDS = 90


@dataclass
class Rules:
    """The client's rules; the mutations break them."""

    deletes_before_the_answer: bool = False
    new_key_for_each_try: bool = False
    sends_nothing_again: bool = False  # after a backup was brought back


@dataclass
class Progress:
    """How far all of them are together. The load ends once `target` scans are acknowledged and the fault is
    over; each operator then scans once more, so that recovery is known for each."""

    target: int
    fault_is_over: threading.Event = field(default_factory=threading.Event)
    acknowledged: int = 0
    pulls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, scans: int) -> None:
        with self._lock:
            self.acknowledged += scans

    def next_pull(self) -> int:
        with self._lock:
            self.pulls += 1
            return self.pulls

    @property
    def share(self) -> float:
        return self.acknowledged / self.target

    @property
    def is_over(self) -> bool:
        return self.fault_is_over.is_set() and self.acknowledged >= self.target


@dataclass
class Entry:
    """A pull that waits. `scan`: the whole of it, for scans."""

    pull: int
    step: Step
    key: str
    scan: dict[str, Any] | None = None


class Operator(threading.Thread):
    def __init__(
        self, *, number: int, browser: Browser, shift: Shift, history: History, progress: Progress, batch: int
    ) -> None:
        super().__init__(name=browser.name, daemon=True)
        self.number, self.browser, self.history, self.progress = number, browser, history, progress
        self.batch, self.rules = batch, Rules()
        self.device, self.seq, self.queue = (
            f"50a50000-{shift.run:04}-4000-8000-{number:012}",
            0,
            list[Entry](),
        )
        self.steps: Iterator[Step] = shift.steps()
        self.answered: list[tuple[float, Entry]] = []  # when, what; oldest first
        # The server was brought back from a backup begun then; it may have forgotten what it said since.
        self.forgotten_since: float | None = None
        self.failures, self.answered_at = 0, 0.0
        self.skew = timedelta(0)  # the device's clock less the true time
        self.offline = threading.Event()
        self.broke: Exception | None = None  # a fault of the harness itself

    def run(self) -> None:
        try:
            while not self.progress.is_over:
                self._work()
            self.offline.clear()
            self._pull(Step(SCANS, str(uuid4()), {**_LAST, "raw": f"LAST{self.number:04}"}))
            until = time.monotonic() + DRAIN_SECONDS
            while self.queue and time.monotonic() < until:
                self._send()
        except Exception as error:  # noqa: BLE001 - told by the checker
            self.broke = error
        finally:
            self.browser.close()

    def _work(self) -> None:
        if self.offline.is_set():
            if len(self.queue) < 5 * AHEAD:
                self._pull(next(self.steps))
            time.sleep(0.005)
            return
        if self.forgotten_since is not None:
            self._take_up_again(self.forgotten_since)
            self.forgotten_since = None
        while len(self.queue) < self.batch:
            self._pull(next(self.steps))
        self._send()

    def _take_up_again(self, since: float) -> None:
        if self.rules.sends_nothing_again:
            return
        again = [entry for at, entry in self.answered if at >= since]
        self.answered = [(at, entry) for at, entry in self.answered if at < since]
        self.queue = [*again, *self.queue]
        keys = [entry.key for entry in again if entry.step.path != BILLS]
        self.history.note("again", operator=self.number, at=time.monotonic(), keys=keys)

    def _pull(self, step: Step) -> None:
        entry = Entry(self.progress.next_pull(), step, step.key)
        if step.path == SCANS:
            self.seq += 1
            away = self.offline.is_set() or self.failures > 1
            entry.scan = {
                **step.body,
                "key": step.key,
                "seq": self.seq,
                "captured_at": self._clock(),
                "offline": away,
            }
        self.queue.append(entry)
        self.history.note(
            "pull",
            operator=self.number,
            pull=entry.pull,
            key=entry.key if step.path != BILLS else None,
            path=step.path,
            body=step.body,
        )

    def _send(self) -> None:
        head = self._head()
        if self.rules.deletes_before_the_answer:
            del self.queue[: len(head)]
        if self.rules.new_key_for_each_try and self.failures:
            self._renew(head)
        path, body = head[0].step.path, self._body(head)
        began = time.monotonic()
        try:
            reply = self.browser.send(path, body)
        except Unanswered as error:
            self._note_call(began, head, None, str(error))
            self._trouble()
            return
        self._note_call(began, head, reply, "")
        self._apply(head, reply)

    def _head(self) -> list[Entry]:
        """As many scans as go together, or one of what goes alone."""
        head = self.queue[:1]
        together = BACKLOG if len(self.queue) > self.batch + 1 else self.batch
        if head[0].scan:
            for entry in self.queue[1:together]:
                if not entry.scan:
                    break
                head.append(entry)
        return head

    def _body(self, head: list[Entry]) -> dict[str, Any]:
        if head[0].scan:
            return {"device": self.device, "clock": self._clock(), "scans": [entry.scan for entry in head]}
        if head[0].step.path == BILLS:
            return head[0].step.body
        return {"key": head[0].key, "device": self.device, **head[0].step.body}

    def _apply(self, head: list[Entry], reply: Reply) -> None:
        body = reply.json()
        if reply.status == 401:
            self._sign_in()
        elif head[0].step.path == BILLS and reply.status in (201, 409):
            self._done({head[0].key})
        elif reply.status == 200 and body:
            answered = {result["key"] for result in body.get("results", [body])}
            self.progress.add(len(answered))
            self.answered_at = time.monotonic()
            self._done(answered)
        elif reply.status in NEVER:
            self.history.note("aside", keys=[entry.key for entry in head], status=reply.status)
            self._done({entry.key for entry in head})
        else:
            self._trouble()

    def _done(self, keys: set[str]) -> None:
        now = time.monotonic()
        self.answered += [(now, entry) for entry in self.queue if entry.key in keys]
        self.queue = [entry for entry in self.queue if entry.key not in keys]
        self.failures = 0

    def _trouble(self) -> None:
        self.failures += 1
        if len(self.queue) < AHEAD and not self.progress.is_over:
            self._pull(next(self.steps))  # the scanner goes on
        time.sleep(min(LONGEST_PAUSE, 0.05 * 2 ** min(self.failures, 6)))

    def _sign_in(self) -> None:
        try:
            self.browser.sign_in()
        except (Unanswered, NotSignedIn) as error:
            self.history.note("note", operator=self.number, text=str(error))
            self._trouble()

    def _renew(self, head: list[Entry]) -> None:
        for entry in head:
            entry.key = str(uuid4())
            if entry.scan:
                entry.scan["key"] = entry.key
            self.history.note("pull", operator=self.number, pull=entry.pull, key=entry.key, path="", body={})

    def _note_call(self, began: float, head: list[Entry], reply: Reply | None, error: str) -> None:
        body = reply.json() if reply else None
        results = body.get("results", [body]) if reply and reply.status == 200 and body else []
        is_bill = head[0].step.path == BILLS
        self.history.note(
            "call",
            began=began,
            ended=time.monotonic(),
            operator=self.number,
            path=head[0].step.path,
            keys=[] if is_bill else [entry.key for entry in head],
            status=reply.status if reply else None,
            plain=reply.is_plain if reply else None,
            error=error,
            results=[_short(result) for result in results] if not is_bill else [],
        )

    def _clock(self) -> str:
        return (datetime.now(UTC) + self.skew).isoformat()


_LAST = {"mode": "lookup", "parent": None, "bill": None, "source": "wedge"}


def _short(result: dict[str, Any]) -> list[Any]:
    """What a result told that must never change: key, code, scan, and whether it was told before."""
    return [result["key"], result["code"], result["scan_id"], result["replayed"]]
