"""`manage.py check --deploy` as production is set up: clean, and each thing that is missing is named."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "DATABASE_URL": settings.DATABASE_URL,
    "DATABASE_DIRECT_URL": settings.DATABASE_DIRECT_URL,
    "REDIS_URL": settings.REDIS_URL,
    "HTTPS": "true",
    "PUBLIC_URL": "https://bags.example.com",
    "ALLOWED_HOSTS": "bags.example.com",
    "EMAIL_URL": "smtp+tls://bags:secret@mail.example.com:587",
    "TRUSTED_PROXIES": "1",
    "SECRET_KEY": "0123456789abcdef" * 4,
}


def check(**more):
    environment = {**os.environ, **PRODUCTION, **more}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own, where they ran before
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_production_is_clean():
    code, told = check()
    assert (code, "no issues" in told) == (0, True), told


MISSING = {
    "E001": {"REDIS_URL": ""},
    "E002": {"PUBLIC_URL": "http://bags.example.com"},
    "E003": {"EMAIL_URL": ""},
    "E004": {"HTTPS": "false"},
    "E005": {"SECOND_FACTOR": "offered"},
    "E006": {"DATABASE_DIRECT_URL": settings.DATABASE_URL},
}


@pytest.mark.parametrize(("number", "change"), MISSING.items(), ids=MISSING)
def test_what_is_missing_is_named(number, change):
    code, told = check(**change)
    assert code == 1
    assert f"(traitortrack.{number})" in told


@pytest.mark.parametrize(
    "change", [{"SECOND_FACTOR": "sometimes"}, {"TRUSTED_PROXIES": "-1"}, {"SECRET_KEY": "short"}]
)
def test_a_value_that_is_not_understood_stops_the_start(change):
    code, told = check(**change)
    assert code == 1
    assert "ImproperlyConfigured" in told
