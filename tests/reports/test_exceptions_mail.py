"""The exception report by e-mail in the morning: what it tells, and that it and the day summary keep out of
each other's way. How mails are sent once, and tried again, stands in test_mail.py."""

import csv
from datetime import date, datetime, time, timedelta
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from audit.models import AuditLog
from bags.models import Bag
from monitoring.models import DayMail
from monitoring.reports.mail import due_day, plan_day_mails, send_due_mails
from monitoring.reports.mailings import MAILINGS
from tests.reports.conftest import BOSS, DAY, OFFICE

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_statics", "people")]
SEVEN = datetime.fromisoformat(f"{DAY}T07:00:30+05:30")


@pytest.fixture
def morning(server, settings):
    """The mail server, when exceptions go to both at seven and the day summary to nobody."""
    settings.PUBLIC_URL = "https://bags.example.com"
    settings.DAY_SUMMARY_TO = []
    settings.EXCEPTIONS_AT, settings.EXCEPTIONS_TO = time(7), [BOSS, OFFICE]
    return server


@pytest.fixture
def two_open_sacks(fill):
    for sack in ("SB00001", "SB00002"):
        fill("ravi", sack, 1)
    Bag.objects.parents().update(created_at=timezone.now() - timedelta(hours=25))


def minute(at=SEVEN):
    plan_day_mails(at)
    send_due_mails(at)


def parts(mail):
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    (file,) = mail.iter_attachments()
    return text.replace("\r\n", "\n"), html, file


def test_it_tells_the_numbers_with_full_links_and_brings_the_rows(morning, two_open_sacks):
    minute()
    assert sorted(morning.recipients()) == [BOSS, OFFICE]
    sent = morning.mails[0]
    assert sent["Subject"].startswith("Exceptions ")
    assert sent["Subject"].endswith(": 2 to look at")
    assert sent["Message-ID"].startswith(f"<exception-report.{DAY}.")
    text, html, file = parts(sent)
    link = "https://bags.example.com/reports/exceptions/#table-open"
    assert f"\nSacks open for more than 24 hours\n    How many: 2\n    {link}\n" in text
    assert "\nOpen conflicts\n    How many: 0\n\n" in text
    assert text.count("https://") == 1
    assert f'<a href="{link}">Sacks open for more than 24 hours</a>' in html
    assert html.count("href=") == 1
    assert "Total\n    How many: 2" in text
    assert (file.get_filename(), file.get_content_type()) == (f"exception report {DAY}.csv", "text/csv")
    rows = list(csv.reader(StringIO(file.get_content().removeprefix("\ufeff"))))
    assert [row[0] for row in rows if row and row[0].startswith("SB")] == ["SB00001", "SB00002"]


def test_the_link_leads_to_its_rows(morning, two_open_sacks, signed_in):
    minute()
    text, _html, _file = parts(morning.mails[0])
    (link,) = [line.strip() for line in text.splitlines() if "https://" in line]
    path, _, place = link.removeprefix("https://bags.example.com").partition("#")
    page = signed_in("kavya").get(path).content.decode()
    section = page[page.index(f'id="{place}"') :].split("</section>")[0]
    assert section.count('<a href="/bags/SB0000') == 2


def test_a_quiet_house_is_told_too(morning):
    minute()
    sent = morning.mails[0]
    text, html, _file = parts(sent)
    assert sent["Subject"].endswith(": 0 to look at")
    assert "https://" not in text
    assert "href=" not in html


def test_in_hindi(morning, two_open_sacks, settings):
    settings.LANGUAGE_CODE = "hi"
    minute()
    sent = morning.mails[0]
    text, html, _file = parts(sent)
    assert "देखने" in sent["Subject"]
    assert "    कितने: 2\n    https://bags.example.com/reports/exceptions/#table-open" in text
    assert '<html lang="hi">' in html
    assert "CSV" in text.splitlines()[-2]


def test_once_each_day_beside_the_summary(morning, settings):
    """Both kinds go to the same person about the same day, each once."""
    settings.EXCEPTIONS_TO = [BOSS]
    minute()
    settings.DAY_SUMMARY_TO = [BOSS]
    evening = SEVEN + timedelta(hours=13)
    for at in (evening, evening, SEVEN + timedelta(days=1)):
        minute(at)
    told = DayMail.objects.order_by("pk").values_list("kind", "day")
    assert list(told) == [
        ("exceptions", date(2026, 11, 24)),
        ("day", date(2026, 11, 24)),
        ("exceptions", date(2026, 11, 25)),
    ]
    assert morning.recipients() == [BOSS] * 3
    assert len({mail["Message-ID"] for mail in morning.mails}) == 3
    entries = AuditLog.objects.filter(action="day_mail_sent").order_by("pk")
    assert list(entries.values_list("actor", "target_label")) == [
        ("exception report", DAY),
        ("day summary", DAY),
        ("exception report", "2026-11-25"),
    ]


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2026-11-24T07:00:00+05:30", "2026-11-24"),
        ("2026-11-24T06:59:59+05:30", "2026-11-23"),
        ("2026-11-25T00:10:00+05:30", "2026-11-24"),
    ],
)
def test_which_day_is_due(morning, now, day):
    assert due_day(MAILINGS["exceptions"], datetime.fromisoformat(now))[0].isoformat() == day


def test_a_report_that_cannot_be_made_keeps_no_other_mail_back(morning, settings):
    settings.DAY_SUMMARY_AT, settings.DAY_SUMMARY_TO = time(7), [BOSS]
    settings.EXCEPTIONS = {}
    minute()
    assert [mail["Message-ID"].partition(".")[0] for mail in morning.mails] == ["<day-summary"]
    failed = DayMail.objects.filter(kind="exceptions").values_list("attempts", "sent_at", "last_error")
    assert list(failed) == [(1, None, "KeyError: 'open_hours'")] * 2


def test_who_gets_one_kind_gets_no_other(morning, settings):
    settings.DAY_SUMMARY_AT, settings.DAY_SUMMARY_TO = time(7), [OFFICE]
    settings.EXCEPTIONS_TO = [BOSS]
    plan_day_mails(SEVEN)
    settings.EXCEPTIONS_TO = [OFFICE]
    send_due_mails(SEVEN)
    assert [(mail["To"], mail["Subject"].partition(" ")[0]) for mail in morning.mails] == [(OFFICE, "Day")]


def test_a_worker_of_the_version_before_writes_day_summaries(morning):
    """It names no kind; the database does."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO monitoring_daymail (day, recipient, due_at, next_try_at, attempts, last_error)"
            " VALUES (%s, %s, now(), now(), 0, '')",
            [DAY, BOSS],
        )
    assert DayMail.objects.get().kind == "day"


def test_the_preview_shows_what_is_sent(morning, two_open_sacks, signed_in):
    with time_machine.travel(SEVEN, tick=False):
        page = signed_in("kavya").get("/reports/exceptions/mail/").content.decode()
        minute()
    assert morning.mails[0]["Subject"] in page
    assert "every day at 07:00" in page
    assert f"{BOSS}, {OFFICE}" in page
    assert "None was sent yet." in page
    text, _html, _file = parts(morning.mails[0])
    assert text.strip() in page
    sent = signed_in("kavya").get("/reports/exceptions/mail/").content.decode()
    assert sent.count("sent 24 Nov 2026") + sent.count("state-good") >= 2
    assert "None was sent yet." in signed_in("kavya").get("/reports/day/mail/").content.decode()


def test_nobody_is_told_which_setting_says_so(server, settings, signed_in):
    settings.DAY_SUMMARY_TO = settings.EXCEPTIONS_TO = []
    for name, setting in (("day", "DAY_SUMMARY_TO"), ("exceptions", "EXCEPTIONS_TO")):
        page = signed_in("kavya").get(f"/reports/{name}/mail/").content.decode()
        assert f"nobody: the setting {setting} is empty" in page
