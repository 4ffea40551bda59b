import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Session, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def test_a_new_session_at_sign_in_and_none_after_sign_out(client, sign_in, people):
    client.get("/accounts/login/")
    client.session.save()
    assert sign_in("Ravi").status_code == 302
    assert Session.objects.get().user == people["ravi"]
    assert client.get("/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302
    assert not Session.objects.filter(user__isnull=False).exists()


def test_unknown_wrong_inactive_and_locked_get_the_same_words(sign_in, people):
    people["meena"].is_active = False
    people["meena"].save()
    words = set()
    for name, password in (("nosuch", PASSWORD), ("ravi", "wrong"), ("meena", PASSWORD)):
        page = sign_in(name, password)
        words.add((page.status_code, str(page.context["form"].non_field_errors())))
    for _ in range(6):
        page = sign_in("arjun", "wrong")
        words.add((page.status_code, str(page.context["form"].non_field_errors())))
    page = sign_in("arjun")  # right, but locked
    words.add((page.status_code, str(page.context["form"].non_field_errors())))
    assert len(words) == 1


def test_a_lock_holds_for_one_name_at_one_address_only(sign_in, people):
    for _ in range(5):
        sign_in("ravi", "wrong")
    assert sign_in("ravi").status_code == 200
    assert sign_in("meena").status_code == 302
    assert sign_in("ravi", address="10.0.0.2").status_code == 302


CHANGES = {
    "deactivated": {"is_active": False},
    "another password": {"password": "x"},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_it_bites_at_the_next_request(signed_in, people, change):
    client = signed_in("ravi")
    assert client.get("/api/v1/stats").status_code == 200
    User.objects.filter(pk=people["ravi"].pk).update(**change)
    assert client.get("/api/v1/stats").status_code == 401


def test_a_demotion_bites_at_the_next_request(signed_in, people):
    client = signed_in("kavya")
    assert client.get("/api/v1/bills").status_code == 200
    User.objects.filter(pk=people["kavya"].pk).update(role="dispatcher")
    assert client.get("/api/v1/bills").status_code == 403


def test_session_and_user_come_in_one_statement(signed_in):
    client = signed_in("ravi")
    with CaptureQueriesContext(connection) as queries:
        client.get("/api/docs")
    assert len(queries) == 1


def test_create_user(people, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Sacks-of-mustard-24\n"))
    call_command("create_user", "leela", role="dispatcher", area="indore", password_stdin=True)
    leela = User.objects.get(username="leela")
    assert (leela.role, leela.area_id, leela.check_password("Sacks-of-mustard-24")) == (
        "dispatcher",
        "indore",
        True,
    )


@pytest.mark.parametrize(
    ("name", "area", "password"),
    [
        ("RAVI", "indore", "Sacks-of-mustard-24"),
        ("leela", "mars", "Sacks-of-mustard-24"),
        ("leela", None, "short"),
    ],
)
def test_create_user_refuses(people, monkeypatch, name, area, password):
    monkeypatch.setattr("sys.stdin", io.StringIO(password + "\n"))
    with pytest.raises(CommandError, match="Nobody was created"):
        call_command("create_user", name, role="dispatcher", area=area, password_stdin=True)
    assert User.objects.count() == 6


def test_a_sign_in_that_leads_to_itself_leads_to_the_start_page(client, sign_in, people):
    form = {"username": "ravi", "password": PASSWORD}
    answer = client.post("/accounts/login/?next=/accounts/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    answer = client.get("/accounts/login/?next=/accounts/login/")
    assert (answer.status_code, answer["Location"]) == (302, "/")
