"""Settling a parked text: register, map to a bag, dismiss; and back."""

import pytest
from django.db import IntegrityError

from audit.models import AuditLog
from bags.desk.deciding import DecisionRefused
from bags.models import Bag, ParkedDecision, Scan
from bags.parked import deciding
from tests.parked.conftest import waiting
from tests.scanning.racing import MeetingPoint, together

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["kavya", "asha"])
def test_dismissing_settles_all_scans_of_the_text_and_changes_nothing_else(misread, decide, holds, name):
    misread("SB0001")
    misread("SB0001", by="meena")
    newest = misread("SB0001")
    misread("SBAAA")
    before = AuditLog.objects.count()
    decide(newest, "dismiss", by=name, reason=" a torn label ")
    assert waiting() == [("SBAAA", 1)]
    made = ParkedDecision.objects.get()
    assert (made.scan, made.decision, made.bag, made.reason, made.decided_by.username) == (
        newest,
        "dismiss",
        None,
        "a torn label",
        name,
    )
    assert set(Scan.objects.filter(raw="SB0001").values_list("settled_at")) == {(made.decided_at,)}
    entry = AuditLog.objects.order_by("-pk")[0]
    assert AuditLog.objects.count() == before + 1
    assert (entry.action, entry.actor, entry.target_type, entry.target_id, entry.target_label) == (
        "parked_decided",
        name,
        "scan",
        str(newest.pk),
        "SB0001",
    )
    assert (entry.before, entry.after) == ({"decision": None}, {"decision": "dismiss", "scans": 3})
    assert entry.reason == "a torn label"
    assert not Bag.objects.exists()
    holds()


def test_a_scan_that_came_after_the_page_was_shown_parks_on(misread, decide, holds):
    shown = misread("SB0001")
    misread("SB0001")
    decide(shown, "dismiss", reason="a torn label")
    assert waiting() == [("SB0001", 1)]
    holds()


def test_the_same_text_is_judged_the_same_and_parks_again(misread, decide, fill, holds):
    fill("ravi", "SB00001", 0)
    parked = misread("SB0001")
    decide(parked, "map", code="SB00001")
    assert waiting() == []
    assert misread("SB0001").code == "unreadable"
    assert waiting() == [("SB0001", 1)]
    holds()


def test_registering_opens_the_sack_in_the_area_chosen(misread, decide, scan, holds):
    parked = misread("SB00077", mode="lookup")
    before = AuditLog.objects.count()
    decide(parked, "register", area="indore", reason="it stands there")
    made = ParkedDecision.objects.get()
    bag = Bag.objects.get()
    assert (bag.qr_id, bag.kind, bag.area_id, bag.state, bag.child_count, bag.created_by.username) == (
        "SB00077",
        "parent",
        "indore",
        "open",
        0,
        "kavya",
    )
    assert (made.bag, made.reason, waiting()) == (bag, "it stands there", [])
    added = AuditLog.objects.order_by("pk")[before:]
    assert [(entry.action, entry.reason) for entry in added] == [
        ("parent_created", "it stands there"),
        ("parked_decided", "it stands there"),
    ]
    assert added[1].after == {"decision": "register", "scans": 1, "bag": "SB00077"}
    assert scan("arjun", "SB00077", mode="lookup")["code"] == "looked_up"
    holds()


def test_mapping_finds_old_codes_and_packets(misread, decide, fill, holds):
    fill("ravi", "SB00001", 1)
    Bag.objects.filter(kind="child").update(qr_id="old packet 7")
    parked = misread("###")
    decide(parked, "map", code=" Old Packet 7 ")
    assert ParkedDecision.objects.get().bag.qr_id == "old packet 7"


@pytest.mark.parametrize("name", ["ravi", "nobody"])
def test_dispatchers_may_not(misread, decide, take_back, refused, name):
    parked = misread("SB0001")
    with refused("not_allowed"):
        decide(parked, "dismiss", by=name, reason="a torn label")
    with refused("not_allowed"):
        take_back(parked, by=name)


def test_dismissing_without_a_reason(misread, decide, refused):
    parked = misread("SB0001")
    with refused("reason_needed"):
        decide(parked, "dismiss", reason="  ")


@pytest.mark.parametrize("text", ["SB0001", "1234567", "LABEL NO.0012345", ""])
def test_only_a_sacks_code_is_registered(scan, decide, refused, text):
    told = scan("ravi", text, mode="lookup")
    with refused("not_a_sack"):
        decide(Scan.objects.get(pk=told["scan_id"]), "register", area="lucknow")


@pytest.mark.parametrize("area", ["", "atlantis"])
def test_registering_needs_an_area(misread, decide, refused, area):
    parked = misread("SB00077", mode="lookup")
    with refused("area_needed"):
        decide(parked, "register", area=area)


def test_registering_what_is_there_already(misread, decide, scan, refused):
    parked = misread("SB00077", mode="lookup")
    scan("arjun", "SB00077")
    with refused("registered_already"):
        decide(parked, "register", area="lucknow")


def test_registering_what_a_packet_is_called(misread, decide, fill, refused):
    fill("ravi", "SB00001", 1)
    Bag.objects.filter(kind="child").update(qr_id="SB00077", area="indore")
    parked = misread("SB00077", mode="lookup")
    with refused("registered_already"):
        decide(parked, "register", area="lucknow")


@pytest.mark.parametrize("code", ["", "SB00002", "\0"])
def test_mapping_to_no_bag(misread, decide, refused, code):
    parked = misread("SB0001")
    with refused("no_such_bag"):
        decide(parked, "map", code=code)


def test_what_is_no_parked_code(misread, decide, fill, refused, scan):
    fill("ravi", "SB00001", 0)
    opened = Scan.objects.get()
    with refused("unknown"):
        decide(opened, "dismiss", reason="x")
    told = scan("ravi", mode="close", parent="SB00002")
    assert told["code"] == "unknown"
    with refused("unknown"):
        decide(Scan.objects.get(pk=told["scan_id"]), "dismiss", reason="x")


def test_what_is_decided_already(misread, decide, refused):
    older = misread("SB0001")
    parked = misread("SB0001")
    decide(parked, "dismiss", reason="a torn label")
    for scan in (parked, older):
        with refused("decided_already"):
            decide(scan, "dismiss", by="asha", reason="x")


def test_taking_back_parks_all_again(misread, decide, take_back, fill, holds):
    fill("ravi", "SB00001", 0)
    misread("SB0001")
    parked = misread("SB0001")
    decide(parked, "map", code="SB00001")
    misread("SB0001")
    made = take_back(parked, by="asha", reason=" another one ")
    assert waiting() == [("SB0001", 3)]
    assert (made.undone_by.username, made.undone_reason) == ("asha", "another one")
    entry = AuditLog.objects.order_by("-pk")[0]
    assert (entry.action, entry.before, entry.after, entry.reason) == (
        "parked_reopened",
        {"decision": "map"},
        {"decision": None, "scans": 2},
        "another one",
    )
    decide(parked, "dismiss", reason="a torn label")
    holds()


def test_taking_back_what_is_open_or_without_a_reason(misread, decide, take_back, refused):
    parked = misread("SB0001")
    with refused("not_decided"):
        take_back(parked)
    decide(parked, "dismiss", reason="a torn label")
    with refused("reason_needed"):
        take_back(parked, reason=" ")


def test_a_registered_sack_stays(misread, decide, take_back, refused):
    parked = misread("SB00077", mode="lookup")
    decide(parked, "register", area="lucknow")
    with refused("bag_stays"):
        take_back(parked)


@pytest.fixture
def two_deciders(misread, operator):
    parked = misread("SB0001")
    return [
        lambda name=name: deciding.decide_parked(
            scan_id=parked.pk, decision="dismiss", reason="a torn label", by=operator(name)
        )
        for name in ("kavya", "asha")
    ]


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_one_is_told(two_deciders, holds):
    results = together(*two_deciders)
    assert sorted(getattr(result, "code", "made") for result in results) == ["decided_already", "made"]
    assert ParkedDecision.objects.count() == 1
    holds()


@pytest.mark.django_db(transaction=True)
def test_of_two_deciders_without_the_lock_the_database_refuses_one(two_deciders, monkeypatch):
    point = MeetingPoint(2)

    def reading(scan_id):
        scan = Scan.objects.get(pk=scan_id)
        point.meet()
        return scan

    monkeypatch.setattr(deciding, "_lock_parked", reading)
    results = together(*two_deciders)
    refused = [result for result in results if not isinstance(result, ParkedDecision)]
    assert len(refused) == 1
    assert isinstance(refused[0], IntegrityError | DecisionRefused)
