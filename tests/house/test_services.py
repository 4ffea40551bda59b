"""The private PostgreSQL and Valkey: start, reuse, stop, and what goes wrong on the way."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.house.conftest import eventually, processes_of
from traitortrack.services.addresses import private_urls
from traitortrack.services.binaries import find_postgres
from traitortrack.services.errors import ServiceError
from traitortrack.services.group import PrivateServers
from traitortrack.services.places import LONGEST_SOCKET_FOLDER, find_places, prepare, remove, servers_account
from traitortrack.services.server import is_disk_full

BOTH = ["PostgreSQL", "Valkey"]


def names(servers):
    return [server.name for server in servers]


def ask(home: Path, question: str) -> object:
    with psycopg.connect(private_urls(home).database_direct_url) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


@pytest.mark.parametrize("programs", ["auto", "wheel"])
def test_start_reuse_stop_and_the_data_stays(home, programs):
    servers = PrivateServers(home, prefer=programs)
    assert names(servers.start()) == BOTH
    assert servers.start() == []
    with psycopg.connect(private_urls(home).database_direct_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    assert names(servers.stop()) == BOTH[::-1]
    assert processes_of(home) == []
    assert servers.stop() == []

    servers.start()
    assert ask(home, "SELECT one FROM kept") == 1


def test_durable_settings_and_no_network_port(home):
    servers = PrivateServers(home)
    servers.start()
    for setting, value in {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "default_transaction_isolation": "read committed",
        "server_encoding": "UTF8",
        "TimeZone": "UTC",
        "max_connections": "100",
        "shared_buffers": "256MB",
    }.items():
        assert ask(home, f"SHOW {setting}") == value, setting
    with redis.Redis.from_url(private_urls(home).redis_url) as client:
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    for process in servers.running().values():
        assert process is not None
        assert process.username() != "root"
        assert process.net_connections("inet") == []


def test_a_killed_server_starts_again_with_its_data(home):
    servers = PrivateServers(home)
    servers.start()
    with psycopg.connect(private_urls(home).database_direct_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    for process in servers.running().values():
        assert process is not None
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not any(servers.running().values()))
    assert (servers.places.data / "postmaster.pid").exists()

    assert names(servers.start()) == BOTH
    assert ask(home, "SELECT one FROM kept") == 1


def test_a_pid_file_whose_number_another_program_has_got(home):
    servers = PrivateServers(home)
    servers.start()
    servers.stop()
    account = servers_account(servers.places.data)
    other = {} if account.is_me else {"user": account.uid, "group": account.gid, "extra_groups": []}
    stranger = subprocess.Popen(["sleep", "60"], **other)
    try:
        pid_file = servers.places.data / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{servers.places.data}\n1\n5432\n{servers.places.sockets}\n\n")
        (servers.places.sockets / "valkey.pid").write_text(f"{stranger.pid}\n")
        assert not any(servers.running().values())
        assert names(servers.start()) == BOTH
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_several_starts_at_once_give_one_of_each(home):
    with ThreadPoolExecutor(4) as pool:
        started = list(pool.map(lambda _: names(PrivateServers(home).start()), range(4)))
    assert sorted(started) == [[], [], [], BOTH]


def test_a_stopped_process_is_not_taken_for_a_dead_one(home):
    servers = PrivateServers(home)
    servers.start()
    process = servers.running()[servers.servers[0]]
    assert process is not None
    process.suspend()
    assert servers.start() == []
    assert names(servers.stop()) == BOTH[::-1]
    assert not psutil.pid_exists(process.pid) or process.status() == psutil.STATUS_ZOMBIE


def test_below_a_folder_that_others_may_not_enter(home):
    home.chmod(0o700)
    inner = home / "inner"
    servers = PrivateServers(inner, prefer="wheel")
    try:
        servers.start()
        assert ask(inner, "SELECT 1") == 1
        # Root hands over to an account that cannot pass; anybody else stays in the own folder.
        assert (servers.places.root != inner) == (os.geteuid() == 0)
        assert find_places(inner) == servers.places
    finally:
        servers.stop()
        remove(servers.places)


def test_addresses_are_known_before_and_touch_nothing(home):
    new = home / "new"
    before = private_urls(new)
    assert not new.exists()
    prepare(find_places(new), servers_account(new))
    assert new.exists()
    assert private_urls(new) == before


def test_a_long_path_gets_short_sockets(home):
    deep = home / ("x" * 100)
    sockets = find_places(deep).sockets
    assert len(str(sockets)) <= LONGEST_SOCKET_FOLDER
    assert sockets != find_places(home / ("x" * 99)).sockets


def test_a_copied_home_does_not_steer_the_servers_of_the_first(home):
    prepare(find_places(home), servers_account(home))
    copy = home / "copy"
    copy.mkdir()
    (copy / "services.json").write_text((home / "services.json").read_text())
    assert private_urls(copy) != private_urls(home)


def test_data_of_another_version_is_left_alone(home):
    servers = PrivateServers(home)
    servers.places.data.mkdir()
    (servers.places.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(ServiceError, match=r"made by PostgreSQL 9.*Your data is untouched.*Install"):
        servers.start()
    assert [entry.name for entry in servers.places.data.iterdir()] == ["PG_VERSION"]


def test_missing_programs_are_named(home, monkeypatch):
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setattr("traitortrack.services.binaries.MACHINE_FOLDERS", ())
    with pytest.raises(ServiceError, match=r"No PostgreSQL server programs were found.*Nothing was changed"):
        find_postgres("machine", servers_account(home), None)


def test_a_home_that_cannot_be_used_is_a_sentence(home):
    (home / "file").write_text("")
    with pytest.raises(ServiceError, match=r"cannot use .*file.*Saved data is untouched.*TRAITORTRACK_HOME"):
        PrivateServers(home / "file" / "var").start()


def test_a_full_disk_is_recognised(home):
    assert is_disk_full('FATAL:  could not write lock file "postmaster.pid": No space left on device', home)
    assert not is_disk_full("FATAL:  data directory has wrong ownership", home)
