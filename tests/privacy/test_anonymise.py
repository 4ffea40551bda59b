"""A person is erased: no trace is left, what they did stays under a pseudonym, and the chain still fits."""

import re
from hashlib import sha256

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.anonymising import anonymise_by_name, anonymise_person
from accounts.models import User
from accounts.people import PersonRefused, activate_person, edit_person
from audit.erasing import digest
from audit.log import Signature
from audit.models import AuditLog, Seal
from audit.sealing import seal_and_anchor
from audit.verifying import verify
from bags.models import Link, Scan
from billing.models import Bill
from monitoring.invariants import broken
from tests.billing.conftest import everything
from tests.privacy.conftest import ADDRESS, FULL_NAME, MAIL, NAME, TRACES, found_anywhere

pytestmark = pytest.mark.django_db(transaction=True)
PSEUDONYM = r"person-[0-9a-f]{8}"


def unbroken():
    assert verify().findings == []


@pytest.fixture
def erased(traces, operator):
    """Dilip, erased by Asha, some days after all of it was sealed."""
    assert {text for text in TRACES if not found_anywhere(text)} == set()
    seal_and_anchor(at_once=True)
    return anonymise_person(user_id=traces.pk, words=[FULL_NAME, "Xaviera"], by=operator("asha"))


def test_no_column_of_any_table_tells_of_them(erased):
    assert {text: found_anywhere(text) for text in TRACES} == {text: [] for text in TRACES}


def test_what_they_did_stays_under_one_pseudonym(traces, operator, erased):
    assert re.fullmatch(PSEUDONYM, erased.username)
    assert (erased.email, erased.is_active, erased.is_erased, erased.last_login) == ("", False, True, None)
    assert not erased.has_usable_password()
    assert [link.linked_by for link in Link.objects.select_related("linked_by")] == [erased] * 2
    assert Scan.objects.filter(operator=erased).count() == 8
    acted = AuditLog.objects.filter(actor=erased.username)
    assert set(acted.values_list("address", flat=True)) == {""}
    assert acted.filter(action="child_linked").count() == 2
    message = Scan.objects.get(code="in_other_parent").answer["message"]
    assert f"by {erased.username}." in message


def test_the_chain_still_fits(erased):
    unbroken()
    seal_and_anchor(at_once=True)
    unbroken()
    assert broken() == {}


def test_the_erasure_is_written_down_and_names_nobody(erased):
    entry = AuditLog.objects.get(action="person_erased")
    assert (entry.actor, entry.target_label) == ("asha", erased.username)
    assert entry.after == {
        "pseudonym": erased.username,
        "rows": Seal.objects.exclude(erasure=None).count(),
        "digest": digest(Seal.objects.exclude(erasure=None)[0].erasure).hex(),
        "words": 2,
        "word_digests": [sha256(word).hexdigest() for word in (b"dilip xaviera", b"xaviera")],
    }
    assert AuditLog.objects.filter(action="user_deactivated", target_label=erased.username).count() == 1


def test_what_was_never_sealed_is_sealed_first(traces, operator):
    anonymise_person(user_id=traces.pk, words=["Xaviera"], by=operator("asha"))
    unbroken()
    assert Seal.objects.filter(who_salt=None).count() > 3
    assert found_anywhere(NAME) == []


def test_others_stay_as_they_were(traces, operator, scan, people):
    namesake = User.objects.create_user(f"{NAME}-2", "Sacks-of-mustard-24", role="biller")
    before = list(AuditLog.objects.exclude(actor=NAME).filter(target_type="bag").order_by("pk").values())
    anonymise_person(user_id=traces.pk, by=operator("asha"))
    namesake.refresh_from_db()
    assert namesake.username == f"{NAME}-2"
    assert (
        list(AuditLog.objects.filter(pk__in=[row["id"] for row in before]).order_by("pk").values()) == before
    )


def test_two_people_and_then_the_admin_who_erased_them(traces, operator, people):
    asha = operator("asha")
    first = anonymise_person(user_id=traces.pk, words=["Xaviera"], by=asha)
    anonymise_person(user_id=people["ravi"].pk, by=asha)
    unbroken()
    User.objects.create_user("meera", "Sacks-of-mustard-24", role="admin")
    anonymise_by_name(name="ASHA", signed=Signature(actor="manage.py anonymise_user"))
    unbroken()
    assert found_anywhere("asha") == []
    assert AuditLog.objects.filter(target_label=first.username, action="person_erased").count() == 1
    seal_and_anchor(at_once=True)
    unbroken()


def test_a_second_time_does_nothing_but_for_other_words(erased, operator):
    Bill.objects.update(description="Dil-Khush took it")
    before = everything()
    again = anonymise_person(user_id=erased.pk, by=operator("asha"))
    assert (again.username, everything()) == (erased.username, before)
    anonymise_person(user_id=erased.pk, words=["Dil-Khush"], by=operator("asha"))
    assert Bill.objects.get().description == f"{erased.username} took it"
    unbroken()


@pytest.mark.parametrize(
    ("who", "by", "words", "code"),
    [
        ("dilip", "ravi", [], "not_allowed"),
        ("dilip", "kavya", [], "not_allowed"),
        ("asha", "asha", [], "own_erasure"),
        (None, "asha", [], "unknown"),
        ("dilip", "asha", ["abc"], "word_too_short"),
        ("dilip", "asha", ["word"] * 21, "word_too_short"),
    ],
)
def test_a_refusal_changes_nothing(dilip, people, operator, who, by, words, code):
    ids = {"dilip": dilip.pk, "asha": people["asha"].pk, None: 0}
    before = everything()
    with pytest.raises(PersonRefused) as refused:
        anonymise_person(user_id=ids[who], words=words, by=operator(by))
    assert refused.value.code == code
    assert everything() == before


def test_the_last_admin_is_not_erased(people):
    before = everything()
    with pytest.raises(CommandError, match="last admin"):
        call_command("anonymise_user", "asha")
    assert everything() == before


def test_the_command_tells_the_pseudonym(traces, capsys):
    call_command("anonymise_user", NAME.upper(), "--also", "Xaviera")
    told = capsys.readouterr().out.strip()
    assert re.fullmatch(PSEUDONYM, told)
    assert User.objects.get(pk=traces.pk).username == told
    assert found_anywhere(NAME) == []
    unbroken()


def test_the_command_says_that_there_is_nobody(people):
    with pytest.raises(CommandError, match="no such person"):
        call_command("anonymise_user", "nobody-at-all")


def test_who_is_erased_does_not_come_back(erased, operator):
    for operation, facts in ((activate_person, {}), (edit_person, {"changes": {"email": MAIL}})):
        with pytest.raises(PersonRefused) as refused:
            operation(user_id=erased.pk, by=operator("asha"), **facts)
        assert refused.value.code == "erased"


def test_an_open_session_ends(traces, client, operator):
    assert client.get("/api/v1/stats").status_code == 200
    anonymise_person(user_id=traces.pk, by=operator("asha"))
    assert client.get("/api/v1/stats").status_code == 401


def test_the_page_wants_the_name_typed(traces, signed_in):
    asha, path = signed_in("asha"), f"/users/{traces.pk}/erase/"
    page = asha.post(path, {"name": "ravi"}, follow=True)
    assert "The name that you typed is not this person" in page.content.decode()
    assert User.objects.get(pk=traces.pk).username == NAME
    page = asha.post(path, {"name": NAME, "words": f"{FULL_NAME}\nXaviera\n"}, follow=True).content.decode()
    assert "Erased. What this person did stays under the name above." in page
    assert re.search(rf"<h1>{PSEUDONYM}</h1>", page)
    assert "Activate" not in page
    assert found_anywhere(ADDRESS) == []


def test_a_name_like_a_word_of_ours_breaks_nothing(people, operator, scan):
    """A user called "message" or "null" does not take the keys of stored answers along."""
    for name in ("message", "null", "parent", "true"):
        user = User.objects.create_user(name, "Sacks-of-mustard-24", role="biller")
        scan("ravi", "SB00001")
        before = set(Scan.objects.latest("pk").answer)
        anonymise_person(user_id=user.pk, by=operator("asha"))
        assert set(Scan.objects.latest("pk").answer) == before
    unbroken()
