"""The wallboard: a token opens it, an admin makes and takes back; numbers only."""

import re

import pytest
from django.test import Client

from audit.models import AuditLog
from monitoring.models import WallboardLink
from monitoring.statistics.folding import fold
from monitoring.wallboard.links import LinkRefused, link_of, make_link, revoke_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
NUMBERS = "/wallboard/numbers/"


def ask(token, **headers):
    return Client().get(NUMBERS, headers={"Authorization": f"Bearer {token}", **headers})


@pytest.fixture
def made(operator):
    """(link, token) of a screen that shows everything."""
    return make_link(name=" Gate 2 ", area=None, by=operator("asha"))


def test_it_shows_big_figures_and_nobodys_name(fill, made):
    fill("ravi", "SB00001", 2)
    fold()
    page = Client().get("/wallboard/", {"token": made[1]})
    assert page.status_code == 200
    text = page.content.decode()
    assert '<dd data-number="scans_today">3</dd>' in text
    assert "ravi" not in text
    assert "session" not in page.cookies
    told = ask(made[1]).json()
    assert (told["scans_today"], told["open_parents"], told["bills_by_state"]["draft"]) == (3, 1, 0)
    assert {"operators", "waiting_devices", "open_conflicts"}.isdisjoint(told)


def test_one_area_shows_that_area_alone(fill, operator):
    fill("ravi", "SB00001", 2)
    fill("arjun", "SB00007", 1)
    fold()
    _, token = make_link(name="Indore hall", area="indore", by=operator("asha"))
    told = ask(token).json()
    assert (told["scans_today"], told["bills_by_state"]) == (2, None)
    assert [area["area"] for area in told["areas"]] == ["indore"]


def test_not_modified_until_something_changes(fill, made):
    fold()
    tag = ask(made[1])["ETag"]
    assert ask(made[1], **{"If-None-Match": tag}).status_code == 304
    fill("ravi", "SB00001", 1)
    fold()
    assert ask(made[1], **{"If-None-Match": tag}).status_code == 200


def test_taken_back_it_opens_nothing(made, operator, signed_in):
    link, token = made
    asha = signed_in("asha")
    assert asha.post(f"/wallboard/links/{link.pk}/revoke/").status_code == 302
    assert Client().get("/wallboard/", {"token": token}).status_code == 404
    refused = ask(token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert asha.post(f"/wallboard/links/{link.pk}/revoke/").status_code == 302  # again: harmless
    assert AuditLog.objects.filter(action="wallboard_link_revoked").count() == 1
    link.refresh_from_db()
    assert link.revoked_by.username == "asha"
    assert asha.post("/wallboard/links/999999999/revoke/").status_code == 404


@pytest.mark.parametrize("token", ["", "x", "\0", "é" * 300, "x" * 5000])
def test_what_is_no_token_opens_nothing(made, token):
    assert Client().get("/wallboard/", {"token": token}).status_code == 404
    assert Client().get(NUMBERS, {"token": made[1]}).status_code == 404  # in the address it counts nothing


def test_only_the_hash_is_kept_and_the_making_is_on_record(made):
    link, token = made
    assert len(token) >= 43
    assert token not in str(WallboardLink.objects.values().get())
    assert link_of(token) == link
    entry = AuditLog.objects.get(action="wallboard_link_made")
    assert (entry.actor, entry.target_label, entry.after) == ("asha", "Gate 2", {"area": None})
    assert token not in str(AuditLog.objects.values())


def test_the_address_is_told_once(signed_in, settings):
    settings.PUBLIC_URL = "https://bags.example.com"
    asha = signed_in("asha")
    page = asha.post("/wallboard/links/", {"name": "Gate 2", "area": "lucknow"}).content.decode()
    token = re.search(r"https://bags\.example\.com/wallboard/\?token=([\w-]+)<", page)[1]
    assert link_of(token).area_id == "lucknow"
    assert token not in asha.get("/wallboard/links/").content.decode()


@pytest.mark.parametrize("form", [{}, {"name": "  "}, {"name": "x" * 81}, {"name": "Gate", "area": "mars"}])
def test_what_is_no_link_is_refused(signed_in, form):
    assert signed_in("asha").post("/wallboard/links/", form).status_code == 200
    assert not WallboardLink.objects.exists()


@pytest.mark.parametrize("name", ["ravi", "kavya"])
def test_only_admins_make_and_take_back(made, operator, name):
    with pytest.raises(LinkRefused, match="Only admins"):
        make_link(name="Mine", area=None, by=operator(name))
    with pytest.raises(LinkRefused, match="Only admins"):
        revoke_link(link_id=made[0].pk, by=operator(name))
    assert WallboardLink.objects.filter(revoked_at=None).count() == 1
