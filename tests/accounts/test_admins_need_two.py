"""SECOND_FACTOR=required: an admin's password alone opens no address at all."""

import pytest

from tests.accounts.conftest import code_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _required(settings):
    settings.SECOND_FACTOR = "required"


@pytest.mark.parametrize(
    ("has_app", "step"), [(False, "/accounts/second-factor/"), (True, "/accounts/verify/")]
)
@pytest.mark.parametrize("path", ["/", "/admin/", "/users/", "/accounts/password/"])
def test_it_leads_to_the_step_that_is_missing(client, sign_in, app, path, has_app, step):
    """That it opens nothing, tests.api.test_doors asks of every address."""
    if has_app:
        app("asha")
    sign_in("asha")
    assert client.get(path, follow=True).redirect_chain[-1][0].startswith(step)


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
