"""Every address × method × role. A new address without a row here fails, and so does a method that an address
takes without a row: one line for each, with an address that exists in the `warehouse`."""

import hashlib
import json
import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Notification, PromotionRequest, Role, User
from accounts.notifications import PROMOTION_ASKED, notify
from accounts.second_factor import APP
from accounts.sessions import FACTOR
from bags.importing.models import ImportBatch
from bags.labels.models import LabelRange
from bags.labels.reserving import reserve_sacks
from bags.models import Bag, Device, Recount
from billing.models import Return
from billing.returns import create_return
from billing.services import create_bill
from monitoring.models import WallboardLink
from monitoring.statistics.folding import fold
from monitoring.wallboard.links import make_link

pytestmark = pytest.mark.django_db
ROLES = ["anonymous", "inactive", "nobody", "ravi", "kavya", "asha"]  # Asha has passed her second factor

# Of each thing that has a number, one: beyond what any sequence reaches here.
ID = 10**9

# What each role meets: anonymous, inactive, dispatcher without area, dispatcher, biller, admin.
JSON_ALL = [401, 401, 200, 200, 200, 200]
JSON_BILLERS = [401, 401, 403, 403, 200, 200]
PAGE_ALL = [302, 302, 200, 200, 200, 200]
PAGE_BILLERS = [302, 302, 403, 403, 200, 200]
PAGE_ADMINS = [302, 302, 403, 403, 403, 200]
DONE_ALL = [302] * 6
DONE_BILLERS = [302, 302, 403, 403, 302, 302]
DONE_ADMINS = [302, 302, 403, 403, 403, 302]
DEVICE = "7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de"
TOKEN = "a-wallboards-token"
DOORS = {
    ("GET", "/"): PAGE_ALL,
    ("GET", "/scan/"): PAGE_ALL,
    ("GET", "/scan/shell/"): [200] * 6,
    ("GET", "/scan/sw.js"): [200] * 6,
    ("GET", "/manifest.webmanifest"): [200] * 6,
    ("GET", "/scan/sheet/"): PAGE_ALL,
    ("GET", "/scan/check/"): PAGE_ALL,
    ("GET", "/bags/"): PAGE_ALL,
    ("GET", "/bags/SB00001/"): [302, 302, 404, 200, 200, 200],
    ("GET", "/bills/"): PAGE_BILLERS,
    ("GET", "/bills/B-1/"): PAGE_BILLERS,
    ("GET", "/bills/B-1/pdf"): PAGE_BILLERS,
    ("GET", "/bills/B-1/csv"): PAGE_BILLERS,
    ("GET", "/bills/B-1/xlsx"): PAGE_BILLERS,
    ("GET", "/reports/"): PAGE_ALL,
    ("GET", "/reports/day/"): PAGE_BILLERS,
    ("GET", "/reports/day.pdf"): PAGE_BILLERS,
    ("GET", "/reports/day.csv"): PAGE_BILLERS,
    ("GET", "/reports/day.xlsx"): PAGE_BILLERS,
    ("GET", "/reports/bills/"): PAGE_BILLERS,
    ("GET", "/reports/bills.pdf"): PAGE_BILLERS,
    ("GET", "/reports/bills.csv"): PAGE_BILLERS,
    ("GET", "/reports/bills.xlsx"): PAGE_BILLERS,
    ("GET", "/reports/areas/"): PAGE_BILLERS,
    ("GET", "/reports/areas.pdf"): PAGE_BILLERS,
    ("GET", "/reports/areas.csv"): PAGE_BILLERS,
    ("GET", "/reports/areas.xlsx"): PAGE_BILLERS,
    ("GET", "/reports/own/"): PAGE_ALL,
    ("GET", "/reports/own.pdf"): PAGE_ALL,
    ("GET", "/reports/own.csv"): PAGE_ALL,
    ("GET", "/reports/own.xlsx"): PAGE_ALL,
    ("GET", "/reports/day/mail/"): PAGE_BILLERS,
    ("GET", "/reports/exceptions/mail/"): PAGE_BILLERS,
    ("GET", "/reports/own/?operator=arjun"): PAGE_BILLERS,
    ("POST", "/bills/B-1/"): [302, 302, 403, 403, 409, 409],
    ("GET", "/bills/new/"): PAGE_BILLERS,
    ("POST", "/bills/new/"): [302, 302, 403, 403, 400, 400],
    ("GET", "/bills/B-1/edit/"): PAGE_BILLERS,
    ("POST", "/bills/B-1/edit/"): [302, 302, 403, 403, 400, 400],
    ("GET", "/bills/B-1/history/"): PAGE_BILLERS,
    ("GET", "/scan/bill/B-1/"): PAGE_BILLERS,
    ("GET", "/scan/shell/bill/"): [200] * 6,
    ("GET", "/scan/return/R-1/"): PAGE_BILLERS,
    ("GET", "/scan/shell/return/"): [200] * 6,
    ("GET", "/returns/"): PAGE_BILLERS,
    ("GET", "/returns/new/"): PAGE_BILLERS,
    ("POST", "/returns/new/"): [302, 302, 403, 403, 400, 400],
    ("GET", "/returns/R-1/"): PAGE_BILLERS,
    ("POST", "/returns/R-1/"): [302, 302, 403, 403, 409, 409],
    ("GET", "/exports/"): PAGE_ALL,
    ("GET", "/exports/bags.csv"): PAGE_BILLERS,
    ("POST", "/exports/bags.csv"): DONE_BILLERS,
    ("GET", "/exports/parked.csv"): PAGE_BILLERS,
    ("POST", "/exports/parked.csv"): DONE_BILLERS,
    ("GET", "/exports/scans.xlsx"): PAGE_ALL,
    ("POST", "/exports/scans.xlsx"): DONE_ALL,
    ("GET", f"/exports/{DEVICE}/"): [302, 302, 404, 404, 404, 404],
    ("GET", "/api/v1/exports"): JSON_ALL,
    ("GET", "/search/?q=SB"): PAGE_ALL,
    ("GET", "/api/v1/search?q=SB"): JSON_ALL,
    ("GET", "/conflicts/"): PAGE_BILLERS,
    ("POST", "/conflicts/1/decide/"): DONE_BILLERS,
    ("POST", "/conflicts/1/take-back/"): DONE_BILLERS,
    ("POST", "/bags/SB00001/counted/"): DONE_BILLERS,
    ("GET", "/devices/"): PAGE_ADMINS,
    ("GET", "/scan/queue-file/"): PAGE_ADMINS,
    ("POST", "/scan/queue-file/"): [302, 302, 403, 403, 403, 400],
    ("GET", f"/devices/{DEVICE}/"): PAGE_ADMINS,
    ("GET", "/audit/"): PAGE_ADMINS,
    ("GET", "/audit/export.csv"): PAGE_ADMINS,
    ("GET", "/audit/1/"): [302, 302, 403, 403, 403, 404],
    ("GET", "/audit/bag/1/"): PAGE_ADMINS,
    ("GET", "/imports/"): PAGE_ADMINS,
    ("POST", "/imports/"): [302, 302, 403, 403, 403, 400],
    ("GET", f"/imports/state/?import={ID}"): PAGE_ADMINS,
    ("GET", f"/imports/{ID}/"): PAGE_ADMINS,
    ("GET", f"/imports/{ID}/corrections.csv"): PAGE_ADMINS,
    ("POST", f"/imports/{ID}/confirm/"): DONE_ADMINS,
    ("POST", f"/imports/{ID}/drop/"): DONE_ADMINS,
    ("POST", f"/imports/{ID}/take-back/"): DONE_ADMINS,
    ("GET", "/labels/"): PAGE_ADMINS,
    ("POST", "/labels/sacks/"): [302, 302, 403, 403, 403, 400],
    ("POST", "/labels/packets/"): [302, 302, 403, 403, 403, 400],
    ("GET", f"/labels/{ID}/"): PAGE_ADMINS,
    ("POST", f"/labels/{ID}/"): [302, 302, 403, 403, 403, 400],
    ("POST", f"/labels/{ID}/ruler/"): [302, 302, 403, 403, 403, 400],
    ("GET", "/accounts/login/"): [200, 200, 302, 302, 302, 302],
    ("POST", "/accounts/login/"): [200, 200, 302, 302, 302, 302],
    ("POST", "/accounts/logout/"): [302] * 6,
    ("GET", "/users/"): PAGE_ADMINS,
    ("GET", "/users/new/"): PAGE_ADMINS,
    ("POST", "/users/new/"): PAGE_ADMINS,
    ("GET", f"/users/{ID}/"): PAGE_ADMINS,
    ("POST", f"/users/{ID}/"): PAGE_ADMINS,
    ("POST", f"/users/{ID}/password/"): PAGE_ADMINS,
    ("POST", f"/users/{ID}/second-factor/"): DONE_ADMINS,
    ("POST", f"/users/{ID}/deactivate/"): DONE_ADMINS,
    ("POST", f"/users/{ID}/activate/"): DONE_ADMINS,
    ("POST", f"/users/{ID}/unlock/"): DONE_ADMINS,
    ("POST", f"/users/{ID}/erase/"): DONE_ADMINS,
    ("POST", f"/users/{ID}/sign-out/"): DONE_ADMINS,
    ("POST", f"/users/promotions/{ID}/approve/"): DONE_ADMINS,
    ("POST", f"/users/promotions/{ID}/reject/"): DONE_ADMINS,
    ("POST", "/accounts/language/"): [302] * 6,
    ("GET", "/accounts/profile/"): PAGE_ALL,
    ("GET", "/accounts/profile/scans/"): PAGE_ALL,
    ("POST", "/accounts/profile/language/"): [302, 302, 400, 400, 400, 400],
    ("POST", "/accounts/profile/email/"): [302, 302, 400, 400, 400, 400],
    ("GET", "/accounts/profile/email/x:y:z/"): PAGE_ALL,
    ("POST", "/accounts/profile/email/x:y:z/"): DONE_ALL,
    ("POST", "/accounts/profile/promotion/"): [302, 302, 400, 400, 400, 400],
    ("GET", "/notifications/"): PAGE_ALL,
    ("POST", "/notifications/read/"): DONE_ALL,
    ("POST", f"/notifications/{ID}/"): [302, 302, 404, 404, 404, 302],
    ("GET", "/api/v1/notifications/unread"): JSON_ALL,
    ("GET", "/accounts/verify/"): [302] * 6,
    ("POST", "/accounts/verify/"): [302] * 6,
    ("GET", "/accounts/second-factor/"): PAGE_ALL,
    ("POST", "/accounts/second-factor/"): PAGE_ALL,
    ("GET", "/accounts/password/"): PAGE_ALL,
    ("POST", "/accounts/password/"): PAGE_ALL,
    ("GET", "/accounts/forgot/"): [200] * 6,
    ("POST", "/accounts/forgot/"): [200] * 6,
    ("GET", "/accounts/forgot/MQ/x-y/"): [200] * 6,
    ("POST", "/accounts/forgot/MQ/x-y/"): [200] * 6,
    ("GET", "/accounts/sessions/"): PAGE_ALL,
    ("POST", "/accounts/sessions/end/"): [302] * 6,
    ("POST", "/accounts/sessions/0123/end/"): [302] * 6,
    ("GET", "/admin/login/"): [302, 302, 403, 403, 403, 403],
    ("POST", "/admin/logout/"): [302] * 6,
    ("GET", "/admin/password_change/"): [302] * 6,
    ("GET", "/wallboard/"): [404] * 6,
    ("GET", f"/wallboard/?token={TOKEN}"): [200] * 6,
    ("GET", "/wallboard/numbers/"): [404] * 6,
    ("GET", "/wallboard/links/"): PAGE_ADMINS,
    ("POST", "/wallboard/links/"): PAGE_ADMINS,
    ("POST", f"/wallboard/links/{ID}/revoke/"): DONE_ADMINS,
    ("GET", "/health/live"): [200] * 6,
    ("GET", "/health/ready"): [200] * 6,
    ("GET", "/system/"): PAGE_ADMINS,
    ("GET", "/metrics"): [200] * 6,
    ("GET", "/api/v1/health"): [401, 401, 403, 403, 403, 200],
    ("GET", "/admin/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/api/docs"): JSON_ALL,
    ("GET", "/api/v1/openapi.json"): JSON_ALL,
    ("POST", "/api/v1/scans"): JSON_ALL,
    ("GET", "/api/v1/scans"): JSON_ALL,
    ("POST", "/api/v1/beat"): JSON_ALL,
    ("POST", "/api/unlink_child"): JSON_ALL,
    ("GET", "/api/v1/bags"): JSON_ALL,
    ("GET", "/api/v1/bags/SB00001"): [401, 401, 404, 200, 200, 200],
    ("GET", "/api/v1/bags/SB00001/history"): [401, 401, 404, 200, 200, 200],
    ("GET", "/api/v1/stats"): JSON_ALL,
    ("GET", "/api/v1/reports/day"): JSON_BILLERS,
    ("GET", "/api/v1/reports/bills"): JSON_BILLERS,
    ("GET", "/api/v1/reports/areas"): JSON_BILLERS,
    ("GET", "/api/v1/reports/own"): JSON_ALL,
    ("GET", "/api/v1/reports/own?operator=arjun"): JSON_BILLERS,
    ("GET", "/api/v1/session"): JSON_ALL,
    ("POST", "/api/v1/session/stay"): JSON_ALL,
    ("GET", "/api/v1/bills"): JSON_BILLERS,
    ("GET", "/api/v1/bills/B-1"): JSON_BILLERS,
    ("POST", "/api/v1/bills"): [401, 401, 403, 403, 201, 201],
    ("PATCH", "/api/v1/bills/B-1"): JSON_BILLERS,
    ("POST", "/api/v1/bills/B-1/complete"): JSON_BILLERS,
    ("POST", "/api/v1/bills/B-1/reopen"): [401, 401, 403, 403, 409, 409],
    ("POST", "/api/v1/bills/B-1/cancel"): JSON_BILLERS,
    ("GET", "/api/v1/returns"): JSON_BILLERS,
    ("POST", "/api/v1/returns"): [401, 401, 403, 403, 201, 201],
    ("GET", "/api/v1/returns/R-1"): JSON_BILLERS,
    ("POST", "/api/v1/returns/R-1/commit"): [401, 401, 403, 403, 409, 409],
    ("POST", "/api/v1/returns/R-1/cancel"): JSON_BILLERS,
    ("GET", "/api/v1/epcis/events"): JSON_BILLERS,
    ("GET", "/admin/bags/bag/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/admin/audit/auditlog/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/admin/accounts/user/"): [302, 302, 302, 302, 302, 200],
    ("POST", "/admin/bags/bag/add/"): [302, 302, 302, 302, 302, 403],
    ("POST", "/admin/accounts/user/import/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/help/"): DONE_ALL,
    ("GET", "/help/dispatcher/"): PAGE_ALL,
    ("GET", "/help/biller/"): PAGE_ALL,
    ("GET", "/help/admin/"): PAGE_ALL,
    ("GET", "/reports/exceptions/"): PAGE_BILLERS,
    ("GET", "/reports/exceptions.pdf"): PAGE_BILLERS,
    ("GET", "/reports/exceptions.csv"): PAGE_BILLERS,
    ("GET", "/reports/exceptions.xlsx"): PAGE_BILLERS,
    ("GET", "/api/v1/reports/exceptions"): JSON_BILLERS,
    ("GET", "/parked/"): PAGE_BILLERS,
    ("POST", "/parked/1/decide/"): DONE_BILLERS,
    ("POST", "/parked/1/take-back/"): DONE_BILLERS,
    ("GET", "/scan/recount/"): PAGE_ALL,
    ("GET", "/scan/shell/recount/"): [200] * 6,
    ("GET", "/recounts/"): PAGE_ALL,
    ("GET", f"/recounts/{ID}/"): [302, 302, 404, 200, 200, 200],
    ("POST", f"/recounts/{ID}/drop/"): [302, 302, 404, 302, 302, 302],
    ("POST", f"/recounts/{ID}/decide/"): DONE_BILLERS,
    ("POST", f"/recounts/{ID}/lines/{ID}/take-back/"): DONE_BILLERS,
    ("POST", f"/api/v1/recounts/{ID}/finish"): [401, 401, 404, 200, 200, 200],
}
# Where an admin with the password alone meets something else than somebody who is not signed in: the pages of
# the step that is missing, by whether there is a code app to ask.
MISSING_STEP = {
    "no app yet": {
        ("GET", "/accounts/login/"): 302,
        ("GET", "/accounts/second-factor/"): 200,
        ("POST", "/accounts/second-factor/"): 200,
    },
    "app not asked yet": {
        ("GET", "/accounts/login/"): 302,
        ("GET", "/accounts/verify/"): 200,
        ("POST", "/accounts/verify/"): 200,
    },
}
BODIES = {
    "/api/v1/beat": {
        "device": DEVICE,
        "clock": "2026-11-24T09:15:02.120+05:30",
        "beat": {"unsent": 0, "attention": 0, "version": "1", "storage": "unknown"},
    },
    "/api/v1/bills": {"number": "B-2"},
    "/api/v1/bills/B-1": {"version": 1, "destination": "Kanpur"},
    "/api/v1/bills/B-1/complete": {},
    "/api/v1/bills/B-1/reopen": {"reason": "count again"},
    "/api/v1/bills/B-1/cancel": {},
    "/api/v1/returns": {"area": "lucknow"},
    "/api/v1/returns/R-1/cancel": {},
    "/api/unlink_child": {
        "key": DEVICE,
        "device": DEVICE,
    },
}

FORMS = {
    "/accounts/language/": {"language": "hi", "next": "/accounts/login/"},
    "/conflicts/1/decide/": {"decision": "keep", "seen": "0", "reason": "I looked"},
    "/conflicts/1/take-back/": {"reason": "no"},
    "/bags/SB00001/counted/": {"reason": "1 inside"},
    "/parked/1/decide/": {"decision": "dismiss", "reason": "a poster"},
    "/parked/1/take-back/": {"reason": "no"},
    f"/recounts/{ID}/decide/": {"decision": "dismiss", "line": str(ID), "reason": "I looked"},
    f"/recounts/{ID}/lines/{ID}/take-back/": {"reason": "no"},
}


@pytest.fixture(autouse=True)
def _second_factor(settings):
    settings.SECOND_FACTOR = "required"


@pytest.fixture
def warehouse(fill, scan, operator, people):
    now = timezone.now()
    Device.objects.create(
        id=DEVICE, first_seen_at=now, last_seen_at=now, last_operator_id=operator("ravi").id
    )
    fill("ravi", "SB00001", 1)
    sack = Bag.objects.get(qr_id="SB00001")
    Recount.objects.create(pk=ID, sack=sack, started_at=now, started_by=people["ravi"])
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    create_return(area="lucknow", by=operator("kavya"))
    Return.objects.update(number="R-1")
    leela = User.objects.create_user("leela", pk=ID, role=Role.BILLER)
    PromotionRequest.objects.create(pk=ID, user=leela, reason="shift lead", asked_at=timezone.now())
    notify([people["asha"]], PROMOTION_ASKED, name="leela")
    Notification.objects.update(id=ID)
    link, _ = make_link(name="Gate", area=None, by=operator("asha"))
    token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
    WallboardLink.objects.filter(pk=link.pk).update(id=ID, token_hash=token_hash)
    labels = reserve_sacks(key=uuid.uuid4(), product="mustard", count=10, first=None, by=operator("asha"))
    LabelRange.objects.filter(pk=labels.pk).update(id=ID)
    ImportBatch.objects.create(
        pk=ID, kind="bags", state="checked", file_name="bags.csv", created_at=now, created_by=people["asha"]
    )


@pytest.mark.parametrize("door", DOORS, ids="-".join)
def test_a_door_opens_to_whom_it_should(warehouse, people, body, door):
    assert [_met(people, body, door, role) for role in ROLES] == DOORS[door]


def _met(people, body, door, role):
    """The status that a role meets; whatever it did is taken back, so that the next one finds the same."""
    method, path = door
    client = Client()
    with transaction.atomic():
        if role != "anonymous":
            who = people["asha"] if role in MISSING_STEP else people.get(role, people["kavya"])
            client.force_login(who, backend="accounts.backends.PasswordBackend")
        if role == "asha":
            pass_second_factor(client, people["asha"])
        if role == "app not asked yet":
            TOTPDevice.objects.create(user=people["asha"], confirmed=True)
        if role == "inactive":
            User.objects.filter(pk=people["kavya"].pk).update(is_active=False)
        answer = _call(client, body, method, path)
        if answer.streaming:
            list(answer.streaming_content)  # which also closes the file
        transaction.set_rollback(True)
    if path.startswith("/api/") and answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "fields"}
    if answer.status_code == 302 and role == "anonymous" and not path.startswith("/admin/password"):
        assert "login" in answer["Location"]
    return answer.status_code


def _call(client, body, method, path):
    """As a browser or a program would: a form to a page, JSON to the API."""
    if method == "POST" and not path.startswith("/api/"):
        return client.post(path, FORMS.get(path, {}))
    data = BODIES.get(path, body() if path.endswith("scans") else {})
    return client.generic(method, path, b"" if method == "GET" else json.dumps(data), "application/json")


def pass_second_factor(client, user):
    TOTPDevice.objects.create(user=user, confirmed=True)
    session = client.session
    session[FACTOR] = APP
    session.save()


@pytest.mark.parametrize("door", DOORS, ids="-".join)
def test_an_admin_with_the_password_alone_reaches_nothing(warehouse, people, body, door):
    nobody = _met(people, body, door, "anonymous")
    for state, exceptions in MISSING_STEP.items():
        expected = exceptions.get(door, 403 if nobody == 401 else nobody)
        assert _met(people, body, door, state) == expected, state


def patterns(urls, prefix=""):
    """Every address of the project as Django writes it, but those of the admin's own inside."""
    for url in urls:
        route = prefix + str(url.pattern)
        if isinstance(url, URLResolver) and route != "admin/":
            yield from patterns(url.url_patterns, route)
        elif url.pattern.name != "api-root":  # the library's, for building addresses
            yield route


def route_of(path):
    match = resolve(path.partition("?")[0])
    return "admin/" if match.app_names == ["admin"] else match.route


def test_every_address_has_a_row():
    assert {route_of(path) for _, path in DOORS} == set(patterns(get_resolver().url_patterns))


@pytest.mark.parametrize("path", sorted({path for _, path in DOORS if not path.startswith("/admin/")}))
def test_a_method_without_a_row_is_refused(warehouse, signed_in, people, path):
    asha = signed_in("asha")
    pass_second_factor(asha, people["asha"])
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "SCAN"):
        if (method, path) not in DOORS:
            assert asha.generic(method, path, b"{}", "application/json").status_code == 405, method


def test_a_change_needs_the_csrf_token(people, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    answer = client.post("/api/v1/scans", body(), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf")


def test_the_area_rule_holds_at_every_door(fill, signed_in):
    fill("arjun", "SB00007", 1)
    ravi = signed_in("ravi")
    for path in (
        "/api/v1/bags/SB00007",
        "/api/v1/bags/SB00007/history",
        "/api/v1/bags/SB00007/history?at=2026-11-24",
        "/bags/SB00007/",
        "/api/v1/bags/0000700001",
    ):
        assert ravi.get(path).status_code == 404
    assert ravi.get("/api/v1/bags").json()["results"] == []
    assert ravi.get("/api/v1/bags?area=indore").json()["results"] == []
    assert ravi.get("/api/v1/scans").json()["results"] == []
    fold()
    assert ravi.get("/api/v1/stats").json()["bags_parents"] == 0
