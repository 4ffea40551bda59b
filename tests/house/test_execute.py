"""`manage.py services exec`: servers up for one command, and everything gone after it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tests.house.conftest import MANAGE, environment, eventually, processes_of
from traitortrack.services.addresses import private_urls
from traitortrack.services.execute import run_on_throw_away, run_with
from traitortrack.services.group import PrivateServers

# Writes down what it was given, from which the test sees that servers ran and where.
SHOW = """
import json, os, pathlib, psycopg, redis, sys
psycopg.connect(os.environ["DATABASE_URL"]).close()
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
names = ["DATABASE_URL", "DATABASE_DIRECT_URL", "REDIS_URL", "TRAITORTRACK_HOME"]
pathlib.Path(sys.argv[1]).write_text(json.dumps({name: os.environ.get(name) for name in names}))
sys.exit(7)
"""


def test_a_throw_away_home_is_gone_afterwards_and_the_exit_code_is_the_commands(home, monkeypatch):
    # A real database in the environment is not touched.
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/real")
    said = home / "said.json"
    assert run_on_throw_away([sys.executable, "-c", SHOW, str(said)], prefer="auto") == 7
    given = json.loads(said.read_text())
    given_urls = {given["DATABASE_URL"], given["DATABASE_DIRECT_URL"], os.environ["DATABASE_URL"]}
    assert len(given_urls) == 3  # the app's role, the owner's, and the real one that stays untouched
    thrown_away = Path(given["TRAITORTRACK_HOME"])
    assert not thrown_away.exists()
    assert processes_of(thrown_away) == []


def test_only_what_it_started_is_stopped(home):
    postgres_only = PrivateServers(home, valkey=False)
    postgres_only.start()
    urls = private_urls(home)
    env = {"DATABASE_URL": urls.database_url, "REDIS_URL": urls.redis_url}
    assert run_with(PrivateServers(home), [sys.executable, "-c", SHOW, str(home / "said.json")], env) == 7
    psycopg.connect(urls.database_url).close()
    with redis.Redis.from_url(urls.redis_url) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_a_killed_command_tells_its_signal(home):
    assert run_with(PrivateServers(home), ["sh", "-c", "kill -9 $$"], {}) == 128 + signal.SIGKILL


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopping_it_ends_the_command_and_leaves_nothing(home, how):
    ready = home / "ready"
    command = ["services", "exec", "--", "sh", "-c", f"touch {ready}; exec sleep 60"]
    process = subprocess.Popen([*MANAGE, *command], env=environment(home), start_new_session=True)
    try:
        assert eventually(ready.exists, 20)
        if how == signal.SIGINT:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        assert process.wait(20) == 128 + how
        assert processes_of(home) == []
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
