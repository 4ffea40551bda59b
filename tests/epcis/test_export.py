"""`export_epcis`: whole documents that others can rely on."""

import json
import threading
import tracemalloc

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, connections, transaction

from audit.models import AuditLog
from bags.models import Bag
from billing.epcis import documents
from billing.making import make_year
from tests.house.conftest import eventually

pytestmark = pytest.mark.django_db


def test_the_document_is_what_the_standard_asks_for(day, export, valid):
    text, said = export()
    document = json.loads(text)
    valid(document)
    assert (document["type"], document["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert document["creationDate"] == "2026-11-24T09:51:00.000000+05:30"
    assert said == "33 events written.\n"


def test_that_it_was_exported_is_written_down(day, export):
    export("--to", "2026-11-25")
    entry = AuditLog.objects.get(action="exported")
    assert (entry.actor, entry.target_label) == ("manage.py export_epcis", "epcis")
    assert entry.after == {"from": None, "to": "2026-11-25T00:00:00+05:30"}


def test_an_empty_document_is_valid_too(people, export, valid):
    text, said = export("--to", "2026-01-01")
    valid(json.loads(text))
    assert json.loads(text)["epcisBody"] == {"eventList": []}
    assert said == "0 events written.\n"


def test_exporting_twice_gives_the_same_bytes(day, export):
    assert export()[0] == export()[0]


def test_what_happens_later_is_added_at_the_end(day, export, scan):
    before = export()[0]
    scan("ravi", "SB00009")
    after = json.loads(export()[0])["epcisBody"]["eventList"]
    assert after[:-1] == json.loads(before)["epcisBody"]["eventList"]
    assert after[-1]["epcList"] == ["urn:traitortrack:bag:SB00009"]


@pytest.mark.parametrize(
    "cut", ["2026-11-24T09:00", "2026-11-24T09:01", "2026-11-24T09:21", "2026-11-24T10:00"]
)
def test_stretches_of_time_make_up_the_whole(day, events, cut):
    assert [*events("--to", cut), *events("--from", cut)] == events()


def test_small_steps_tell_the_same(day, events, monkeypatch):
    whole = events()
    monkeypatch.setattr(documents, "AT_ONCE", 2)
    assert events() == whole


def test_a_file_is_replaced_when_the_new_one_is_whole(day, export, tmp_path, monkeypatch):
    file = tmp_path / "events.json"
    file.write_text("old")

    def break_down(_places):
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(documents, "events_at", break_down)
        with pytest.raises(RuntimeError):
            export("-o", str(file))
    assert (file.read_text(), list(tmp_path.iterdir())) == ("old", [file])
    assert export("-o", str(file)) == ("", "33 events written.\n")
    assert (file.read_text(), list(tmp_path.iterdir())) == (export()[0], [file])


def test_a_file_that_cannot_be_written_is_said(day, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_epcis", "-o", str(tmp_path / "nowhere" / "events.json"))


@pytest.mark.parametrize("when", ["soon", "1700000000"])
def test_a_time_that_is_none_is_said(when):
    with pytest.raises(CommandError, match="is no day or time"):
        call_command("export_epcis", "--from", when)


def test_memory_does_not_grow_with_the_events(people, export, tmp_path, monkeypatch):
    """A document of 6,000 events needs no more than one of 3,000: what is held is one step of 200."""
    monkeypatch.setattr(documents, "AT_ONCE", 200)
    peaks = []
    for _turn in range(2):
        for _done in make_year(parents=50, children=1400, seed=len(peaks)):
            pass
        export("-o", str(tmp_path / "first.json"))  # what is loaded once is loaded now
        tracemalloc.start()
        export("-o", str(tmp_path / "events.json"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert Bag.objects.count() == 2 * 1450
    assert peaks[1] < 1.2 * peaks[0]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_told_that_a_running_transaction_could_come_before(people, scan, events):
    """What is told stays a beginning of what is told later, so whoever goes on behind it misses nothing."""
    running, done = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            running.set()
            done.wait(20)
            scan("ravi", "SB00001")
        connections.close_all()

    other = threading.Thread(target=slow)
    other.start()
    assert running.wait(20)
    scan("meena", "SB00002")
    assert events() == []
    done.set()
    other.join()

    def told():
        codes = [event["epcList"][0][-7:] for event in events() if event["bizStep"] == "commissioning"]
        return sorted(codes) == ["SB00001", "SB00002"]

    assert eventually(told)  # transactions of other databases on this server may still run
