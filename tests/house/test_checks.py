"""`manage.py check --deploy` as production is set up: clean, and each thing that is missing is named."""

import os
import subprocess
import sys
import uuid
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings

from traitortrack import server_checks

PRODUCTION = {
    "DATABASE_DIRECT_URL": settings.DATABASE_DIRECT_URL,
    "REDIS_URL": settings.REDIS_URL,
    "HTTPS": "true",
    "PUBLIC_URL": "https://bags.example.com",
    "ALLOWED_HOSTS": "bags.example.com",
    "EMAIL_URL": "smtp+tls://bags:secret@mail.example.com:587",
    "TRUSTED_PROXIES": "1",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "AUDIT_KEY": "fedcba9876543210" * 4,
    "TIME_ZONE": "Asia/Kolkata",
}
AWAY = "postgresql://nobody@127.0.0.1:1/none"
SQL_ASCII = "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"


def at(role, database):
    """The server of the tests, as this role."""
    parts = urlsplit(settings.DATABASE_DIRECT_URL)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}@{place}", path=f"/{database}"))


@pytest.fixture(scope="module")
def owner():
    with psycopg.connect(settings.DATABASE_DIRECT_URL, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def app(owner):
    """A role that owns nothing, as deploy/postgresql/roles.sql makes one."""
    name = f"check_{uuid.uuid4().hex[:8]}"
    owner.execute(f"CREATE ROLE {name} LOGIN")
    yield name
    owner.execute(f"DROP ROLE {name}")


@pytest.fixture
def database(owner):
    """database(how, setting) -> the name of a new one, dropped afterwards."""
    made = []

    def make(how="", setting=""):
        name = f"check_{uuid.uuid4().hex[:8]}"
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0 {how}")
        made.append(name)
        if setting:
            owner.execute(f"ALTER DATABASE {name} SET {setting}")
        return name

    yield make
    for name in made:
        owner.execute(f"DROP DATABASE {name}")


@pytest.fixture
def check(app):
    """check(**changed) -> exit code and what was told, as production is set up."""
    url = at(app, urlsplit(settings.DATABASE_URL).path[1:])
    return lambda **more: _check(**{"DATABASE_URL": url} | more)


def _check(**more):
    environment = {**os.environ, **PRODUCTION, **more}
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # the browser tests' own, where they ran before
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_production_is_clean(check):
    code, told = check()
    assert (code, "no issues" in told) == (0, True), told


MISSING = {
    "E001": {"REDIS_URL": ""},
    "E002": {"PUBLIC_URL": "http://bags.example.com"},
    "E003": {"EMAIL_URL": ""},
    "E004": {"HTTPS": "false"},
    "E005": {"SECOND_FACTOR": "offered"},
    "E006": {"DATABASE_URL": settings.DATABASE_DIRECT_URL},
    "E007": {"SECRET_KEY": ""},
    "E010": {"AUDIT_KEY": ""},
    "E008": {"ALLOWED_HOSTS": "*"},
    "E009": {"TRUSTED_PROXIES": "0"},
    "W011": {"TIME_ZONE": ""},
    "E020": {"REDIS_URL": "redis://127.0.0.1:1/0"},
    "E021": {"DATABASE_URL": AWAY},
    "E024": {"DATABASE_URL": settings.DATABASE_DIRECT_URL},
    "W028": {"DATABASE_REPLICA_URLS": settings.DATABASE_DIRECT_URL},
}


@pytest.mark.parametrize(("number", "change"), MISSING.items(), ids=MISSING)
def test_what_is_missing_is_named(check, number, change):
    code, told = check(**change)
    assert code == 1
    assert f"(traitortrack.{number})" in told


DATABASES = {
    "E023": {"how": SQL_ASCII},
    "E025": {"setting": "synchronous_commit = 'off'"},
    "W027": {"setting": "default_transaction_isolation = 'serializable'"},
}


@pytest.mark.parametrize(("number", "made"), DATABASES.items(), ids=DATABASES)
def test_what_the_database_must_be_like(check, app, database, number, made):
    code, told = check(DATABASE_URL=at(app, database(**made)))
    assert code == 1
    assert f"(traitortrack.{number})" in told


def test_what_no_server_here_is_like():
    """Facts of a server as we have none: too old, or careless of a power failure."""
    facts = {"version": 140_011, "encoding": "UTF8", "is_mighty": False, "role": "app"}
    facts |= {"synchronous_commit": "on", "is_durable": False, "isolation": "read committed"}
    told = [*server_checks._promises(facts), *server_checks._make(facts)]
    assert [message.id for message in told] == ["traitortrack.E026", "traitortrack.E022"]
    assert all(message.hint for message in told)


@pytest.mark.parametrize(
    "change",
    [
        {"SECOND_FACTOR": "sometimes"},
        {"TRUSTED_PROXIES": "-1"},
        {"SECRET_KEY": "short"},
        {"DATABASE_POOLER": "session"},
        {"BACKUP_KEEP": "0"},
    ],
)
def test_a_value_that_is_not_understood_stops_the_start(check, change):
    code, told = check(**change)
    assert code == 1
    assert "ImproperlyConfigured" in told
