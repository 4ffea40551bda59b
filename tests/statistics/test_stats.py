"""GET /api/v1/stats: what each role may see, exact, and 304 when nothing changed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bags.models import Device
from billing.services import create_bill
from monitoring.models import StatisticsDelta
from monitoring.statistics.folding import fold

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
PATH = "/api/v1/stats"


@pytest.fixture
def morning(fill, scan, operator):
    """Ravi packs 3 packets into a sack of Lucknow, Arjun 1 into one of Indore; Kavya bills Ravi's sack; one
    label is torn; nobody's scan is refused."""
    fill("ravi", "SB00001", 3)
    fill("arjun", "SB00007", 1)
    assert scan("ravi", "SB0001")["code"] == "unreadable"
    assert scan("nobody", "SB00002")["code"] == "not_allowed"
    create_bill(number="B-1", by=operator("kavya"))
    assert scan("kavya", "SB00001", mode="bill", bill="B-1")["code"] == "billed"
    fold()


@pytest.fixture
def stats(signed_in):
    return lambda name, **headers: signed_in(name).get(PATH, headers=headers)


def without_clock(told):
    """Without what the time of day decides."""
    for row in [*told["operators"], *told["areas"]]:
        row.pop("this_hour", None)
        row.pop("hours", None)
    assert sum(hour["scans"] for hour in told.pop("hours")) == told["scans_today"]
    for row in told["operators"]:
        assert row.pop("pace") >= 1
    assert told.pop("as_of")
    return told


def test_a_biller_sees_everything(morning, stats):
    assert without_clock(stats("kavya").json()) == {
        "bags_parents": 2,
        "bags_children": 4,
        "open_parents": 1,
        "scans_today": 9,
        "accepted_today": 7,
        "refused_today": 2,
        "bills_by_state": {"draft": 0, "processing": 1, "completed": 0, "cancelled": 0},
        "open_conflicts": 0,
        "areas": [
            {"area": "indore", "name": "Indore", "open_parents": 1, "scans_today": 2},
            {"area": "lucknow", "name": "Lucknow", "open_parents": 0, "scans_today": 6},
            {"area": None, "name": None, "open_parents": 0, "scans_today": 1},
        ],
        "refusals": [{"code": "not_allowed", "scans": 1}, {"code": "unreadable", "scans": 1}],
        "operators": [
            {"operator": "ravi", "scans": 5, "refused": 1},
            {"operator": "arjun", "scans": 2, "refused": 0},
            {"operator": "kavya", "scans": 1, "refused": 0},
            {"operator": "nobody", "scans": 1, "refused": 1},
        ],
        "unsent_scans": 0,
        "waiting_devices": [],
        "late": False,
    }


def test_a_dispatcher_sees_the_own_area_and_the_own_pace(morning, stats):
    told = without_clock(stats("meena").json())
    assert (told["bags_parents"], told["bags_children"], told["open_parents"]) == (1, 3, 0)
    assert (told["scans_today"], told["accepted_today"], told["refused_today"]) == (6, 5, 1)
    assert (told["bills_by_state"], told["open_conflicts"]) == (None, None)
    assert [area["area"] for area in told["areas"]] == ["lucknow"]
    assert told["refusals"] == [{"code": "unreadable", "scans": 1}]
    assert told["operators"] == []
    assert stats("ravi").json()["operators"][0]["operator"] == "ravi"
    assert len(stats("ravi").json()["operators"]) == 1


def test_a_dispatcher_without_area_sees_only_the_own_scans(morning, stats):
    told = without_clock(stats("nobody").json())
    assert (told["bags_parents"], told["scans_today"], told["areas"], told["refusals"]) == (0, 0, [], [])
    assert told["operators"] == [{"operator": "nobody", "scans": 1, "refused": 1}]


def test_not_modified_until_something_changes(morning, stats, scan):
    first = stats("kavya")
    tag = first["ETag"]
    again = stats("kavya", if_none_match=tag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert stats("ravi", if_none_match=tag).status_code == 200
    scan("ravi", "SB00003")
    assert stats("kavya", if_none_match=tag).status_code == 304  # not folded yet
    fold()
    changed = stats("kavya", if_none_match=tag)
    assert (changed.status_code, changed.json()["open_parents"]) == (200, 2)
    assert changed["ETag"] != tag


def test_waiting_devices_are_told(morning, stats, people):
    for number, (name, unsent, attention) in enumerate([("ravi", 12, 0), ("arjun", 0, 3), ("meena", 0, 0)]):
        Device.objects.create(
            id=f"7f0b6d0{number}-2f57-4c0a-9d57-2a54a7a3c1de",
            first_seen_at="2026-11-24T09:00:00Z",
            last_seen_at="2026-11-24T09:00:00Z",
            last_operator=people[name],
            unsent=unsent,
            attention=attention,
        )
    ravis = {"device": "7f0b6d00", "operator": "ravi", "unsent": 12, "attention": 0}
    arjuns = {"device": "7f0b6d01", "operator": "arjun", "unsent": 0, "attention": 3}
    assert stats("asha").json()["waiting_devices"] == [ravis, arjuns]
    assert stats("asha").json()["unsent_scans"] == 12
    assert stats("meena").json()["waiting_devices"] == [ravis]
    assert stats("nobody").json()["waiting_devices"] == []


def test_it_says_when_nobody_folds(morning, stats, scan):
    assert stats("kavya").json()["late"] is False
    scan("ravi", "SB00003")
    told = stats("kavya").json()
    assert (told["late"], told["scans_today"]) == (False, 9)
    for delta in StatisticsDelta.objects.all():
        delta.at -= timedelta(seconds=11)
        delta.save()
        oldest = delta.at
    told = stats("kavya").json()
    assert told["late"] is True
    assert told["as_of"] <= oldest.isoformat()


def test_an_empty_warehouse(stats):
    told = stats("asha").json()
    assert (told["late"], told["bags_parents"]) == (True, 0)  # never folded yet
    fold()
    told = stats("asha").json()
    assert (told["late"], told["scans_today"], told["areas"], told["operators"]) == (False, 0, [], [])


def test_the_statements_do_not_grow(morning, signed_in, fill, people):
    client = signed_in("kavya")

    def count():
        with CaptureQueriesContext(connection) as seen:
            assert client.get(PATH).status_code == 200
        return len(seen)

    count()  # the areas' names are read once in five seconds
    few = count()
    assert few <= 4
    for number in range(5):
        name = f"extra-{number}"
        people[name] = User.objects.create_user(name, role="dispatcher", area_id="lucknow")
        fill(name, f"SB001{number:02}", 1)
    fold()
    assert count() == few
