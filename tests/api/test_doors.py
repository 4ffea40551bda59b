"""Every address × method × role. A new address without a row here fails, and so does a method that an address
takes without a row: one line for each, with an address that exists in the `warehouse`."""

import json

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve

from billing.services import create_bill

pytestmark = pytest.mark.django_db
ROLES = ["anonymous", "inactive", "nobody", "ravi", "kavya", "asha"]

# What each role meets: anonymous, inactive, dispatcher without area, dispatcher, biller, admin.
JSON_ALL = [401, 401, 200, 200, 200, 200]
JSON_BILLERS = [401, 401, 403, 403, 200, 200]
PAGE_ALL = [302, 302, 200, 200, 200, 200]
PAGE_BILLERS = [302, 302, 403, 403, 200, 200]
DOORS = {
    ("GET", "/"): PAGE_ALL,
    ("GET", "/scan/"): PAGE_ALL,
    ("GET", "/bags/"): PAGE_ALL,
    ("GET", "/bags/SB00001/"): [302, 302, 404, 200, 200, 200],
    ("GET", "/bills/"): PAGE_BILLERS,
    ("GET", "/bills/B-1/"): PAGE_BILLERS,
    ("GET", "/accounts/login/"): [200, 200, 302, 302, 302, 302],
    ("POST", "/accounts/login/"): [200, 200, 302, 302, 302, 302],
    ("POST", "/accounts/logout/"): [302] * 6,
    ("GET", "/health/live"): [200] * 6,
    ("GET", "/health/ready"): [200] * 6,
    ("GET", "/admin/"): [302, 302, 302, 302, 302, 200],
    ("GET", "/api/docs"): JSON_ALL,
    ("GET", "/api/v1/openapi.json"): JSON_ALL,
    ("POST", "/api/v1/scans"): JSON_ALL,
    ("GET", "/api/v1/scans"): JSON_ALL,
    ("POST", "/api/unlink_child"): JSON_ALL,
    ("GET", "/api/v1/bags"): JSON_ALL,
    ("GET", "/api/v1/bags/SB00001"): [401, 401, 404, 200, 200, 200],
    ("GET", "/api/v1/stats"): JSON_ALL,
    ("GET", "/api/v1/bills"): JSON_BILLERS,
    ("GET", "/api/v1/bills/B-1"): JSON_BILLERS,
    ("POST", "/api/v1/bills"): [401, 401, 403, 403, 201, 201],
    ("PATCH", "/api/v1/bills/B-1"): JSON_BILLERS,
    ("POST", "/api/v1/bills/B-1/complete"): JSON_BILLERS,
    ("POST", "/api/v1/bills/B-1/reopen"): [401, 401, 403, 403, 409, 409],
    ("POST", "/api/v1/bills/B-1/cancel"): JSON_BILLERS,
}
BODIES = {
    "/api/v1/bills": {"number": "B-2"},
    "/api/v1/bills/B-1": {"version": 1, "destination": "Kanpur"},
    "/api/v1/bills/B-1/complete": {},
    "/api/v1/bills/B-1/reopen": {"reason": "count again"},
    "/api/v1/bills/B-1/cancel": {},
    "/api/unlink_child": {
        "key": "7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de",
        "device": "7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de",
    },
}


@pytest.fixture
def warehouse(fill, scan, operator):
    fill("ravi", "SB00001", 1)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")


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
    answer = client.generic(method, path, b"" if method == "GET" else json.dumps(data), "application/json")
    assert answer.status_code == DOORS[door][ROLES.index(role)]
    if path.startswith("/api/") and answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "fields"}
    if answer.status_code == 302 and role == "anonymous" and path != "/accounts/logout/":
        assert "login" in answer["Location"]


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
    return "admin/" if match.route.startswith("admin/") else match.route


def test_every_address_has_a_row():
    assert {route_of(path) for _, path in DOORS} == set(patterns(get_resolver().url_patterns))


@pytest.mark.parametrize("path", sorted({path for _, path in DOORS if not path.startswith("/admin/")}))
def test_a_method_without_a_row_is_refused(warehouse, signed_in, path):
    asha = signed_in("asha")
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
    for path in ("/api/v1/bags/SB00007", "/bags/SB00007/", "/api/v1/bags/0000700001"):
        assert ravi.get(path).status_code == 404
    assert ravi.get("/api/v1/bags").json()["results"] == []
    assert ravi.get("/api/v1/bags?area=indore").json()["results"] == []
    assert ravi.get("/api/v1/scans").json()["results"] == []
    assert ravi.get("/api/v1/stats").json()["bags_parents"] == 0
