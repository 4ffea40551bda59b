"""SECOND_FACTOR=required: an admin's password alone opens no address at all."""

import json

import pytest

from tests.accounts.conftest import code_of
from tests.api.test_doors import BODIES, DOORS

pytestmark = pytest.mark.django_db
# The way in, and out.
WAY_IN = {"/accounts/logout/", "/admin/logout/", "/accounts/verify/", "/accounts/second-factor/"}
CLOSED = [door for door, meets in DOORS.items() if meets[0] != 200 and door[1] not in WAY_IN]


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR = "required"


@pytest.mark.parametrize("has_app", [False, True], ids=["no app yet", "app not shown"])
@pytest.mark.parametrize("door", CLOSED, ids=" ".join)
def test_it_opens_nothing(client, sign_in, app, door, has_app):
    if has_app:
        app("asha")
    sign_in("asha")
    method, path = door
    body = b"" if method == "GET" else json.dumps(BODIES.get(path, {})).encode()
    answer = client.generic(method, path, body, "application/json")
    if path.startswith("/api/"):
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_needed")
    else:
        step = "/accounts/verify/" if has_app else "/accounts/second-factor/"
        answer = client.get(path, follow=True) if method == "GET" else answer
        if method == "GET":
            assert answer.redirect_chain[-1][0].startswith(step)
        else:
            assert (answer.status_code, "/accounts/login/" in answer["Location"]) == (302, True)


def test_with_both_everything_opens(client, sign_in, app):
    phone = app("asha")
    sign_in("asha")
    client.post("/accounts/verify/", {"token": code_of(phone)})
    for path in ("/", "/admin/", "/api/v1/bills", "/accounts/sessions/"):
        assert client.get(path).status_code == 200


def test_others_may_and_need_not(client, sign_in):
    assert sign_in("kavya")["Location"] == "/"
    assert client.get("/api/v1/bills").status_code == 200


def test_a_promotion_asks_for_it_at_the_next_request(signed_in, people):
    client = signed_in("kavya")
    people["kavya"].role = "admin"
    people["kavya"].save()
    assert client.get("/api/v1/bills").json()["error"]["code"] == "second_factor_needed"
