"""Reports by e-mail, against a real SMTP server in this process and a real worker beside it: shown by the day
summary, and by both where it matters that both are sent once."""

import socket
from contextlib import closing
from datetime import date, datetime, time, timedelta
from io import BytesIO

import pypdf
import pytest
import time_machine
from django.db import transaction

from audit.models import AuditLog
from monitoring.models import DayMail
from monitoring.reports import mail as mails
from monitoring.reports.mail import MAX_ATTEMPTS, due_day, plan_day_mails, send_day_mail, send_due_mails
from monitoring.reports.mailings import MAILINGS
from tests.reports.conftest import BOSS, DAY, OFFICE
from tests.scanning.racing import together

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_statics", "people")]
KINDS = ["day", "exceptions"]
EVENING = datetime.fromisoformat(f"{DAY}T20:00:30+05:30")


def minute(at=EVENING):
    """What the worker does each minute."""
    plan_day_mails(at)
    send_due_mails(at)


def test_the_mail_tells_the_day_in_text_html_and_pdf(server, day):
    minute()
    assert sorted(server.recipients()) == [BOSS, OFFICE]
    sent = server.mails[0]
    assert sent["Subject"] == "Day summary 24 Nov 2026: 30 packets, 17.000 kg dispatched"
    assert sent["From"] == "TraitorTrack <track@example.com>"
    text, html = (sent.get_body((kind,)).get_content() for kind in ("plain", "html"))
    text = text.replace("\r\n", "\n")
    assert "Lucknow\n    Scans: 37\n    Refused: 1" in text
    assert '<td data-label="Scans" class="number">37</td>' in html
    (attached,) = sent.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (
        f"day summary {DAY}.pdf",
        "application/pdf",
    )
    paper = pypdf.PdfReader(BytesIO(attached.get_content())).pages[0].extract_text()
    assert "Lucknow 37 1 2 28 28.000 2 1 2 1 15.000" in paper


def test_it_is_sent_once_however_often_it_is_asked_for(server):
    for _ in range(3):
        minute()
    minute(EVENING + timedelta(hours=3))
    assert sorted(server.recipients()) == [BOSS, OFFICE]
    assert DayMail.objects.exclude(sent_at=None).count() == 2
    entries = AuditLog.objects.filter(action="day_mail_sent").values_list("actor", "target_label")
    assert list(entries) == [("day summary", DAY)] * 2


def test_the_next_day_has_its_own(server):
    minute()
    minute(EVENING + timedelta(days=1))
    assert len(server.mails) == 4
    assert len({mail["Message-ID"] for mail in server.mails}) == 4
    days = DayMail.objects.values_list("day", flat=True)
    assert sorted(set(days)) == [date(2026, 11, 24), date(2026, 11, 25)]


@pytest.mark.parametrize(
    ("at", "now", "day"),
    [
        ("20:00", "2026-11-24T20:00:00+05:30", "2026-11-24"),
        ("20:00", "2026-11-24T19:59:59+05:30", "2026-11-23"),
        ("20:00", "2026-11-25T00:10:00+05:30", "2026-11-24"),
        ("06:00", "2026-11-25T06:00:00+05:30", "2026-11-24"),
        ("06:00", "2026-11-25T05:59:00+05:30", "2026-11-23"),
    ],
)
def test_which_day_is_due(settings, at, now, day):
    settings.DAY_SUMMARY_AT = time.fromisoformat(at)
    assert due_day(MAILINGS["day"], datetime.fromisoformat(now))[0].isoformat() == day


def test_a_summary_half_a_day_late_is_not_begun(server):
    plan_day_mails(EVENING + timedelta(hours=12))
    assert DayMail.objects.count() == 0
    plan_day_mails(EVENING + timedelta(hours=11, minutes=59))
    assert DayMail.objects.count() == 2


def test_nobody_to_send_to(server, settings):
    settings.DAY_SUMMARY_TO = []
    minute()
    assert (DayMail.objects.count(), server.mails) == (0, [])


def test_a_failure_is_tried_again_later_and_later_and_stops_no_other(server):
    server.answers = ["451 come back later", None]
    minute()
    failed = DayMail.objects.get(recipient=BOSS)
    assert server.recipients() == [OFFICE]
    assert (failed.attempts, failed.sent_at) == (1, None)
    assert failed.next_try_at == EVENING + timedelta(minutes=1)
    assert "come back later" in failed.last_error
    minute(EVENING + timedelta(seconds=59))
    assert server.recipients() == [OFFICE]
    server.answers = ["554 no"]
    minute(EVENING + timedelta(minutes=1))
    failed.refresh_from_db()
    assert (failed.attempts, failed.next_try_at) == (2, EVENING + timedelta(minutes=3))
    minute(EVENING + timedelta(minutes=3))
    assert server.recipients() == [OFFICE, BOSS]
    assert AuditLog.objects.filter(action="day_mail_sent").count() == 2


def test_the_waits_end_at_an_hour_and_the_tries_at_fifteen(server, settings):
    settings.DAY_SUMMARY_TO = [BOSS]
    server.answers = ["451 no"] * 20
    plan_day_mails(EVENING)
    at, waits = EVENING, []
    for _ in range(MAX_ATTEMPTS):
        send_due_mails(at)
        waits.append(DayMail.objects.get().next_try_at - at)
        at += waits[-1]
    assert [wait.total_seconds() / 60 for wait in waits] == [1, 2, 4, 8, 16, 32, *[60] * 9]
    send_due_mails(at + timedelta(days=1))
    assert DayMail.objects.get().attempts == MAX_ATTEMPTS
    assert len(server.answers) == 20 - MAX_ATTEMPTS


def test_nobody_listens(server, settings):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    minute()
    assert set(DayMail.objects.values_list("attempts", "sent_at")) == {(1, None)}
    assert "ConnectionRefusedError" in DayMail.objects.first().last_error


def test_who_is_no_recipient_any_more_gets_no_late_mail(server, settings):
    server.answers = ["451 no", "451 no"]
    minute()
    settings.DAY_SUMMARY_TO = [OFFICE]
    minute(EVENING + timedelta(minutes=5))
    assert server.recipients() == [OFFICE]


@pytest.fixture(params=KINDS)
def one_mail(request, server, settings):
    settings.DAY_SUMMARY_TO = []
    setting = MAILINGS[request.param].setting
    setattr(settings, f"{setting}_AT", time(20))
    setattr(settings, f"{setting}_TO", [BOSS])
    plan_day_mails(EVENING)
    return DayMail.objects.get(kind=request.param)


def test_two_workers_at_once_send_one(server, one_mail):
    server.slow_at = {"DATA"}

    def second():
        server.reached.get(timeout=30)
        try:
            return send_day_mail(mail_id=one_mail.pk)
        finally:
            server.go_on.set()

    assert together(lambda: send_day_mail(mail_id=one_mail.pk), second) == [True, False]
    assert server.recipients() == [BOSS]


def test_two_workers_at_once_without_the_lock_send_two(server, one_mail, monkeypatch):
    """The twin: what the lock is for."""
    server.slow_at = {"DATA"}
    monkeypatch.setattr(
        DayMail.objects, "select_for_update", lambda **_: DayMail.objects.all(), raising=False
    )

    def second():
        server.reached.get(timeout=30)
        server.go_on.set()
        return send_day_mail(mail_id=one_mail.pk)

    assert together(lambda: send_day_mail(mail_id=one_mail.pk), second) == [True, True]
    assert server.recipients() == [BOSS, BOSS]


@pytest.mark.parametrize("kind", KINDS)
def test_the_worker_sends_it(server, worker, kind):
    assert worker(kind).wait(60) == 0
    assert server.recipients() == [BOSS]
    assert worker(kind).wait(60) == 0
    assert server.recipients() == [BOSS]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("step", "mails"), [("RCPT", 1), ("DATA", 2)])
def test_a_worker_killed_while_it_sends(server, worker, kind, step, mails):
    """Before the server has the mail, the next worker sends it; after that and before the row is marked lies
    the one window that SMTP leaves, and the repeat can be known by its Message-ID."""
    server.slow_at = {step}
    killed = worker(kind)
    assert server.reached.get(timeout=60) == step
    killed.kill()
    killed.wait(20)
    server.go_on.set()
    assert DayMail.objects.get(kind=kind).sent_at is None
    assert worker(kind).wait(60) == 0
    assert server.recipients() == [BOSS] * mails
    (message_id,) = {mail["Message-ID"] for mail in server.mails}
    assert message_id.endswith("@example.com>")
    assert DayMail.objects.get(kind=kind).sent_at is not None
    assert AuditLog.objects.filter(action="day_mail_sent").count() == 1


def test_the_preview_shows_what_is_sent(server, day, signed_in):
    with time_machine.travel(EVENING, tick=False):
        page = signed_in("kavya").get("/reports/day/mail/").content.decode()
        minute()
    assert server.mails[0]["Subject"] in page
    assert "every day at 20:00" in page
    assert f"{BOSS}, {OFFICE}" in page
    assert "None was sent yet." in page
    text = server.mails[0].get_body(("plain",)).get_content()
    assert text.replace("\r\n", "\n").strip() in page
    DayMail.objects.filter(recipient=OFFICE).update(sent_at=None, attempts=MAX_ATTEMPTS, last_error="no")
    page = signed_in("kavya").get("/reports/day/mail/").content.decode()
    assert "given up after 15 attempts" in page
    assert len(server.mails) == 2


def test_a_transaction_that_fails_leaves_it_due(server, one_mail, monkeypatch):
    monkeypatch.setattr(mails, "record", lambda *_args, **_rest: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send_day_mail(mail_id=one_mail.pk)
    one_mail.refresh_from_db()
    assert one_mail.sent_at is None
