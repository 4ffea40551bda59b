"""Lists from a streaming replica: never what decides, never without one's own writes, and without it all the
same."""

import http.client
import time
from urllib.parse import quote

import psycopg
import pytest
from django.db import DEFAULT_DB_ALIAS

from audit import replicas
from bags.products import forget_products, known_products
from tests.deploy.cluster import conninfo, new_cluster
from tests.deploy.conftest import app_url, owner_url
from tests.gunicorn import running
from tests.house.conftest import eventually
from tests.test_tapes import PASSWORD, Patient

pytestmark = pytest.mark.django_db(transaction=True)
LAG_ALLOWED = 600
QUICKLY = 4  # s; 2 of them for a new connection to one that is frozen, the rest for a busy machine


@pytest.fixture(scope="module")
def replica(django_db_setup):
    """A cluster that follows the tests' own."""
    url = owner_url()
    with new_cluster(url) as cluster:
        cluster.copy_of(conninfo(url), "--write-recovery-conf", "--wal-method=stream").start(hot_standby="on")
        yield cluster


@pytest.fixture(scope="module")
def server(replica):
    """The port of a gunicorn that reads from the replica."""
    told = {"DATABASE_URL": app_url(), "DATABASE_REPLICA_URLS": replica.url(app_url()), "DEBUG": "1"}
    told |= {"SCAN_RATE_LIMIT": "off", "REPLICA_MAX_LAG_SECONDS": str(LAG_ALLOWED)}
    with running(**told) as (port, _process):
        yield port


@pytest.fixture
def on_replica(replica):
    """on_replica(statement) -> its rows."""

    def ask(statement):
        with psycopg.connect(replica.url(owner_url()), autocommit=True) as there:
            return there.execute(statement).fetchall()

    return ask


@pytest.fixture
def person(server, people, settings):
    """person("ravi") -> a client that is signed in."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

    clients = []

    def sign_in(name):
        people[name].set_password(PASSWORD)
        people[name].save()
        clients.append(Patient(server, name))
        return clients[-1]

    yield sign_in
    for client in clients:
        client.browser.close()


@pytest.fixture
def hold_back(on_replica):
    """hold_back() -> from now on the replica learns nothing new, until the test's end."""
    yield lambda: on_replica("SELECT pg_wal_replay_pause()")
    on_replica("SELECT pg_wal_replay_resume()")


def codes(client):
    """The list of bags, as one call that may not fail; and how long it took."""
    began = time.monotonic()
    reply = client.browser.call("GET", "/api/v1/bags")
    assert reply.status == 200, reply.body
    return {row["qr_id"] for row in reply.json()["results"]}, time.monotonic() - began


def listed(client):
    return codes(client)[0]


def scan(client, key, raw):
    return client.scan(
        {"key": key, "mode": "pack", "raw": raw, "parent": None, "bill": None, "offline": False}
    )


KEYS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(9)]


def test_lists_come_from_there_and_what_decides_does_not(person, fill, on_replica, hold_back):
    client = person("kavya")
    hold_back()
    client.browser.cookies.pop("written")
    fill("ravi", "SB00001", 2)
    # Each web process begins to look at the replica when it is first asked for a list.
    assert eventually(lambda: listed(client) == set())
    assert client.browser.call("GET", "/api/v1/bags/SB00001").status == 200
    assert eventually(lambda: b"SB00001" not in client.browser.call("GET", "/bags/").body)
    assert eventually(lambda: b"SB00001" not in client.browser.call("GET", "/exports/bags.csv").body)


def test_own_writes_are_never_missed(person, on_replica, hold_back):
    client = person("ravi")
    hold_back()
    assert scan(client, KEYS[0], "SB00002")["code"] == "parent_opened"
    assert listed(client) == {"SB00002"}
    # The twin: without the word of how far one has written.
    written = client.browser.cookies.pop("written")
    assert eventually(lambda: listed(client) == set())
    for forged in ("x", "f" * 17, quote("ü"), ""):
        client.browser.cookies["written"] = forged
        assert listed(client) == {"SB00002"}
    client.browser.cookies["written"] = written
    on_replica("SELECT pg_wal_replay_resume()")
    assert eventually(lambda: on_replica("SELECT count(*) FROM bags_bag") == [(1,)])
    assert listed(client) == {"SB00002"}


@pytest.mark.parametrize("fault", ["killed", "frozen"])
def test_when_it_is_away_the_primary_answers_quickly(person, fill, replica, on_replica, fault):
    client = person("kavya")
    fill("ravi", "SB00003", 1)
    client.browser.cookies.pop("written")
    for _ in range(10):  # both web processes look at the replica now
        assert eventually(lambda: len(listed(client)) == 2)
    {"killed": replica.stop, "frozen": replica.freeze}[fault]()
    try:
        for _ in range(10):
            seen, seconds = codes(client)
            assert len(seen) == 2
            assert seconds < QUICKLY
    finally:
        {"killed": lambda: replica.start(hot_standby="on"), "frozen": replica.thaw}[fault]()
    # And it is read from again.
    assert eventually(lambda: on_replica("SELECT count(*) FROM bags_bag") == [(2,)])
    on_replica("SELECT pg_wal_replay_pause()")
    fill("ravi", "SB00004", 1)
    try:
        assert eventually(lambda: len(listed(client)) == 2)
    finally:
        on_replica("SELECT pg_wal_replay_resume()")


def test_one_that_lags_too_far_is_left_alone(replica, people, fill, settings, database_url, hold_back):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
    people["kavya"].set_password(PASSWORD)
    people["kavya"].save()
    told = {"DATABASE_URL": database_url, "DATABASE_REPLICA_URLS": replica.url(database_url), "DEBUG": "1"}
    with running(**told, REPLICA_MAX_LAG_SECONDS="1") as (port, _process):
        client = Patient(port, "kavya")
        client.browser.cookies.pop("written")
        hold_back()
        fill("ravi", "SB00005", 1)
        assert eventually(lambda: listed(client) == set())
        assert eventually(lambda: all(len(listed(client)) == 2 for _ in range(10)))
        client.browser.close()


def test_what_decides_scans_is_read_from_the_primary(people, settings):
    settings.DATABASE_ROUTERS = ["audit.replicas.Router"]
    token = replicas._chosen.set("a replica that is not there")
    try:
        forget_products()
        assert set(known_products()) == {"mustard", "moong"}
    finally:
        replicas._chosen.reset(token)


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/bags/", True),
        ("/api/v1/bags", True),
        ("/api/v1/bills", True),
        ("/api/v1/search", True),
        ("/reports/day.csv", True),
        ("/exports/bags.csv", True),
        ("/", False),
        ("/bags/SB00001/", False),
        ("/api/v1/bills/B-1", False),
        ("/bills/new/", False),
        ("/api/v1/exports", False),
        ("/exports/0b0e0000-0000-4000-8000-000000000000/", False),
    ],
)
def test_only_lists_may_come_from_there(settings, path, may):
    assert bool(settings.REPLICA_PATHS.fullmatch(path)) == may


def test_without_replicas_nothing_is_told(signed_in, plain_statics):
    client = signed_in("ravi")
    client.post("/accounts/logout/")
    assert "written" not in client.cookies
    assert client.get("/accounts/login/").status_code == http.client.OK
    assert replicas._chosen.get() == DEFAULT_DB_ALIAS
