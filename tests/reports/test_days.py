"""A day is the day in TIME_ZONE, by the server's clock."""

from datetime import date, datetime

import pytest
import time_machine

from monitoring.reports.days import bounds
from monitoring.reports.days_work import day_summary
from monitoring.reports.work import work_done
from tests.reports.conftest import happened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
LAST = datetime.fromisoformat("2026-11-24T23:59:59.999999+05:30")
FIRST = datetime.fromisoformat("2026-11-25T00:00:00+05:30")


def counted(day):
    done = work_done(*bounds(day, day))
    return (done.total.scans, list(done.by_hour), list(done.by_day))


@pytest.mark.parametrize(
    ("at", "day", "hour"), [(LAST, date(2026, 11, 24), 23), (FIRST, date(2026, 11, 25), 0)]
)
def test_a_scan_at_midnight(people, scan, at, day, hour):
    assert scan("ravi", "SB00001")["code"] == "parent_opened"
    happened(at)
    assert counted(day) == (1, [hour], [day])
    for other in (date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)):
        if other != day:
            assert counted(other) == (0, [], [])


def test_another_zone_has_another_day(people, scan, settings):
    scan("ravi", "SB00001")
    happened(FIRST)  # 18:30 in UTC
    settings.TIME_ZONE = "UTC"
    assert counted(date(2026, 11, 24)) == (1, [18], [date(2026, 11, 24)])


@pytest.mark.parametrize(
    ("zone", "hour"), [("Etc/GMT+5", 13), ("Etc/GMT-5", 23)]
)  # their signs are turned round
def test_a_zone_without_a_place(people, scan, settings, zone, hour):
    scan("ravi", "SB00001")
    happened(FIRST)  # 18:30 in UTC
    settings.TIME_ZONE = zone
    assert counted(date(2026, 11, 24)) == (1, [hour], [date(2026, 11, 24)])


def test_today_begins_at_midnight_in_kolkata(people, scan, signed_in):
    scan("ravi", "SB00001")
    happened(LAST)
    client = signed_in("asha")
    for now, scans in (("2026-11-24T18:29:59Z", 1), ("2026-11-24T18:30:01Z", 0)):
        with time_machine.travel(now, tick=False):
            body = client.get("/api/v1/reports/day").json()
        assert sum(row["scans"] for row in body["tables"][0]["rows"]) == scans, now


def test_a_day_may_be_short_or_long(settings):
    settings.TIME_ZONE = "Europe/Berlin"
    start, end = bounds(date(2026, 3, 29), date(2026, 3, 29))
    assert end.timestamp() - start.timestamp() == 23 * 3600
    assert day_summary(date(2026, 3, 29)).about == "29 Mar 2026"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("day=soon", "A day is expected, such as 2026-11-24."),
        ("day=20261124", "A day is expected, such as 2026-11-24."),
        ("day=٢٠٢٦-11-24", "A day is expected, such as 2026-11-24."),
        ("day=2026-02-30", "A day is expected, such as 2026-11-24."),
        ("from=2026-11-25&to=2026-11-24", "The first day comes after the last one."),
        ("from=2025-01-01&to=2026-11-24", "At most 366 days at once."),
    ],
)
def test_days_that_are_none_are_refused(people, signed_in, query, said):
    client = signed_in("asha")
    page = client.get(f"/reports/day/?{query}")
    assert (page.status_code, said in page.content.decode()) == (400, True)
    assert client.get(f"/reports/day.pdf?{query}").status_code == 404
    answer = client.get(f"/api/v1/reports/day?{query}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


def test_a_range_begins_six_days_before_its_end(signed_in):
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        about = signed_in("asha").get("/api/v1/reports/bills").json()["about"]
    assert about == "18 Nov 2026 – 24 Nov 2026"
