"""Erasing takes people out, and leaves codes, numbers, verdicts and other people as they are."""

import uuid

import pytest
from django.utils import translation

from accounts.anonymising import anonymise_person
from accounts.models import Notification, User
from accounts.notifications import NAME_LOCKED, notify
from accounts.operators import Operator
from accounts.people import PersonRefused, edit_person
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, Signature, record
from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from audit.verifying import verify
from bags.models import Recount, RecountLine, Scan
from bags.recounts.correcting import decide_line
from bags.recounts.finishing import finish_recount
from bags.scanning.results import Result
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill
from billing.returns import create_return
from billing.services import create_bill
from tests.billing.conftest import everything
from tests.privacy.conftest import found_anywhere

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "Sacks-of-mustard-24"


@pytest.fixture
def at_work(people):
    """One who packs, under any name."""

    def make(name):
        user = User.objects.create_user(name, PASSWORD, role="biller", area_id="lucknow")
        return user, Operator.of(user)

    return make


@pytest.fixture
def floor(at_work, scan, fill, operator):
    """A sack, packets, a bill and a return, and Dilip."""
    fill("ravi", "SB77001", 1)
    scan("ravi", "CHLD0001", parent="SB77001")
    create_bill(number="B-7000", by=operator("asha"))
    ticket = create_return(area="lucknow", notes="", by=operator("asha"))
    return at_work("dilip.x7")[0], ticket


@pytest.mark.parametrize(
    "word",
    [
        *("SB77001", " sb77001 ", "SB99999", "chld0001", "LABEL NO. 7700100001"),
        *("b-7000", "lucknow", "Lucknow", "mustard", "M444-"),
        *("linked", "LINKED", "success", "conflict", "open", "parent", "move", "draft", "committed"),
        *("count", "counted", "missing", "unexpected", "dropped"),
        *("admin", "Biller", "pending", "child_linked"),
    ],
)
def test_a_word_of_ours_is_refused_and_nothing_changes(floor, operator, word):
    refuses(floor[0], operator, word, "word_is_ours")


def test_a_returns_number_is_refused(floor, operator):
    refuses(floor[0], operator, floor[1].number.lower(), "word_is_ours")


@pytest.mark.parametrize("word", ["kavya", "KAVYA", " Ravi "])
def test_anothers_name_is_refused(floor, operator, word):
    refuses(floor[0], operator, word, "word_is_anothers")


@pytest.mark.parametrize("word", ["abc", "x", " ab "])
def test_a_short_word_is_refused(floor, operator, word):
    refuses(floor[0], operator, word, "word_too_short")


def refuses(user, operator, word, code):
    before = everything()
    with pytest.raises(PersonRefused) as refused:
        anonymise_person(user_id=user.pk, words=["Dilip Xaviera", word], by=operator("asha"))
    assert refused.value.code == code
    assert everything() == before


def test_the_page_says_which_word_stays(floor, signed_in):
    user, before = floor[0], AuditLog.objects.exclude(action="signed_in").count()
    told = {"name": user.username, "words": "SB77001"}
    page = signed_in("asha").post(f"/users/{user.pk}/erase/", told, follow=True).content.decode()
    assert "SB77001 is a code, a number or a word of this system, so it stays." in page
    user.refresh_from_db()
    assert (user.username, user.is_erased) == ("dilip.x7", False)
    assert not AuditLog.objects.filter(action="person_erased").exists()
    assert AuditLog.objects.exclude(action__in=("signed_in", "personal_data_read")).count() <= before


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("name", ["lucknow", "linked", "raj", "SB00001", "attention"])
def test_an_ordinary_name_goes_where_it_means_the_person(at_work, operator, scan, name, language):
    user, me = at_work(name)
    pulls = [
        Pull(key=uuid.uuid4(), mode="pack", raw="SB00001"),
        Pull(key=uuid.uuid4(), mode="pack", raw="7000001", parent="SB00001"),
    ]
    with translation.override(language):
        process(pulls=pulls, operator=me, device=uuid.UUID(int=7))
        scan("ravi", "SB00002")
        key = uuid.uuid4()
        told = scan("ravi", "7000001", parent="SB00002", key=key)
    assert told["explain"]["by"] == name
    edit_person(user_id=user.pk, changes={"area_id": "indore"}, by=operator("asha"))
    notify([operator("asha").id], NAME_LOCKED, name=name)
    create_bill(number="B-7", description=f"for {name}", by=operator("asha"))
    answers = dict(Scan.objects.values_list("pk", "answer"))
    whats = list(AuditLog.objects.exclude(target_type="user").order_by("pk").values("before", "after"))
    seal_and_anchor(at_once=True)

    erased = anonymise_person(user_id=user.pk, by=operator("asha"))

    again = scan("ravi", "7000001", parent="SB00002", key=key)
    assert again == told | {
        "replayed": True,
        "message": told["message"]
        .replace(f", {name} ", f", {erased.username} ")
        .replace(f"by {name}.", f"by {erased.username}."),
        "explain": told["explain"] | {"by": erased.username},
    }
    assert again["message"] != told["message"]
    changed = {pk for pk, answer in Scan.objects.values_list("pk", "answer") if answer != answers[pk]}
    assert changed == {told["scan_id"]}
    kept = AuditLog.objects.exclude(target_type__in=("user", "erasure")).order_by("pk")
    assert list(kept.values("before", "after")) == whats
    assert not AuditLog.objects.filter(actor=name).exists()
    assert not AuditLog.objects.filter(target_type="user", target_label=name).exists()
    assert AuditLog.objects.get(action="user_edited").before == {"area": "lucknow"}
    assert Notification.objects.get(kind=NAME_LOCKED).facts == {"name": erased.username}
    assert Bill.objects.get().description == f"for {name}"
    assert verify().findings == []


def test_a_key_is_answered_as_before_but_for_names_in_texts(at_work, operator, scan):
    user, me = at_work("dilip.x7")
    for raw, parent in (("SB00001", None), ("7000001", "SB00001")):
        process(
            pulls=[Pull(key=uuid.uuid4(), mode="pack", raw=raw, parent=parent)],
            operator=me,
            device=uuid.UUID(int=7),
        )
    scan("ravi", "SB00002")
    calls = [(uuid.uuid4(), raw) for raw in ("7000001", "7000002", "SB00003", "nothing such")]
    before = [scan("ravi", raw, parent="SB00002", key=key) for key, raw in calls]
    erased = anonymise_person(user_id=user.pk, words=["Sack", "Dilip"], by=operator("asha"))
    for told, (key, raw) in zip(before, calls, strict=True):
        again = scan("ravi", raw, parent="SB00002", key=key)
        message = told["message"].replace(user.username, erased.username)
        for word in ("sack", "Sack"):
            message = message.replace(f" {word} ", f" {erased.username} ")
        explain = told["explain"] and told["explain"] | {"by": erased.username}
        assert again | {"message": ""} == told | {"replayed": True, "message": "", "explain": explain}
        assert user.username not in again["message"]


def test_a_word_in_a_code_leaves_the_code(at_work, operator):
    """Words that nobody registered yet, but entries have as a part of a code or a label."""
    user = at_work("dilip.x7")[0]
    create_bill(number="Xaviera 12", description="Xaviera takes it", by=operator("asha"))
    anonymise_person(user_id=user.pk, words=["Xaviera"], by=operator("asha"))
    entry = AuditLog.objects.get(action="bill_created")
    assert (entry.target_label, entry.after["number"]) == ("Xaviera 12", "Xaviera 12")
    assert "Xaviera" not in entry.after["description"]
    assert "Xaviera" not in Bill.objects.get().description


def test_a_saved_queue_counts_under_the_pseudonym(at_work, operator):
    user, _me = at_work("lucknow")
    entry = Entry(
        at=database_now(),
        action=Action.QUEUE_IMPORTED,
        target_type="device",
        target_id="d",
        target_label="d",
        before=None,
        after={"saved_at": "2026-11-24", "entries": {"lucknow": 3, "ravi": 1}},
    )
    record(entry, signed=Signature(actor="asha"))
    erased = anonymise_person(user_id=user.pk, by=operator("asha"))
    assert AuditLog.objects.get(action="queue_imported").after["entries"] == {erased.username: 3, "ravi": 1}
    assert verify().findings == []


def test_every_verdict_is_a_word_of_ours(floor, operator):
    for code in Result:
        with pytest.raises(PersonRefused, match="word of this system"):
            anonymise_person(user_id=floor[0].pk, words=[code.upper()], by=operator("asha"))


@pytest.mark.parametrize("is_protected", [True, False])
def test_a_lot_stays_and_would_not_without_its_key(at_work, operator, scan, monkeypatch, is_protected):
    """A lot is no registered word, so only the key that it stands under protects it."""
    if not is_protected:
        monkeypatch.setattr("audit.persons._CODES", frozenset())
    key, label = uuid.uuid4(), "LABEL NO. 7000009, LOT NO. XAV77"
    scan("ravi", "SB00001")
    told = scan("ravi", label, parent="SB00001", key=key)
    assert told["bag"]["lot"] == "XAV77"
    anonymise_person(user_id=at_work("dilip.x7")[0].pk, words=["XAV77"], by=operator("asha"))
    assert (scan("ravi", label, parent="SB00001", key=key) == told | {"replayed": True}) is is_protected
    assert (AuditLog.objects.get(action="child_linked").after["lot"] == "XAV77") is is_protected


def test_a_name_that_was_counted_as_a_packet_goes_and_codes_stay(at_work, fill, scan, operator):
    """On the line of the recount, in the scan and in the entry; the packet that is registered stays."""
    fill("ravi", "SB77001", 1)
    user, _ = at_work("DILIPX7")
    for code, sack in (("SB77001", None), ("dilipx7", "SB77001"), ("7700100001", "SB77001")):
        scan("ravi", code, mode="count", parent=sack)
    ravi = operator("ravi")
    finish_recount(recount_id=Recount.objects.get().pk, by=ravi)
    line = RecountLine.objects.get(outcome="unexpected")
    assert line.code == "DILIPX7"
    decide_line(line_id=line.pk, decision="dismiss", reason="a name plate", by=operator("asha"))
    erased = anonymise_person(user_id=user.pk, by=operator("asha"))
    codes = dict(RecountLine.objects.values_list("outcome", "code"))
    assert codes == {"found": "7700100001", "unexpected": erased.username}
    assert AuditLog.objects.get(action="correction_dismissed").after["packet"] == erased.username
    assert found_anywhere("dilipx7") == []
