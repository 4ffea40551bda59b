"""How long a session lasts, what keeps it alive, what ends it, and what its owner sees of it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.jobs import clear_ended_sessions
from accounts.models import Session, User
from accounts.signing_in import end_session, end_sessions
from audit.models import AuditLog
from tests.accounts.conftest import words

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def only(client):
    return Session.objects.get(pk=client.session.session_key)


def let_pass(client, time):
    """As if the session had been used last so long ago."""
    Session.objects.filter(pk=client.session.session_key).update(
        seen_at=F("seen_at") - time, expire_date=F("expire_date") - time
    )


def begin_earlier(client, time):
    """As if the sign-in had been so long ago, with activity until now."""
    session = client.session
    session["since"] -= time.total_seconds()
    session.save()


def left(client):
    return only(client).expire_date - timezone.now()


LIMITS = [("ravi", 30, 10), ("kavya", 30, 10), ("asha", 15, 8)]


@pytest.mark.parametrize(("name", "idle", "_hours"), LIMITS)
def test_it_ends_without_activity(signed_in, name, idle, _hours):
    client = signed_in(name)
    let_pass(client, (idle - 1) * MINUTE)
    assert client.get("/scan/").status_code == 200
    let_pass(client, (idle + 1) * MINUTE)
    assert client.get("/scan/").status_code == 302
    assert client.get("/api/v1/stats").status_code == 401


@pytest.mark.parametrize(("name", "idle", "hours"), LIMITS)
def test_it_ends_after_so_many_hours_whatever_is_done(signed_in, name, idle, hours):
    client = signed_in(name)
    begin_earlier(client, timedelta(hours=hours) - 5 * MINUTE)
    let_pass(client, 2 * MINUTE)
    client.get("/scan/")
    assert left(client) < 5 * MINUTE
    assert client.get("/api/v1/session").json()["may_stay"] is False
    assert client.post("/api/v1/session/stay").json()["seconds_left"] <= 300
    begin_earlier(client, 6 * MINUTE)
    assert client.get("/scan/").status_code == 302


def test_scanning_is_activity(signed_in):
    client = signed_in("ravi")
    let_pass(client, 20 * MINUTE)
    assert client.post("/api/v1/scans", {}, content_type="application/json").status_code == 400
    assert left(client) > 29 * MINUTE


@pytest.mark.parametrize("path", ["/api/v1/stats", "/api/v1/session"])
def test_what_pages_ask_by_themselves_is_none(signed_in, path):
    client = signed_in("ravi")
    let_pass(client, 20 * MINUTE)
    assert client.get(path).status_code == 200
    assert left(client) < 10 * MINUTE


def test_activity_is_noted_once_a_minute(signed_in):
    client = signed_in("ravi")
    for passed, statements in ((59, 1), (2, 2), (0, 1)):
        let_pass(client, timedelta(seconds=passed))
        with CaptureQueriesContext(connection) as queries:
            client.get("/api/docs")
        assert len(queries) == statements, passed


def test_a_touch_stays(signed_in):
    client = signed_in("ravi")
    let_pass(client, 29 * MINUTE)
    told = client.get("/api/v1/session").json()
    assert (told["seconds_left"] in range(50, 61), told["may_stay"]) == (True, True)
    told = client.post("/api/v1/session/stay").json()
    assert (told["seconds_left"] in range(1790, 1801), told["may_stay"]) == (True, True)
    let_pass(client, 31 * MINUTE)
    assert client.post("/api/v1/session/stay").status_code == 401


def test_a_sign_out_is_not_undone_by_what_was_still_under_way(signed_in):
    client = signed_in("ravi")
    store = client.session
    key = store.session_key
    store["x"] = 1
    client.post("/accounts/logout/")
    store.stay()
    store.save()
    assert not Session.objects.filter(pk=key).exists()


def test_a_new_id_keeps_the_session(signed_in, people):
    store = signed_in("ravi").session
    before = store.session_key
    store["x"] = 1
    store.cycle_key()
    store.save()
    kept = Session.objects.get(user=people["ravi"])
    assert (kept.pk, kept.pk != before, kept.get_decoded()["x"]) == (store.session_key, True, 1)


def test_a_new_id_brings_no_ended_session_back(signed_in, people, operator):
    store = signed_in("ravi").session
    store["x"] = 1  # read before it ends, as a request that is under way has
    end_sessions(target=people["ravi"], by=operator("ravi"))
    store.cycle_key()
    store.save()
    assert not Session.objects.filter(user=people["ravi"]).exists()
    assert dict(store.items()) == {}


def test_a_session_id_from_before_the_sign_in_is_worth_nothing(client, sign_in, people):
    planted = client.session
    planted.save()
    client.cookies["session"] = planted.session_key
    sign_in("ravi")
    assert client.session.session_key != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_signing_in_on_top_of_a_session_leaves_none_of_it(client, sign_in, people):
    sign_in("ravi")
    first = client.session.session_key
    User.objects.filter(pk=people["ravi"].pk).update(must_change_password=True)  # half-way in again
    sign_in("ravi")
    assert client.session.session_key != first
    assert not Session.objects.filter(pk=first).exists()


def test_a_changed_role_gets_a_new_id_and_its_limits(signed_in, people):
    client = signed_in("kavya")
    before = client.session.session_key
    User.objects.filter(pk=people["kavya"].pk).update(role="admin")
    assert client.get("/api/v1/bills").status_code == 200
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert left(client) <= 15 * MINUTE
    kept = client.session.session_key
    client.get("/api/v1/bills")
    assert client.session.session_key == kept


AGENT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
)


def test_one_sees_where_one_is_signed_in(client, sign_in, people):
    sign_in("ravi", address="198.51.100.7", **{"User-Agent": AGENT})
    Client().force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    Client().force_login(people["meena"], backend="accounts.backends.PasswordBackend")
    page = words(client.get("/accounts/sessions/"))
    assert page.count('class="panel"') == 2
    assert page.count("This device") == 1
    assert "Chrome on Android" in page
    assert "Address 198.51.100.7" in page
    assert "Another program on another device" in page
    for key in Session.objects.values_list("pk", flat=True):
        assert key not in page


def test_one_signs_one_device_out(signed_in, people, operator):
    client, other = signed_in("ravi"), Client()
    other.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    handle = Session.objects.get(pk=other.session.session_key).handle
    for _ in range(2):
        assert client.post(f"/accounts/sessions/{handle}/end/")["Location"] == "/accounts/sessions/"
    assert other.get("/scan/").status_code == 302
    assert client.get("/scan/").status_code == 200
    entries = AuditLog.objects.values_list("actor", "action", "target_label", "after")
    assert list(entries) == [("ravi", "signed_out", "ravi", {"sessions": 1})]


def test_nobody_signs_out_another_person(signed_in, people, operator):
    client, other = signed_in("ravi"), Client()
    other.force_login(people["meena"], backend="accounts.backends.PasswordBackend")
    handle = Session.objects.get(pk=other.session.session_key).handle
    client.post(f"/accounts/sessions/{handle}/end/")
    end_session(target=people["ravi"], handle=handle, by=operator("ravi"))
    assert other.get("/scan/").status_code == 200
    assert not AuditLog.objects.exists()


def test_one_signs_out_everywhere(signed_in, people, operator):
    client, other, meena = signed_in("ravi"), Client(), Client()
    other.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    meena.force_login(people["meena"], backend="accounts.backends.PasswordBackend")
    assert client.post("/accounts/sessions/end/")["Location"] == "/accounts/login/"
    assert [one.get("/scan/").status_code for one in (client, other, meena)] == [302, 302, 200]
    end_sessions(target=people["ravi"], by=operator("asha"))
    assert list(AuditLog.objects.values_list("action", "after")) == [("signed_out", {"sessions": 2})]


def test_ended_sessions_are_cleared(signed_in, people):
    client, other = signed_in("ravi"), Client()
    other.force_login(people["meena"], backend="accounts.backends.PasswordBackend")
    let_pass(client, 31 * MINUTE)
    clear_ended_sessions(timestamp=0)
    assert list(Session.objects.values_list("user__username", flat=True)) == ["meena"]
