"""What people are told, and the bell."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.jobs import forget_what_is_old
from accounts.models import Notification
from accounts.notifications import BILL_REOPENED, NAME_LOCKED, PROMOTION_ASKED, WORDS, notify

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(people):
    """Two for Ravi, one for Kavya."""
    for name in ("bina", "leela"):
        notify([people["ravi"]], PROMOTION_ASKED, link="/bags/", name=name)
    notify([people["kavya"].pk], NAME_LOCKED, name="ravi")
    return Notification.objects.order_by("pk")


def test_notify_tells_each_once(people):
    notify([people["ravi"], people["kavya"].pk, people["ravi"].pk], PROMOTION_ASKED, name="leela")
    assert Notification.objects.count() == 2


@pytest.mark.parametrize(("kind", "facts"), [("no_such_kind", {}), (BILL_REOPENED, {"number": "B-1"})])
def test_an_unknown_kind_or_a_missing_fact_is_a_mistake(people, kind, facts):
    with pytest.raises(KeyError):
        notify([people["ravi"]], kind, **facts)
    assert not Notification.objects.exists()


@pytest.mark.parametrize("link", ["https://evil.example/", "//evil.example/", "bags/", "javascript:alert(1)"])
def test_it_leads_to_our_own_pages_only(people, link):
    with pytest.raises(IntegrityError), transaction.atomic():
        notify([people["ravi"]], PROMOTION_ASKED, link=link, name="leela")


def test_every_kind_fits_its_column():
    assert all(len(kind) <= 24 for kind in WORDS)


def test_admins_hear_of_a_locked_name_once_in_an_hour(sign_in, people):
    for _ in range(8):
        sign_in("RAVI", "wrong")
        sign_in("nosuch", "wrong")
    told = Notification.objects.get()
    assert (told.user, told.kind, told.facts) == (people["asha"], "name_locked", {"name": "ravi"})
    assert told.link == f"/users/{people['ravi'].pk}/"
    Notification.objects.update(created_at=timezone.now() - timedelta(minutes=61))
    sign_in("ravi", "wrong")
    assert Notification.objects.count() == 2


def test_the_list_is_one_s_own_newest_first(told, signed_in):
    page = signed_in("ravi").get("/notifications/")
    texts = [one["text"] for one in page.context["page"]["results"]]
    assert texts == ["leela asks to become admin.", "bina asks to become admin."]
    assert not told.filter(read_at__isnull=False).exists()  # looking reads nothing


def test_words_of_strangers_are_shown_as_text(people, signed_in):
    notify([people["ravi"]], BILL_REOPENED, number="<b>", by="<script>alert(1)</script>", reason="{by}")
    text = signed_in("ravi").get("/notifications/").content.decode()
    assert "Bill &lt;b&gt; was opened again by &lt;script&gt;" in text
    assert ": {by}" in text


def test_reading_one_leads_to_it(told, signed_in):
    ravi, one = signed_in("ravi"), told[0]
    answer = ravi.post(f"/notifications/{one.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, "/bags/")
    one.refresh_from_db()
    first = one.read_at
    ravi.post(f"/notifications/{one.pk}/")
    one.refresh_from_db()
    assert one.read_at == first
    assert ravi.get("/api/v1/notifications/unread").json() == {"count": 1}


def test_one_that_is_about_no_page_leads_back_to_the_list(told, signed_in):
    answer = signed_in("kavya").post(f"/notifications/{told[2].pk}/")
    assert answer["Location"] == "/notifications/"


def test_another_s_is_not_there(told, signed_in):
    assert signed_in("kavya").post(f"/notifications/{told[0].pk}/").status_code == 404
    assert not told.filter(read_at__isnull=False).exists()


def test_read_all_reads_one_s_own(told, signed_in):
    signed_in("ravi").post("/notifications/read/")
    assert [one.read_at is None for one in told] == [False, False, True]


def test_the_bell_counts_to_99(people, signed_in):
    for _ in range(105):
        notify([people["ravi"]], PROMOTION_ASKED, name="leela")
    ravi = signed_in("ravi")
    assert ravi.get("/api/v1/notifications/unread").json() == {"count": 100}
    assert b">99+</span>" in ravi.get("/bags/").content


def test_the_bell_costs_one_statement_where_it_is_shown_and_none_on_the_scan_path(signed_in, told):
    ravi = signed_in("ravi")
    with CaptureQueriesContext(connection) as queries:
        ravi.get("/api/v1/notifications/unread")
    assert len(queries) == 2  # session with user, and the count
    with CaptureQueriesContext(connection) as queries:
        ravi.get("/scan/")
        ravi.post("/api/v1/scans", b"[]", content_type="application/json")
    assert not [query for query in queries if "notification" in (query["sql"] or "")]


def test_old_ones_are_forgotten_read_or_not(told):
    now = timezone.now()
    ages = [timedelta(days=89), timedelta(days=91), timedelta(days=91)]
    for one, age in zip(told, ages, strict=True):
        Notification.objects.filter(pk=one.pk).update(created_at=now - age)
    Notification.objects.filter(pk=told[1].pk).update(read_at=now)
    forget_what_is_old(timestamp=0)
    assert list(told.values_list("facts", flat=True)) == [{"name": "bina"}]
