"""Everybody is spoken to in their language: of the profile, else of the sign-in page, else of the browser."""

import pytest
from django.core import mail
from django.utils.translation import deactivate, override

from accounts.jobs import send_reset_link
from accounts.models import User

pytestmark = pytest.mark.django_db
HINDI = {"language": "hi", "next": "/accounts/login/"}


@pytest.fixture(autouse=True)
def _as_before():
    """A request speaks its language until the next one chooses; what runs after these tests makes none."""
    yield
    deactivate()


def spoken(answer):
    return answer.content.decode().partition('<html lang="')[2][:2]


def test_chosen_on_the_sign_in_page(client):
    assert spoken(client.get("/accounts/login/")) == "en"
    answer = client.post("/accounts/language/", HINDI)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    page = client.get("/accounts/login/")
    assert spoken(page) == "hi"
    assert "साइन इन" in page.content.decode()


def test_the_browser_s_own(client):
    assert (
        spoken(client.get("/accounts/login/", headers={"Accept-Language": "hi-IN,hi;q=0.9,en;q=0.8"})) == "hi"
    )
    assert spoken(client.get("/accounts/login/", headers={"Accept-Language": "fr"})) == "en"


def test_the_profile_s_goes_before_all(signed_in):
    ravi = signed_in("ravi")
    assert ravi.post("/accounts/profile/language/", {"language": "hi"}).status_code == 302
    assert spoken(ravi.get("/", headers={"Accept-Language": "en"})) == "hi"
    assert ravi.post("/accounts/profile/language/", {"language": "en"}).status_code == 302
    assert spoken(ravi.get("/", headers={"Accept-Language": "hi"})) == "en"


@pytest.mark.parametrize("step", ["password", "second-factor"])
def test_the_profile_s_on_the_pages_of_signing_in_too(signed_in, step):
    User.objects.filter(username="ravi").update(language="hi")
    assert spoken(signed_in("ravi").get(f"/accounts/{step}/", headers={"Accept-Language": "en"})) == "hi"


def test_nobody_else_is_spoken_to_in_it(signed_in):
    User.objects.filter(username="ravi").update(language="hi")
    assert spoken(signed_in("ravi").get("/")) == "hi"
    assert spoken(signed_in("kavya").get("/")) == "en"


@pytest.mark.parametrize("language", ["xx", "", "../hi"])
def test_no_language_of_ours_changes_nothing(client, language):
    client.post("/accounts/language/", {"language": language})
    assert spoken(client.get("/accounts/login/")) == "en"


def test_looking_changes_nothing(client):
    assert client.get("/accounts/language/", HINDI).status_code == 405
    assert spoken(client.get("/accounts/login/")) == "en"


def test_never_leads_to_another_host(client):
    answer = client.post("/accounts/language/", HINDI | {"next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_programs_too(signed_in):
    answer = signed_in("ravi").get("/api/v1/bags/SB09999", headers={"Accept-Language": "hi"})
    assert answer.json()["error"]["code"] == "not_found"
    with override("en"):
        english = signed_in("ravi").get("/api/v1/bags/SB09999").json()["error"]["message"]
    assert answer.json()["error"]["message"] != english


def test_a_mail_is_in_the_language_of_its_reader(people):
    User.objects.filter(username="ravi").update(language="hi", email="ravi@example.com")
    User.objects.filter(username="kavya").update(email="kavya@example.com")
    send_reset_link("ravi")
    send_reset_link("kavya")
    hindi, english = mail.outbox
    assert any("\u0900" <= letter <= "\u097f" for letter in hindi.subject + hindi.body)
    assert english.subject == "A new password for TraitorTrack"
