"""A real Valkey that is killed, stopped, emptied or full: nobody is signed out, nobody waits, locks hold."""

import tempfile
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.limits import hold_back
from accounts.models import Session
from tests.conftest import PASSWORD
from tests.valkey import Valkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def valkey(settings):
    with tempfile.TemporaryDirectory(prefix="tt-") as folder:
        server = Valkey(Path(folder))
        server.start()
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.url}}
        yield server
        server.kill()


@pytest.fixture(autouse=True)
def _plain_statics(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


FAULTS = {
    "killed": Valkey.kill,
    "stopped": Valkey.stop,
    "restarted empty": Valkey.empty,
    "full": Valkey.fill,
}


def sign_in(name, password=PASSWORD):
    client = Client()
    client.post("/accounts/login/", {"username": name, "password": password})
    return client


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_people_come_in_stay_in_and_stay_out(valkey, people, fault):
    ravi, meena = sign_in("ravi"), sign_in("meena")
    fault(valkey)
    assert ravi.get("/scan/").status_code == 200
    meena.post("/accounts/logout/")
    assert meena.get("/scan/").status_code == 302
    assert sign_in("kavya").get("/api/v1/bills").status_code == 200
    for _ in range(5):
        sign_in("arjun", "wrong")
    assert sign_in("arjun").get("/scan/").status_code == 302  # the database counts on
    valkey.go_on()
    cookie = meena.cookies["session"].value
    assert not cookie
    assert ravi.get("/scan/").status_code == 200
    assert set(Session.objects.values_list("user__username", flat=True)) == {"ravi", "kavya"}


@pytest.mark.parametrize("fault", [Valkey.kill, Valkey.stop, Valkey.fill], ids=["killed", "stopped", "full"])
def test_a_known_browser_has_no_tries_that_nobody_counts(valkey, people, fault):
    known = sign_in("ravi")
    known.post("/accounts/logout/")
    fault(valkey)
    form = {"username": "ravi", "password": "wrong"}
    for _ in range(5):
        assert known.post("/accounts/login/", form).status_code == 200
    assert known.post("/accounts/login/", {**form, "password": PASSWORD}).status_code == 200
    assert not Session.objects.exists()


@pytest.mark.parametrize("fault", [Valkey.kill, Valkey.stop], ids=["killed", "stopped"])
def test_one_call_waits_and_the_next_ones_do_not(valkey, people, fault):
    cache.set("known", 1)
    fault(valkey)
    assert waited_for(20) < 1.5


def test_without_the_breaker_every_call_waits(valkey, settings):
    """The twin: the plain client."""
    options = {**settings.CACHES["default"]["OPTIONS"], "REDIS_CLIENT_CLASS": "redis.Redis"}
    settings.CACHES = {"default": {**settings.CACHES["default"], "OPTIONS": options}}
    cache.set("known", 1)
    valkey.stop()
    assert waited_for(10) > 1.9


def waited_for(calls: int) -> float:
    began = time.monotonic()
    for _ in range(calls):
        assert cache.get("known") is None
    return time.monotonic() - began


def test_it_counts_again_once_redis_answers(valkey, rf, people, monkeypatch):
    monkeypatch.setattr("traitortrack.breaker.PAUSE_SECONDS", 0.3)
    valkey.stop()
    for _ in range(5):
        hold_back(rf.get("/"), group="test", who="ravi", rate="1/h")  # nobody is held up meanwhile
    valkey.go_on()
    until = time.monotonic() + 20
    while cache.get("known") is None:
        assert time.monotonic() < until
        cache.set("known", 1)
        time.sleep(0.05)
