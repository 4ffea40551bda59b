"""A new e-mail address counts once the link that was mailed there is opened."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail, signing
from django.core.cache import caches
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import email_change, jobs
from accounts.email_change import LinkDead, ask_email_change, confirm_email_change, token_of
from accounts.models import EmailChange, User
from audit.models import AuditLog
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits(settings):
    caches["default"].clear()
    settings.PUBLIC_URL = "https://bags.example.com"


def ask(client, email="ravi@example.com", password=PASSWORD, **headers):
    form = {"email": email, "password": password}
    return client.post("/accounts/profile/email/", form, headers=headers)


def mailed():
    """Runs what waits, and returns the link in the last mail, as the path that it leads to."""
    for job in ProcrastinateJob.objects.filter(status="todo").order_by("pk"):
        getattr(jobs, job.task_name.rpartition(".")[2])(**job.args)
    ProcrastinateJob.objects.all().delete()
    return re.search(r"https://bags\.example\.com(/accounts/profile/email/\S+)", mail.outbox[-1].body)[1]


def email_of(name):
    return User.objects.get(username=name).email


def test_asked_mailed_opened(signed_in, people):
    User.objects.filter(username="ravi").update(email="old@example.com")
    ravi = signed_in("ravi")
    assert ask(ravi, Host="localhost").status_code == 302
    link = mailed()
    assert mail.outbox[0].to == ["ravi@example.com"]
    assert ravi.get(link).status_code == 200
    assert email_of("ravi") == "old@example.com"  # neither asking nor looking changes it
    assert ravi.post(link).status_code == 302
    assert email_of("ravi") == "ravi@example.com"
    entry = AuditLog.objects.get(action="email_changed")
    assert (entry.actor, entry.before, entry.after) == (
        "ravi",
        {"email": "o…@example.com"},
        {"email": "r…@example.com"},
    )


def test_the_old_address_hears_of_it(signed_in, people):
    User.objects.filter(username="ravi").update(email="old@example.com")
    ravi = signed_in("ravi")
    ask(ravi)
    ravi.post(mailed())
    jobs.tell_old_address(**ProcrastinateJob.objects.get().args)
    assert mail.outbox[-1].to == ["old@example.com"]
    assert "ravi@example.com" not in mail.outbox[-1].body


def test_the_link_counts_once(signed_in, people):
    """Also after the old address came back another way."""
    ravi = signed_in("ravi")
    ask(ravi)
    link = mailed()
    ravi.post(link)
    User.objects.filter(username="ravi").update(email="")
    ravi.post(link)
    assert email_of("ravi") == ""
    assert AuditLog.objects.filter(action="email_changed").count() == 1


def test_a_newer_wish_ends_the_older_link(signed_in, people):
    ravi = signed_in("ravi")
    ask(ravi)
    link = mailed()
    ask(ravi, "better@example.com")
    ravi.post(link)
    assert email_of("ravi") == ""
    ravi.post(mailed())
    assert email_of("ravi") == "better@example.com"


def test_nobody_else_can_use_the_link(signed_in, people, client):
    ask(signed_in("ravi"))
    link = mailed()
    signed_in("kavya").post(link)
    assert (email_of("ravi"), email_of("kavya")) == ("", "")


def test_the_link_asks_to_sign_in(signed_in, people):
    ravi = signed_in("ravi")
    ask(ravi)
    link = mailed()
    ravi.logout()
    assert ravi.post(link)["Location"].startswith("/accounts/login/?next=")
    assert email_of("ravi") == ""


def test_after_an_hour_it_is_dead(operator):
    asked = ask_email_change(email="ravi@example.com", by=operator("ravi"))
    with time_machine.travel(timezone.now() - timedelta(seconds=3601)):
        token = token_of(asked)
    with pytest.raises(LinkDead):
        confirm_email_change(token=token, by=operator("ravi"))
    assert email_of("ravi") == ""
    assert EmailChange.objects.count() == 1


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\N{SYMBOL FOR NULL}", "x" * 5000])
def test_a_forged_link(operator, token):
    with pytest.raises(LinkDead):
        confirm_email_change(token=token, by=operator("ravi"))


def test_a_link_signed_for_something_else(operator, people):
    asked = ask_email_change(email="ravi@example.com", by=operator("ravi"))
    payload = signing.loads(token_of(asked), salt=email_change._SALT)
    with pytest.raises(LinkDead):
        confirm_email_change(token=signing.dumps(payload, salt="another"), by=operator("ravi"))


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("a@b.example\r\nBcc: c@d.example", PASSWORD),
        ("ravi@example.com", "wrong"),
    ],
)
def test_refused_and_nothing_is_sent(signed_in, people, email, password):
    assert ask(signed_in("ravi"), email, password).status_code == 400
    assert not EmailChange.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_wrong_passwords_lock_here_as_at_the_sign_in(signed_in, people):
    ravi = signed_in("ravi")
    for _ in range(5):
        ask(ravi, password="wrong")
    assert ask(ravi).status_code == 400
    assert not EmailChange.objects.exists()


def test_no_more_than_five_mails_an_hour(signed_in, people):
    ravi = signed_in("ravi")
    assert [ask(ravi).status_code for _ in range(6)] == [302] * 5 + [400]
