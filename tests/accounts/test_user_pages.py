"""The pages on which admins look after people: each makes one call and says the result."""

import re

import pytest

from accounts import promotion
from accounts.models import Session, User
from audit.models import AuditLog
from tests.accounts.conftest import words
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def asha(signed_in):
    return signed_in("asha")


def names(page):
    return [row["user"].username for row in page.context["page"]["results"]]


def act(client, user, operation, **form):
    return words(client.post(f"/users/{user.pk}/{operation}/", form, follow=True))


def test_the_list_is_searched_and_filtered(asha, people):
    User.objects.filter(username="meena").update(is_active=False, email="m@example.com")
    assert names(asha.get("/users/")) == ["asha", "kavya", "nobody", "arjun", "meena", "ravi"]
    assert names(asha.get("/users/?q=AV")) == ["kavya", "ravi"]
    assert names(asha.get("/users/?q=m@exam")) == ["meena"]
    assert names(asha.get("/users/?role=dispatcher&area=lucknow&state=active")) == ["ravi"]
    assert names(asha.get("/users/?state=inactive")) == ["meena"]


def test_the_list_goes_on_page_by_page(asha, people):
    User.objects.bulk_create(User(username=f"helper-{n}", role="dispatcher") for n in range(60))
    first = asha.get("/users/?q=helper")
    assert len(names(first)) == 50
    rest = asha.get(f"/users/?q=helper&after={first.context['page']['next']}")
    assert len(names(rest)) == 10
    assert not set(names(first)) & set(names(rest))


def test_the_list_asks_no_more_for_more_rows(asha, people, django_assert_num_queries):
    asha.get("/users/")  # a look at people is told, and the next ones are the same look
    for count in (1, 40):
        User.objects.bulk_create(
            User(username=f"helper-{count}-{n}", role="dispatcher") for n in range(count)
        )
        # Session and user, count, page, areas of the filter, how many notifications and conflicts wait, and
        # whether this is a new look.
        with django_assert_num_queries(7):
            asha.get("/users/")


def test_a_new_user_s_password_is_shown_once_and_opens_the_door(asha, client, people):
    form = {"username": "leela", "role": "biller", "area": "", "email": ""}
    page = asha.post("/users/new/", form)
    password = re.search(r'class="secret code">([a-z0-9-]{19})<', page.content.decode())[1]
    leela = User.objects.get(username="leela")
    assert leela.check_password(password)
    assert leela.must_change_password
    assert password not in asha.get(f"/users/{leela.pk}/").content.decode()
    assert password not in str(list(AuditLog.objects.values()))


def test_a_taken_name_is_said_and_nobody_is_made(asha, people):
    form = {"username": "RAVI", "role": "biller", "area": "", "email": ""}
    assert "This user name is taken." in words(asha.post("/users/new/", form))
    assert User.objects.count() == 6


def test_edit(asha, people):
    form = {"role": "biller", "area": "", "email": "ravi@example.com"}
    page = words(asha.post(f"/users/{people['ravi'].pk}/", form, follow=True))
    assert "Saved." in page
    assert User.objects.filter(username="ravi", role="biller", area=None, email="ravi@example.com").exists()


def test_the_last_admin_is_told_why_not(asha, people):
    form = {"role": "biller", "area": "", "email": ""}
    assert "This is the last admin." in words(asha.post(f"/users/{people['asha'].pk}/", form))
    assert "This is the last admin." in act(asha, people["asha"], "deactivate")
    assert User.objects.get(username="asha").role == "admin"


def test_deactivate_and_activate(asha, people):
    assert "Not active any more" in act(asha, people["ravi"], "deactivate")
    assert not User.objects.get(username="ravi").is_active
    assert "Active again." in act(asha, people["ravi"], "activate")
    assert User.objects.get(username="ravi").is_active


def test_a_new_password_for_somebody(asha, people):
    page = asha.post(f"/users/{people['ravi'].pk}/password/")
    password = re.search(r'class="secret code">([a-z0-9-]{19})<', page.content.decode())[1]
    assert User.objects.get(username="ravi").check_password(password)


def test_one_s_own_password_takes_the_old_one(asha, people):
    assert "Change your own password on your profile." in act(asha, people["asha"], "password")
    assert User.objects.get(username="asha").check_password(PASSWORD)


def test_an_admin_unlocks(asha, people, sign_in, client):
    asha_session = asha.cookies["session"].value
    for _ in range(5):
        sign_in("ravi", "wrong")
    client.cookies["session"] = asha_session
    act(asha, people["ravi"], "unlock")
    assert sign_in("ravi").status_code == 302


def test_an_admin_signs_somebody_out_everywhere(asha, people, client):
    from_before = Session.objects.create(
        session_key="theirs", session_data="", expire_date="2999-01-01T00:00Z", user=people["ravi"]
    )
    assert "Signed out everywhere." in act(asha, people["ravi"], "sign-out")
    assert not Session.objects.filter(pk=from_before.pk).exists()


def test_an_admin_takes_a_code_app_away_but_not_the_own_one(asha, people, app):
    app("ravi")
    assert "The code app and the recovery codes are gone." in act(asha, people["ravi"], "second-factor")
    assert "Only another admin can do this for you." in act(asha, people["asha"], "second-factor")


def test_a_request_is_shown_and_answered(asha, people, operator):
    asked = promotion.ask_promotion(reason="<b>shift lead</b>", by=operator("ravi"))
    page = asha.get(f"/users/{people['ravi'].pk}/").content.decode()
    assert "&lt;b&gt;shift lead&lt;/b&gt;" in page
    said = words(asha.post(f"/users/promotions/{asked.pk}/reject/", {"answer": ""}, follow=True))
    assert "Say why not" in said
    said = words(asha.post(f"/users/promotions/{asked.pk}/reject/", {"answer": "not now"}, follow=True))
    assert "The person was told." in said
    said = words(asha.post(f"/users/promotions/{asked.pk}/approve/", follow=True))
    assert "This request is answered already." in said
    assert User.objects.get(username="ravi").role == "dispatcher"


def test_a_request_that_is_not_there(asha):
    assert asha.post("/users/promotions/1/approve/").status_code == 404
