"""A made day: 24 November 2026 in Kolkata, whatever the clock says while the tests run. And a real SMTP
server in this process, with real workers beside it."""

import asyncio
import email
import os
import queue
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from datetime import datetime, time, timedelta
from email import policy
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.db.models import F
from django.utils import timezone
from procrastinate.exceptions import AlreadyEnqueued

from bags.models import Scan
from billing.models import Bill, BillBag
from billing.services import complete_bill, create_bill
from monitoring.jobs import send_day_mails
from monitoring.reports.mailings import MAILINGS

DAY = "2026-11-24"
BOSS, OFFICE = "boss@example.com", "office@example.com"
MORNING = datetime.fromisoformat(f"{DAY}T09:00:00+05:30")


def happened(at, *, scans=None, bills=None):
    """Move what the test did to the time `at`: scans, and bills with their lines."""
    scans = Scan.objects.all() if scans is None else scans
    scans.update(received_at=at)
    bills = Bill.objects.all() if bills is None else bills
    later = at + timedelta(minutes=1)
    BillBag.objects.filter(bill__in=bills, removed_at=None).update(added_at=at)
    bills.update(created_at=at)
    bills.filter(completed_at__isnull=False).update(completed_at=later)


@pytest.fixture
def day(people, fill, scan, operator):
    """Ravi packs a full sack of moong and 13 packets of mustard, has 2 undone and 1 refused; Arjun closes
    a sack of 2 in Indore. Kavya completes B-1 with moong and Arjun's, and puts Ravi's mustard onto B-2."""
    fill("ravi", "M444-00001", 15)
    fill("ravi", "SB00003", 15)
    for child in ("0000300014", "0000300015"):
        key = Scan.objects.filter(bag__qr_id=child, code="linked").get().key
        assert scan("ravi", str(key), mode="undo")["code"] == "undone"
    assert scan("ravi", "SB0001")["code"] == "unreadable"
    fill("arjun", "SB00002", 2)
    assert scan("arjun", mode="close", parent="SB00002")["code"] == "closed"
    create_bill(number="B-1", destination="Kanpur", by=operator("kavya"))
    for sack in ("M444-00001", "SB00002"):
        assert scan("kavya", sack, mode="bill", bill="B-1")["code"] == "billed"
    complete_bill(number="B-1", by=operator("kavya"))
    create_bill(number="B-2", by=operator("kavya"))
    assert scan("kavya", "SB00003", mode="bill", bill="B-2")["code"] == "billed"
    happened(MORNING)
    # What is offered again before this day or after it must not be found in it.
    Scan.objects.filter(code="parent_opened", operator__username="arjun").update(
        received_at=F("received_at") - timedelta(days=1)
    )


class Server:
    """Takes mails; `answers` are given in turn, None lets one in. A client is kept waiting at the steps in
    `slow_at` (RCPT, DATA) until `go_on` is set, and `reached` tells when."""

    def __init__(self):
        self.mails, self.answers, self.slow_at = [], [], set()
        self.reached, self.go_on = queue.Queue(), threading.Event()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - its name
        await self._wait("RCPT")
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.answers and (answer := self.answers.pop(0)):
            return answer
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        await self._wait("DATA")
        return "250 taken"

    async def _wait(self, step):
        if step in self.slow_at:
            self.reached.put(step)
            while not self.go_on.is_set():
                await asyncio.sleep(0.02)

    def recipients(self):
        return [mail["To"] for mail in self.mails]


@pytest.fixture
def server(settings):
    handler = Server()
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.port = port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 30
    settings.DEFAULT_FROM_EMAIL = "TraitorTrack <track@example.com>"
    settings.DAY_SUMMARY_AT, settings.DAY_SUMMARY_TO = time(20), [BOSS, OFFICE]
    yield handler
    controller.stop()


@pytest.fixture
def worker(server, settings):
    """worker("day") -> a started `manage.py worker` that does what is queued, with the test's servers, when
    that kind of mail was due a minute ago."""
    started = []
    url = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))
    now = timezone.localtime() - timedelta(minutes=1)

    def start(kind):
        setting = MAILINGS[kind].setting
        environment = {
            "DATABASE_URL": url,
            "REDIS_URL": settings.REDIS_URL,
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "EMAIL_FROM": settings.DEFAULT_FROM_EMAIL,
            f"{setting}_AT": f"{now:%H:%M}",
            f"{setting}_TO": BOSS,
        }
        with suppress(AlreadyEnqueued):  # the minute may have turned while a killed one was at work
            send_day_mails.defer(timestamp=0)
        command = [sys.executable, "manage.py", "worker", "--until-idle"]
        started.append(
            subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)
