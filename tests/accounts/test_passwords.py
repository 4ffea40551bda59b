"""A password is chosen, changed, reset by mail, given anew."""

import re
import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.jobs import send_reset_link
from accounts.models import Session, User
from accounts.passwords import LinkUsed, give_password, random_password, reset_password
from audit.log import Signature
from audit.models import AuditLog
from tests.accounts.conftest import words
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "Three-wet-camels-sang"


@pytest.mark.parametrize(
    "weak",
    [
        "short-one-9",
        "qwertyuiop12",
        "traitortrack",
        "TraitorTrack-2026!",
        "ravi-ravi-ravi-1",
        "Lucknow-lucknow-1",
        "mustard.moong.12",
        "ravi.kumar-24",
        "dispatcher-1234",
        "x" * 4097,
    ],
)
def test_passwords_that_others_would_guess_are_refused(people, weak):
    ravi = people["ravi"]
    ravi.email = "ravi.kumar@example.com"
    with pytest.raises(ValidationError):
        validate_password(weak, ravi)


@pytest.mark.parametrize(
    "fine", [NEW, PASSWORD, "only small letters in a row", "मेरा-पासवर्ड-लंबा-है", "7" * 6 + "drei-ecke"]
)
def test_no_mixture_of_signs_is_asked_for(people, fine):
    validate_password(fine, people["ravi"])


@pytest.fixture
def change(client):
    def post(old=PASSWORD, new=NEW, again=None):
        form = {"old_password": old, "new_password1": new, "new_password2": again or new}
        return client.post("/accounts/password/?next=/scan/", form)

    return post


def unchanged(people):
    return User.objects.get(pk=people["ravi"].pk).check_password(PASSWORD) and not AuditLog.objects.exists()


def test_the_owner_changes_it(client, signed_in, people, change):
    signed_in("ravi")
    other, before = Client(), client.session.session_key
    other.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    assert change()["Location"] == "/scan/"
    assert User.objects.get(pk=people["ravi"].pk).check_password(NEW)
    assert client.get("/scan/").status_code == 200
    assert client.session.session_key != before
    assert other.get("/scan/").status_code == 302
    assert Session.objects.filter(user=people["ravi"]).count() == 1
    entry = AuditLog.objects.get()
    assert (entry.actor, entry.action, NEW in str(entry.after)) == ("ravi", "password_changed", False)


REFUSED = {
    "wrong old one": ({"old": "wrong"}, "Your old password is not right"),
    "no old one": ({"old": ""}, "Your old password is not right"),
    "two different ones": ({"again": NEW + "x"}, "match"),
    "too short": ({"new": "short-one"}, "too short"),
    "own words": ({"new": "ravi-ravi-ravi"}, "others would guess"),
    "the same again": ({"new": PASSWORD}, "another password than the old one"),
    "NUL": ({"new": NEW + "\0"}, "Null characters"),
}


@pytest.mark.parametrize(("form", "sentence"), REFUSED.values(), ids=REFUSED)
def test_it_stays_when_something_is_wrong(signed_in, people, change, form, sentence):
    signed_in("ravi")
    page = change(**form)
    assert page.status_code == 200
    assert sentence in words(page)
    assert unchanged(people)


def test_a_stolen_session_is_no_way_to_guess(client, signed_in, people, change):
    signed_in("ravi")
    for _ in range(5):
        change(old="wrong")
    assert "too many tries" in words(change())
    assert unchanged(people)


def test_one_from_an_admin_is_changed_before_anything_else(client, people, operator, sign_in, change):
    given = give_password(target=people["ravi"], by=operator("asha"))
    assert sign_in("ravi").status_code == 200
    assert sign_in("ravi", given)["Location"] == "/accounts/password/?next=%2F"
    assert client.get("/scan/").status_code == 302
    assert client.get("/api/v1/stats").json()["error"]["code"] == "new_password_needed"
    assert "Choose a password of your own" in words(client.get("/accounts/password/"))
    assert change(old=given)["Location"] == "/scan/"
    assert client.get("/scan/").status_code == 200
    told = list(AuditLog.objects.order_by("id").values_list("actor", "action"))
    assert told == [("asha", "password_given"), ("ravi", "signed_in"), ("ravi", "password_changed")]


def test_a_given_one_ends_the_sessions(signed_in, people, operator):
    client = signed_in("ravi")
    give_password(target=people["ravi"], by=operator("asha"))
    assert client.get("/api/v1/stats").status_code == 401


def test_random_ones_are_long_and_differ(people):
    made = {random_password() for _ in range(100)}
    assert len(made) == 100
    for one in made:
        assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){3}", one)
        validate_password(one, people["ravi"])


@pytest.fixture
def mailed(people):
    """mailed() -> the path of the link in ravi's mail."""
    User.objects.filter(pk=people["ravi"].pk).update(email="Ravi@example.com")

    def path():
        send_reset_link(name="ravi")
        return re.search(r"(/accounts/forgot/\S+)", mail.outbox[-1].body)[1]

    return path


def test_asking_does_the_same_work_for_every_name(client, mailed, people):
    User.objects.filter(pk=people["meena"].pk).update(email="meena@example.com", is_active=False)
    pages = set()
    for name in ("ravi", "ravi@EXAMPLE.com", "nosuch", "meena", "arjun", "x' OR 1=1 --", "r\0avi"):
        page = client.post("/accounts/forgot/", {"name": name})
        pages.add((page.status_code, words(page)))
    assert len(pages) == 1
    assert ProcrastinateJob.objects.count() == 7
    assert mail.outbox == []


def test_only_who_is_meant_gets_mail(mailed, people):
    User.objects.filter(pk=people["meena"].pk).update(email="meena@example.com", is_active=False)
    for name in ("ravi@EXAMPLE.com", "nosuch", "meena", "arjun", ""):
        send_reset_link(name=name)
    assert [message.to for message in mail.outbox] == [["Ravi@example.com"]]


def test_the_job_sends_it(client, mailed):
    client.post("/accounts/forgot/", {"name": "ravi"})
    job = ProcrastinateJob.objects.get()
    assert job.task_name == send_reset_link.name
    send_reset_link(**job.args)
    assert [message.to for message in mail.outbox] == [["Ravi@example.com"]]


def test_the_link_names_our_host_whatever_the_request_said(client, mailed, settings):
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "https://bags.example.com", ["*"]
    client.post("/accounts/forgot/", {"name": "ravi"}, headers={"Host": "evil.example"})
    path = mailed()
    assert f"https://bags.example.com{path}" in mail.outbox[-1].body
    assert "evil.example" not in mail.outbox[-1].body


def choose(client, path, new=NEW):
    shown = client.get(path, follow=True)
    form = {"new_password1": new, "new_password2": new}
    return client.post(shown.redirect_chain[-1][0] if shown.redirect_chain else path, form)


def test_the_link_sets_a_new_password_once(client, mailed, people, sign_in):
    other = Client()
    other.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    for _ in range(5):
        sign_in("ravi", "wrong")
    path = mailed()
    assert choose(client, path)["Location"] == "/accounts/login/"
    assert "Sign in with the new one" in words(client.get("/accounts/login/"))
    assert client.get("/scan/").status_code == 302  # the link itself signs nobody in
    assert other.get("/scan/").status_code == 302
    assert "This link does not work" in words(choose(client, path, NEW + "x"))
    assert sign_in("ravi", NEW).status_code == 302
    assert list(AuditLog.objects.order_by("id").values_list("action", flat=True)) == [
        "password_reset",
        "signed_in",
    ]


def test_it_never_skips_the_second_factor(client, mailed, app, sign_in):
    app("ravi")
    choose(client, mailed())
    assert sign_in("ravi", NEW)["Location"].startswith("/accounts/verify/")
    assert client.get("/scan/").status_code == 302


def test_it_works_for_an_hour(client, mailed, people, time_machine):
    path, now = mailed(), timezone.localtime()
    time_machine.move_to(now + timedelta(minutes=59))
    assert "Choose a new password" in words(client.get(path, follow=True))
    time_machine.move_to(now + timedelta(minutes=61))
    assert "This link does not work" in words(client.get(path, follow=True))
    assert unchanged(people)


def test_a_weak_one_is_refused_and_the_link_still_works(client, mailed, people):
    path = mailed()
    assert "others would guess" in words(choose(client, path, "ravi-ravi-ravi"))
    assert unchanged(people)
    assert choose(client, path).status_code == 302


@pytest.mark.parametrize("change", [{"is_active": False}, {"email": "new@example.com"}, {"password": "x"}])
def test_it_ends_when_the_person_changes(client, mailed, people, change):
    path = mailed()
    User.objects.filter(pk=people["ravi"].pk).update(**change)
    choose(client, path)
    assert not User.objects.get(pk=people["ravi"].pk).check_password(NEW)
    assert not AuditLog.objects.exists()


@pytest.mark.parametrize(
    "path", ["MQ/x-y", "%00/x-y", "x/y", f"{'OTk5' * 20}/x-y", "4pi6/x", "MQ/c0ffee-%00", f"MQ/{'x' * 3000}"]
)
def test_links_that_are_none(client, people, path):
    page = client.get(f"/accounts/forgot/{path}/")
    assert (page.status_code, "This link does not work" in words(page)) == (200, True)


@pytest.mark.django_db(transaction=True)
def test_one_link_used_ten_times_at_once_counts_once(people):
    ravi = people["ravi"]
    token, done, start = default_token_generator.make_token(ravi), [], threading.Barrier(10)

    def one(number):
        try:
            start.wait()
            reset_password(user=ravi, token=token, new=f"{NEW}-{number}", signed=Signature(actor="ravi"))
            done.append(number)
        except LinkUsed:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    assert User.objects.get(pk=ravi.pk).check_password(f"{NEW}-{done[0]}")
    assert AuditLog.objects.count() == 1


def test_asking_too_often_waits(client, people, settings):
    settings.RESET_RATE_LIMIT = "0/h"
    page = client.post("/accounts/forgot/", {"name": "ravi"})
    assert (page.status_code, ProcrastinateJob.objects.count()) == (429, 0)


def test_asking_for_many_names_from_one_address_waits(client, people, settings):
    settings.RESET_ADDRESS_RATE_LIMIT = "3/h"
    here = f"2001:db8:{time.time_ns() % 0xFFFF:x}:{time.time_ns() // 0xFFFF % 0xFFFF:x}"

    def ask(number, address):
        return client.post("/accounts/forgot/", {"name": f"name{number}"}, REMOTE_ADDR=address)

    answers = [ask(number, f"{here}::{number}") for number in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "Too many at once" in words(answers[3])
    assert 1 <= int(answers[3]["Retry-After"]) <= 3600
    assert ProcrastinateJob.objects.count() == 3
