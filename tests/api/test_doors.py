"""Every address × method × role. A new address without a row here fails."""

import json

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from bags.models import Device
from billing.models import Return
from billing.returns import create_return
from billing.services import create_bill
from traitortrack.api import api

pytestmark = pytest.mark.django_db
ROLES = ["anonymous", "inactive", "nobody", "ravi", "kavya", "asha"]

# What each role meets: anonymous, inactive, dispatcher without area, dispatcher, biller, admin.
JSON_ALL = [401, 401, 200, 200, 200, 200]
JSON_BILLERS = [401, 401, 403, 403, 200, 200]
PAGE_ALL = [302, 302, 200, 200, 200, 200]
PAGE_BILLERS = [302, 302, 403, 403, 200, 200]
FORM_BILLERS = [302, 302, 403, 403, 302, 302]
PAGE_ADMINS = [302, 302, 403, 403, 403, 200]
DEVICE = "7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de"
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
    ("GET", "/conflicts/"): PAGE_BILLERS,
    ("POST", "/conflicts/1/decide/"): FORM_BILLERS,
    ("POST", "/conflicts/1/take-back/"): FORM_BILLERS,
    ("POST", "/bags/SB00001/counted/"): FORM_BILLERS,
    ("GET", "/devices/"): PAGE_ADMINS,
    ("GET", "/scan/queue-file/"): PAGE_ADMINS,
    ("POST", "/scan/queue-file/"): [302, 302, 403, 403, 403, 400],
    ("GET", f"/devices/{DEVICE}/"): PAGE_ADMINS,
    ("GET", "/accounts/login/"): [200, 200, 302, 302, 302, 302],
    ("POST", "/accounts/logout/"): [302] * 6,
    ("GET", "/health/live"): [200] * 6,
    ("GET", "/health/ready"): [200] * 6,
    ("GET", "/admin/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/api/docs"): JSON_ALL,
    ("GET", "/api/v1/openapi.json"): JSON_ALL,
    ("POST", "/api/v1/scans"): JSON_ALL,
    ("GET", "/api/v1/scans"): JSON_ALL,
    ("POST", "/api/v1/beat"): JSON_ALL,
    ("POST", "/api/unlink_child"): JSON_ALL,
    ("GET", "/api/v1/bags"): JSON_ALL,
    ("GET", "/api/v1/bags/SB00001"): [401, 401, 404, 200, 200, 200],
    ("GET", "/api/v1/stats"): JSON_ALL,
    ("GET", "/api/v1/reports/day"): JSON_BILLERS,
    ("GET", "/api/v1/reports/bills"): JSON_BILLERS,
    ("GET", "/api/v1/reports/areas"): JSON_BILLERS,
    ("GET", "/api/v1/reports/own"): JSON_ALL,
    ("GET", "/api/v1/reports/own?operator=arjun"): JSON_BILLERS,
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
    "/conflicts/1/decide/": {"decision": "keep", "seen": "0", "reason": "I looked"},
    "/conflicts/1/take-back/": {"reason": "no"},
    "/bags/SB00001/counted/": {"reason": "1 inside"},
}


@pytest.fixture
def warehouse(fill, scan, operator):
    now = timezone.now()
    Device.objects.create(
        id=DEVICE, first_seen_at=now, last_seen_at=now, last_operator_id=operator("ravi").id
    )
    fill("ravi", "SB00001", 1)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    create_return(area="lucknow", by=operator("kavya"))
    Return.objects.update(number="R-1")


@pytest.mark.parametrize(("door", "role"), [(door, role) for door in DOORS for role in ROLES])
def test_a_door_opens_to_whom_it_should(warehouse, client, people, signed_in, body, door, role):
    method, path = door
    if role == "inactive":
        signed_in("kavya")
        people["kavya"].is_active = False
        people["kavya"].save()
    elif role != "anonymous":
        signed_in(role)
    data = BODIES.get(path, body() if path.endswith("scans") else {})
    if method == "POST" and not path.startswith("/api/"):
        answer = client.post(path, FORMS.get(path, {}))
    else:
        sent = b"" if method == "GET" else json.dumps(data)
        answer = client.generic(method, path, sent, "application/json")
    assert answer.status_code == DOORS[door][ROLES.index(role)]
    if path.startswith("/api/") and answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "fields"}
    if answer.status_code == 302 and role == "anonymous" and path != "/accounts/logout/":
        assert "login" in answer["Location"]


def test_every_address_has_a_row():
    """Of the JSON addresses by the schema; of the pages by the map of addresses."""
    examples = {"{qr_id}": "SB00001", "{number}": "B-1", "{name}": "day"}
    for path, methods in api.get_openapi_schema()["paths"].items():
        shown = path.replace("returns/{number}", "returns/R-1")
        for name, example in examples.items():
            shown = shown.replace(name, example).replace(name.replace("{", "{path:"), example)
        for method in methods:
            assert (method.upper(), shown) in DOORS
    pages = {str(pattern.pattern) for pattern in get_resolver().url_patterns}
    assert pages == {
        "",
        "scan/",
        "scan/shell/",
        "scan/sw.js",
        "manifest.webmanifest",
        "scan/sheet/",
        "scan/check/",
        "bags/",
        "bags/<path:qr_id>/",
        "bills/",
        r"^bills/(?P<number>.+)/(?P<kind>pdf|csv|xlsx)$",
        "reports/",
        "reports/day/mail/",
        "^reports/(?P<name>day|bills|areas|own)/$",
        r"^reports/(?P<name>day|bills|areas|own)\.(?P<kind>pdf|csv|xlsx)$",
        "bills/new/",
        "bills/<bill:number>/",
        "bills/<bill:number>/edit/",
        "bills/<bill:number>/history/",
        "scan/bill/<bill:number>/",
        "scan/shell/bill/",
        "scan/return/<str:number>/",
        "scan/shell/return/",
        "returns/",
        "returns/new/",
        "returns/<str:number>/",
        "bags/<path:qr_id>/counted/",
        "conflicts/",
        "conflicts/<int:scan_id>/decide/",
        "conflicts/<int:scan_id>/take-back/",
        "scan/queue-file/",
        "devices/",
        "devices/<uuid:device_id>/",
        "accounts/login/",
        "accounts/logout/",
        "health/live",
        "health/ready",
        "admin/",
        "api/",
    }


def test_a_change_needs_the_csrf_token(people, body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    answer = client.post("/api/v1/scans", body(), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "csrf")


def test_the_area_rule_holds_at_every_door(fill, signed_in):
    fill("arjun", "SB00007", 1)
    ravi = signed_in("ravi")
    for path in ("/api/v1/bags/SB00007", "/bags/SB00007/", "/api/v1/bags/0000700001"):
        assert ravi.get(path).status_code == 404
    assert ravi.get("/api/v1/bags").json()["results"] == []
    assert ravi.get("/api/v1/bags?area=indore").json()["results"] == []
    assert ravi.get("/api/v1/scans").json()["results"] == []
    assert ravi.get("/api/v1/stats").json()["bags_parents"] == 0
