"""An import and scans at the same moment; each race's twin goes without what protects it."""

import io
import threading

import pytest
from django.db import connection

from accounts.operators import Operator
from bags.importing import judging, kinds, service
from bags.models import Bag, Link
from bags.scanning import store
from monitoring.invariants import broken
from tests.imports.conftest import bags_csv, inside, quiet
from tests.scanning.racing import codes, halfway, puller, together, without_index

pytestmark = pytest.mark.django_db(transaction=True)


def importer(user, *rows):
    """A job: one import; returns the codes of its bad rows."""
    by = Operator.of(user)

    def job():
        told = []
        service.import_file(
            kind="bags",
            file_name="race.csv",
            file=io.BytesIO(bags_csv(*rows).encode()),
            by=by,
            area=None,
            progress=quiet,
            seen=lambda batch: told.extend(batch.problems.order_by("place").values_list("code", flat=True)),
        )
        return told

    return job


class Meeting:
    """The import has judged its rows when it waits here; the scan waits until then, at most a moment."""

    def __init__(self, monkeypatch, patience=0.5):
        self.judged, self.go_on, self.patience = threading.Event(), threading.Event(), patience
        write, first = kinds.writing.write, threading.Event()

        def dawdling(**given):
            if not first.is_set():
                first.set()
                self.judged.set()
                self.go_on.wait(self.patience)
            return write(**given)

        monkeypatch.setattr(kinds.writing, "write", dawdling)

    def after(self, job):
        """The job, once the import has judged."""

        def later():
            assert self.judged.wait(20)
            try:
                return job()
            finally:
                self.go_on.set()

        return later


@pytest.fixture
def no_lock(monkeypatch):
    """Neither side locks the bags that it reads."""
    monkeypatch.setattr(judging, "_LOCK", judging._LOCK.replace("FOR UPDATE", ""))
    monkeypatch.setattr(store, "_LOCK", store._LOCK.replace("FOR UPDATE", ""))


@pytest.fixture
def one_place_left(people, fill):
    fill("ravi", "M444-00001", 14)
    return importer(people["asha"], "5000001,child,M444-00001")


def test_one_place_left(one_place_left, people, monkeypatch, holds):
    meeting = Meeting(monkeypatch)
    scan = meeting.after(puller(people["ravi"], "5000002", parent="M444-00001"))
    assert together(one_place_left, scan)[1]["code"] == "parent_full"
    assert len(inside()["M444-00001"]) == 15
    holds()


def test_one_place_left_and_the_scan_was_first(one_place_left, people, monkeypatch, holds):
    with halfway(monkeypatch, puller(people["ravi"], "5000002", parent="M444-00001")) as scanned:
        [told] = together(one_place_left)
    assert (told, scanned.result(20)["code"]) == (["parent_full"], "linked_last")
    holds()


def test_one_place_left_without_the_lock(one_place_left, people, monkeypatch, no_lock):
    """Both counted fourteen: fifteen stands on the sack and sixteen are in it."""
    meeting = Meeting(monkeypatch)
    scan = meeting.after(puller(people["ravi"], "5000002", parent="M444-00001"))
    assert together(one_place_left, scan)[1]["code"] == "linked_last"
    assert len(inside()["M444-00001"]) == 16
    assert set(broken()) >= {1, 3}


@pytest.fixture
def one_packet(people, fill, scan):
    """A packet in no sack, and two sacks that want it."""
    fill("ravi", "SB00001", 1)
    scan("ravi", mode="undo")
    fill("ravi", "SB00002", 0)
    return (
        importer(people["asha"], "0000100001,child,SB00001"),
        puller(people["ravi"], "0000100001", parent="SB00002"),
    )


def test_one_packet_for_two_sacks(one_packet, monkeypatch, holds):
    meeting = Meeting(monkeypatch)
    told, scanned = together(one_packet[0], meeting.after(one_packet[1]))
    assert (told, scanned["code"]) == ([], "in_other_parent")
    assert inside() == {"SB00001": ["0000100001"]}
    holds()


def test_one_packet_for_two_sacks_without_the_lock_and_the_index(one_packet, monkeypatch, no_lock):
    meeting = Meeting(monkeypatch)
    with without_index("link_child_in_one_parent"):
        told, scanned = together(one_packet[0], meeting.after(one_packet[1]))
        assert (told, scanned["code"]) == ([], "linked")
        assert 2 in broken()


def test_a_new_packet_that_a_scan_brings_too(people, fill, monkeypatch, holds):
    """The scan was quicker: the import judges anew and meets it."""
    fill("ravi", "SB00001", 0)
    bring = importer(people["asha"], "SB00002,parent,", "5000001,child,SB00002", "5000002,child,SB00002")
    meeting = Meeting(monkeypatch, patience=20)
    told, scanned = together(bring, meeting.after(puller(people["ravi"], "5000001", parent="SB00001")))
    assert (told, scanned["code"]) == (["in_other_parent"], "linked")
    assert inside() == {"SB00001": ["5000001"], "SB00002": ["5000002"]}
    holds()


def test_a_new_packet_that_a_scan_brings_too_without_another_round(people, fill, monkeypatch):
    """One round alone: the whole file would fail for one packet."""
    fill("ravi", "SB00001", 0)
    bring = importer(people["asha"], "SB00002,parent,", "5000001,child,SB00002")
    monkeypatch.setattr(service, "ROUNDS", 1)
    meeting = Meeting(monkeypatch, patience=20)
    told, scanned = together(bring, meeting.after(puller(people["ravi"], "5000001", parent="SB00001")))
    assert isinstance(told, service.Busy)
    assert scanned["code"] == "linked"
    assert not Bag.objects.filter(qr_id="SB00002").exists()


def test_two_imports_of_one_file(people, holds):
    rows = ["SB00001,parent,", *[f"50000{n:02},child,SB00001" for n in range(20)]]
    told = together(*[importer(people["asha"], *rows) for _ in range(4)])
    assert told == [[]] * 4
    assert Link.objects.count() == 20
    holds()


def test_scans_of_other_bags_do_not_wait(people, fill, monkeypatch, holds):
    """While an import holds what it writes, a scan of a sack that it does not name goes through."""
    fill("ravi", "SB00001", 1)
    meeting = Meeting(monkeypatch, patience=20)
    bring = importer(people["asha"], "SB00002,parent,", "5000001,child,SB00002")
    told, scanned = together(bring, meeting.after(puller(people["ravi"], "6000001", parent="SB00001")))
    assert (told, scanned["code"]) == ([], "linked")
    holds()


def test_taking_back_while_a_packet_comes(people, fill, operator, monkeypatch, holds):
    """The sack is locked while the import leaves it: the scan meets an open, empty sack."""
    importer(people["asha"], "SB00001,parent,", "5000001,child,SB00001")()
    batch = service.ImportBatch.objects.get()
    service.ask_back(batch.pk, by=operator("asha"))
    locked, go_on = threading.Event(), threading.Event()
    write_back = kinds.writing.write_back

    def dawdling(**given):
        locked.set()
        go_on.wait(0.5)
        return write_back(**given)

    monkeypatch.setattr(kinds.writing, "write_back", dawdling)

    def scan():
        assert locked.wait(20)
        return puller(people["asha"], "6000001", parent="SB00001")()

    _done, scanned = together(lambda: service.take_back(batch.pk, by_id=people["asha"].pk), scan)
    assert codes([scanned]) == ["linked"]
    assert scanned["parent"]["count"] == 1
    batch.refresh_from_db()
    assert (batch.state, inside()) == ("taken_back", {"SB00001": ["6000001"]})
    holds()


def test_taking_back_while_a_packet_comes_without_the_lock(people, operator, monkeypatch):
    """Asked before the scan came whether anything depends on it, written after: one packet is not counted."""
    importer(people["asha"], "SB00001,parent,", "5000001,child,SB00001")()
    batch = service.ImportBatch.objects.get()
    service.ask_back(batch.pk, by=operator("asha"))
    monkeypatch.setattr(kinds.writing, "lock_parents", lambda _batch: None)
    seen, came = threading.Event(), threading.Event()
    unlink = kinds.writing._UNLINK

    def dawdling(execute, sql, params, many, context):
        if sql == unlink:
            seen.set()
            assert came.wait(20)
        return execute(sql, params, many, context)

    def take_back():
        with connection.execute_wrapper(dawdling):
            service.take_back(batch.pk, by_id=people["asha"].pk)

    def scan():
        assert seen.wait(20)
        try:
            return puller(people["asha"], "6000001", parent="SB00001")()
        finally:
            came.set()

    together(take_back, scan)
    assert inside() == {"SB00001": ["6000001"]}
    assert 3 in broken()
