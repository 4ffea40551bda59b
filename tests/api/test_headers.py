"""The headers of quality.md, on every address and every kind of error."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.cache import caches
from django.db import OperationalError
from django.test import Client

from bags import reading
from tests.api.test_doors import DOORS
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

NAMES = """
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE,
      s.SESSION_COOKIE_HTTPONLY, s.SECURE_SSL_REDIRECT)
"""
POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


# Below /scan/, and yet no scanning screens.
NO_CAMERA = ("check/", "sheet/", "queue-file/", "sw.js")


def is_guarded(answer):
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    policy = {part.strip() for part in answer["Content-Security-Policy"].split(";")}
    assert policy == POLICY
    path, _, page = answer.request["PATH_INFO"].partition("/scan/")
    may_scan = answer.status_code == 200 and not path and not page.startswith(NO_CAMERA)
    assert ("camera=(self)" if may_scan else "camera=()") in answer["Permissions-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert len(answer["X-Request-ID"]) >= 8
    assert "Server" not in answer
    assert "X-Powered-By" not in answer
    answer.close()


@pytest.mark.parametrize("door", DOORS, ids="-".join)
@pytest.mark.parametrize("role", ["anonymous", "asha"])
def test_every_address(client, signed_in, door, role):
    """As it answers: found, led to the sign-in, refused, missing."""
    method, path = door
    if role == "asha":
        signed_in(role)
    is_guarded(client.generic(method, path, "{}", "application/json", headers={"X-Request-ID": "a" * 8}))
    is_guarded(client.generic("SCAN", path))


ERRORS = [
    ("GET", "/nowhere/", {}, 404),
    ("GET", "/api/v1/nowhere", {}, 404),
    ("GET", "/bills/", {}, 403),
    ("GET", "/api/v1/bills", {}, 403),
    ("POST", "/bags/", {}, 405),
    ("DELETE", "/api/v1/stats", {}, 405),
    ("TRACE", "/", {}, 405),
    ("GET", "/", {"Host": "evil.example"}, 400),
    ("GET", "/api/v1/stats", {"Host": "evil.example"}, 400),
    ("GET", "/static/../../etc/passwd", {}, 404),
    ("GET", "/admin/nowhere/", {}, 302),
]


@pytest.mark.parametrize(("method", "path", "headers", "status"), ERRORS)
def test_errors(signed_in, method, path, headers, status):
    answer = signed_in("ravi").generic(method, path, headers=headers)
    assert answer.status_code == status
    is_guarded(answer)


def test_something_too_large(client):
    answer = client.post("/accounts/login/", {"username": "ravi", "password": "x" * 2_000_000})
    assert answer.status_code == 413
    is_guarded(answer)


def test_a_form_without_its_token(people):
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "ravi"})
    assert answer.status_code == 403
    is_guarded(answer)


@pytest.mark.parametrize("path", ["/bags/", "/api/v1/bags"])
@pytest.mark.parametrize(("error", "status"), [(RuntimeError, 500), (OperationalError, 503)])
def test_something_broken(signed_in, monkeypatch, path, error, status):
    def break_down(*_args, **_named):
        raise error("secret inside")

    monkeypatch.setattr(reading, "list_bags", break_down)
    client = signed_in("ravi")
    client.raise_request_exception = False
    answer = client.get(path)
    assert answer.status_code == status
    assert b"secret" not in answer.content
    assert b"Traceback" not in answer.content
    is_guarded(answer)


def test_too_many_at_once(signed_in, body, settings):
    settings.SCAN_RATE_LIMIT = "1/h"
    caches["default"].clear()
    ravi = signed_in("ravi")
    answers = [ravi.post("/api/v1/scans", body(), "application/json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    is_guarded(answers[1])


@pytest.fixture
def https(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True


def test_https_is_remembered(https):
    for path in ("/accounts/login/", "/nowhere/", "/api/v1/stats"):
        answer = Client().get(path, secure=True)
        assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        is_guarded(answer)


def test_http_is_led_to_https_and_a_forged_host_nowhere(https):
    answer = Client().get("/bags/?q=1")
    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/bags/?q=1")
    is_guarded(answer)
    answer = Client().get("/bags/", headers={"Host": "evil.example"})
    assert (answer.status_code, answer.get("Location")) == (400, None)
    is_guarded(answer)


def test_programs_are_told_and_not_led(https):
    answer = Client().get("/api/v1/stats")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "https_only")
    assert Client().get("/api/v1/stats", secure=True).status_code == 401
    assert Client().get("/health/live").status_code == 200


@pytest.fixture
def style(settings, tmp_path):
    """The address of a static file."""
    (tmp_path / "static").mkdir()
    settings.STATIC_ROOT = tmp_path / "static"
    (tmp_path / "static" / "x.css").write_text("a {}")
    return "/static/x.css"


def is_guarded_file(answer):
    assert {name: answer.get(name) for name in HEADERS} == HEADERS
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert len(answer["X-Request-ID"]) >= 8


def test_static_files_are_guarded_and_kept(style):
    answer = Client().get(style)
    answer.close()
    assert answer.status_code == 200
    is_guarded_file(answer)
    assert "no-store" not in answer["Cache-Control"]
    # Sixty of them are read over a slow line before the first scan.
    assert sum(len(f"{name}: {value}\r\n") for name, value in answer.items()) < 500


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("POST", {}, 405),
        ("TRACE", {}, 405),
        ("OPTIONS", {}, 405),
        ("SCAN", {}, 405),
        ("GET", {"Range": "bytes=900-"}, 416),
        ("GET", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
    ],
)
def test_what_is_not_a_static_file_itself(style, method, headers, status):
    answer = Client().generic(method, style, headers=headers)
    answer.close()
    assert answer.status_code == status
    is_guarded_file(answer)


def test_static_files_only_over_https(style, https):
    answer = Client().get(style)
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{style}")
    is_guarded(answer)
    answer = Client().get(style, headers={"Host": "evil.example"})
    assert (answer.status_code, answer.get("Location")) == (400, None)
    answer = Client().get(style, secure=True)
    answer.close()
    assert answer.status_code == 200


def test_cookies_over_https(people, settings):
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    settings.BROWSER_COOKIE_NAME = "__Host-browser"
    client = Client()
    client.get("/accounts/login/", secure=True)
    form = {"username": "ravi", "password": PASSWORD}
    assert client.post("/accounts/login/", form, secure=True).status_code == 302
    assert set(client.cookies) == {"__Host-session", "__Host-csrf", "__Host-browser"}
    for cookie in client.cookies.values():
        told = cookie["secure"], cookie["samesite"], cookie["path"], cookie["domain"]
        assert told == (True, "Lax", "/", "")
    assert client.cookies["__Host-session"]["httponly"]
    assert client.cookies["__Host-browser"]["httponly"]


def test_the_settings_choose_those_names_with_https():
    told = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", NAMES],
        cwd=django_settings.BASE_DIR,
        env={**os.environ, "HTTPS": "1"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told.split() == ["__Host-session", "True", "__Host-csrf", "True", "True", "True"]
