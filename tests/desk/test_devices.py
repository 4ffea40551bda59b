"""The admins' pages about devices: what each told, and where its numbers break."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bags.devices import reading
from bags.models import Device, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from monitoring.invariants import broken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
WAITS = Beat(unsent=12, attention=1, version="a1b2c3", storage="denied")


@pytest.fixture
def numbered(operator):
    """numbered("ravi", 1, 2, 5) -> the device whose scans bore these numbers."""

    def send(name, *numbers, device=None, beat=None):
        device = device or uuid.uuid4()
        pulls = [Pull(key=uuid.uuid4(), mode="lookup", raw="7000001", seq=seq) for seq in numbers]
        process(pulls=pulls, operator=operator(name), device=device, clock=timezone.now(), beat=beat)
        return device

    return send


def detail(device):
    told = reading.device_detail(device)
    return {name: told[name] for name in ("last_seq", "missing", "doubled", "breaks")}


def test_whole_numbers(numbered):
    device = numbered("ravi", 1, 2, 3)
    assert detail(device) == {"last_seq": 3, "missing": 0, "doubled": 0, "breaks": []}
    assert 16 not in broken()


def test_gaps_and_repeats_are_told_newest_first_and_as_question_16_finds_them(numbered):
    device = numbered("ravi", 1, 2, 5, 5, 5, 6, 10)
    numbered("meena", 1, 2, 3)
    assert detail(device) == {
        "last_seq": 10,
        "missing": 5,
        "doubled": 2,
        "breaks": [{"first": 7, "last": 9}, {"doubled": 5}, {"doubled": 5}, {"first": 3, "last": 4}],
    }
    assert sorted(broken()[16]) == sorted([(device, 2, 5), (device, 5, 5), (device, 5, 5), (device, 6, 10)])


def test_only_the_last_numbers_are_looked_through(numbered, monkeypatch):
    monkeypatch.setattr(reading, "NUMBERS_CHECKED", 4)
    device = numbered("ravi", 1, 3, 7, 8, 10)
    assert detail(device)["breaks"] == [{"first": 9, "last": 9}]


def test_many_breaks_are_counted_whole_and_shown_in_part(numbered):
    device = numbered("ravi", *range(0, 200, 2))
    told = detail(device)
    assert (told["missing"], len(told["breaks"])) == (99, reading.BREAKS_SHOWN)
    assert told["breaks"][0] == {"first": 197, "last": 197}


def test_scans_without_a_number_break_nothing(numbered, scan, fill):
    fill("ravi", "SB00001", 2)
    scan("ravi", mode="undo")
    device = Device.objects.get().pk
    assert detail(device) == {"last_seq": None, "missing": 0, "doubled": 0, "breaks": []}


def test_the_numbers_are_looked_up_in_the_index(numbered):
    device = numbered("ravi", 1, 2, 5)
    sql = reading.SEQUENCE_BREAKS.format(scans="device_id = %s AND seq > %s")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}", [device, 0])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "scan_by_device" in plan


def test_those_with_waiting_scans_come_first_then_the_last_seen(numbered):
    waits = numbered("ravi", 1, beat=WAITS)
    early = numbered("ravi", 1, beat=Beat(unsent=0, attention=0, version="1", storage="granted"))
    late = numbered("ravi", 1)
    assert [device.pk for device in reading.list_devices()["results"]] == [waits, late, early]


def test_the_list_asks_no_more_for_more_devices(numbered, signed_in):
    client, counts = signed_in("asha"), []
    for devices in (1, 5):
        for _ in range(devices):
            numbered("ravi", 1, 3)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/devices/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_list_ends_somewhere(numbered, monkeypatch):
    monkeypatch.setattr(reading, "DEVICES_SHOWN", 2)
    for _ in range(3):
        numbered("ravi", 1)
    told = reading.list_devices()
    assert (len(told["results"]), told["more"]) == (2, True)


def test_the_page_tells_all_of_one_device(numbered, signed_in):
    device = numbered("ravi", 1, 4, beat=WAITS)
    numbered("meena", 5, device=device)
    Device.objects.filter(pk=device).update(clock_offset_ms=-95_000)
    page = signed_in("asha").get(f"/devices/{device}/").content.decode()
    for text in (
        str(device),
        "12 unsent",
        "1 needs attention",
        "95 seconds behind",
        "a1b2c3",
        "May be cleared by the browser",
        "meena, ravi",
        "2 to 3 are missing",
    ):
        assert text in page
    assert str(device)[:8] in signed_in("asha").get("/devices/").content.decode()


def test_an_unknown_device_is_404_and_changes_nothing(signed_in):
    assert signed_in("asha").get(f"/devices/{uuid.uuid4()}/").status_code == 404
    assert Device.objects.count() == Scan.objects.count() == 0
