"""The StatisticsCache is true, whichever door a change came by, and whatever is killed."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import Area
from bags.models import Bag
from billing.services import cancel_bill, complete_bill, create_bill
from monitoring.invariants import broken
from monitoring.models import StatisticsCache, StatisticsDelta
from monitoring.statistics.folding import fold, reconcile

pytestmark = pytest.mark.django_db


def numbers():
    """Folded, and shorter to read: no days, no operators."""
    fold()
    assert broken() == {}
    told = {}
    for key, amount in StatisticsCache.objects.get().numbers.items():
        what, *rest = key.split("|")
        short = {"bags": rest, "bills": rest, "hour": rest[1:2], "code": rest[1:3]}[what]
        name = " ".join([what, *short])
        told[name] = told.get(name, 0) + amount
    return told


def test_each_door_is_counted(fill, scan, operator):
    fill("ravi", "SB00001", 2)
    fill("arjun", "SB00007", 1)
    assert numbers() == {
        "bags lucknow open": 1,
        "bags lucknow child": 2,
        "bags indore open": 1,
        "bags indore child": 1,
        "hour lucknow": 3,
        "hour indore": 2,
        "code parent_opened lucknow": 1,
        "code linked lucknow": 2,
        "code parent_opened indore": 1,
        "code linked indore": 1,
    }
    create_bill(number="B-1", by=operator("kavya"))
    assert scan("kavya", "SB00001", mode="bill", bill="B-1")["code"] == "billed"
    # A packet takes the area of the sack that it goes into.
    assert scan("kavya", "0000700001", mode="move", parent="SB00002")["code"] == "unknown"
    assert scan("ravi", "SB00003")["code"] == "parent_opened"
    assert scan("kavya", "0000700001", mode="move", parent="SB00003")["code"] == "moved"
    assert scan("ravi", "SB0001")["code"] == "unreadable"
    told = numbers()
    assert {name: told[name] for name in told if name.startswith("b")} == {
        "bags lucknow open": 1,
        "bags lucknow closed": 1,
        "bags lucknow child": 3,
        "bags indore open": 1,
        "bills processing": 1,
    }
    assert told["code unreadable "] == 1
    complete_bill(number="B-1", by=operator("kavya"))
    create_bill(number="B-2", by=operator("kavya"))
    create_bill(number="B-3", by=operator("kavya"))
    cancel_bill(number="B-3", by=operator("kavya"))
    assert {name: n for name, n in numbers().items() if name.startswith("bills")} == {
        "bills completed": 1,
        "bills draft": 1,
        "bills cancelled": 1,
    }


def test_undo_and_unlink_are_counted(fill, scan):
    fill("ravi", "M444-00001", 15)
    assert numbers()["bags lucknow closed"] == 1
    assert scan("ravi", "", mode="undo")["code"] == "undone"
    told = numbers()
    assert (told["bags lucknow open"], told.get("bags lucknow closed")) == (1, None)
    assert told["code undone lucknow"] == 1


def test_what_comes_by_copy_is_counted(people):
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY bags_bag (qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,"
            " created_at, created_by_id) FROM STDIN"
        ) as copy,
    ):
        for number in range(500):
            copy.write_row(
                (f"C{number:06}", "child", "lucknow", "", "", 0, 0, "", False, "now", people["asha"].pk)
            )
    assert StatisticsDelta.objects.count() == 1
    assert numbers() == {"bags lucknow child": 500}


def test_a_change_that_is_taken_back_leaves_no_trace(fill, scan, people):
    fill("ravi", "SB00001", 1)
    before = numbers()
    Bag.objects.filter(qr_id="SB00001").update(needs_recount=True)
    assert not StatisticsDelta.objects.exists()
    Bag.objects.filter(qr_id="SB00001").update(needs_recount=False)
    Bag.objects.filter(qr_id="SB00001").update(area=Area.objects.get(slug="indore"))
    Bag.objects.filter(qr_id="SB00001").update(area=Area.objects.get(slug="lucknow"))
    assert StatisticsDelta.objects.count() == 4
    assert numbers() == before


def test_made_data_of_a_year_are_counted_without_its_scans(people):
    call_command("make_data", parents=20, children=300)
    told = numbers()
    assert sum(told[name] for name in told if name.startswith("bags") and name.endswith("child")) == 300
    assert sum(told[name] for name in told if name.startswith("bags") and not name.endswith("child")) == 20


def test_reconciling_says_what_differed(fill, capsys):
    fill("ravi", "SB00001", 2)
    fold()
    call_command("reconcile_statistics")
    cache = StatisticsCache.objects.get()
    right = dict(cache.numbers)
    cache.numbers["bags|lucknow|child"] = 7
    del cache.numbers["bags|lucknow|open"]
    cache.save()
    assert set(broken()) == {15}
    with pytest.raises(SystemExit):
        call_command("reconcile_statistics", json=True)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert sorted(told["differed"], key=lambda row: row["key"]) == [
        {"key": "bags|lucknow|child", "cached": 7, "counted": 2},
        {"key": "bags|lucknow|open", "cached": 0, "counted": 1},
    ]
    assert StatisticsCache.objects.get().numbers == right
    assert broken() == {}
    assert reconcile() == []


def test_another_time_zone_counts_anew(fill, settings):
    fill("ravi", "SB00001", 2)
    fold()
    settings.TIME_ZONE = "Pacific/Kiritimati"
    fold()
    assert StatisticsCache.objects.get().zone == "Pacific/Kiritimati"
    assert reconcile() == []


@pytest.mark.parametrize("zone", ["Etc/GMT+5", "Etc/GMT-14", "Asia/Kolkata", "Asia/Kathmandu", "UTC"])
def test_hours_are_those_of_the_zone(fill, settings, zone):
    settings.TIME_ZONE = zone
    fill("ravi", "SB00001", 1)
    fold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp() AT TIME ZONE %s", [zone])
        hour = cursor.fetchone()[0].strftime("%Y-%m-%dT%H")
    hours = {key.split("|")[1] for key in StatisticsCache.objects.get().numbers if key.startswith("hour")}
    assert hours == {hour}


def test_yesterdays_scans_fall_out(fill, scan):
    fill("ravi", "SB00001", 1)
    fold()
    cache = StatisticsCache.objects.get()
    cache.numbers |= {"hour|2020-01-01T09|lucknow|1": 5, "code|2020-01-01|linked|lucknow|1": 5}
    cache.save()
    assert broken() == {}  # a day that is over is nobody's number
    scan("ravi", "0000100001", parent="SB00001")
    fold()
    assert not [key for key in StatisticsCache.objects.get().numbers if "2020" in key]


def test_deltas_that_nobody_folds_are_found(fill):
    fold()
    fill("ravi", "SB00001", 1)
    assert broken() == {}
    for delta in StatisticsDelta.objects.all():
        delta.at -= timedelta(seconds=11)
        delta.save()
    assert broken()[15][0][0] == "deltas not folded"
    fold()
    assert broken() == {}


def test_folding_nothing_writes_nothing(fill):
    fill("ravi", "SB00001", 1)
    fold()
    before = StatisticsCache.objects.get().folded_at
    fold()
    assert StatisticsCache.objects.get().folded_at == before
