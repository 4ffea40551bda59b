"""`manage.py serve`, which `make run` calls: up, alive, and gone after one Ctrl-C."""

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator

import psutil
import pytest

from tests.house.conftest import Serve, eventually, new_home, processes_of
from traitortrack.management.commands.worker import STOP_SECONDS
from traitortrack.services.group import PrivateServers


@pytest.fixture(scope="module")
def serving() -> Iterator[Serve]:
    """One server for the whole file, whose tests keep their order (`--dist loadfile`)."""
    with new_home() as home:
        serve = Serve(home)
        try:
            serve.wait_until_up()
            yield serve
        finally:
            serve.kill()


def answer(serve: Serve, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{serve.port}{path}", timeout=5) as response:
            return int(response.status)
    except OSError:
        return 0


def test_it_says_where_it_is_once_it_answers(serving):
    assert f"http://127.0.0.1:{serving.port}/" in serving.text
    assert answer(serving, "/health/live") == 200


@pytest.mark.parametrize("name", ["PostgreSQL", "Valkey"])
def test_a_killed_server_is_back_within_five_seconds(serving, name):
    server = next(one for one in PrivateServers(serving.home).servers if one.name == name)
    process = server.process()
    assert process is not None
    process.kill()
    assert eventually(lambda: f"{name} had ended and runs again" in serving.text, 5), serving.text
    assert server.answers()
    assert eventually(lambda: answer(serving, "/health/ready") == 200, 5)


def test_a_killed_web_server_is_started_again(serving):
    old = next(child for child in serving.family() if "gunicorn" in " ".join(child.cmdline()))
    old.kill()
    assert eventually(lambda: "web server had ended and was started again" in serving.text, 5)
    assert eventually(lambda: answer(serving, "/health/live") == 200)


def test_a_killed_worker_is_started_again(serving):
    old = next(child for child in serving.family() if child.cmdline()[-1:] == ["worker"])
    old.kill()
    assert eventually(lambda: "worker had ended and was started again" in serving.text, 5)


def test_a_port_in_use_is_a_sentence_and_nothing_starts(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        serve = Serve(home, port)
        assert serve.process.wait(20) == 1
    assert f"127.0.0.1:{port} cannot be used: Address already in use. Nothing was started." in serve.text
    assert f"PORT={port + 1} make run" in serve.text
    assert not (home / "postgres").exists()


def test_one_ctrl_c_leaves_no_process(serving):
    family = serving.family()
    assert len(family) >= 5
    serving.ctrl_c()
    assert serving.process.wait(20) == 0
    assert [child for child in family if child.is_running()] == []
    assert processes_of(serving.home) == []
    assert "Everything has stopped" in serving.text


def test_killed_without_a_word_it_takes_its_children_along(serving):
    if serving.process.poll() is None:
        serving.ctrl_c()
        serving.process.wait(20)
    again = Serve(serving.home)
    again.wait_until_up()
    family = again.family()
    os.kill(again.process.pid, signal.SIGKILL)
    again.process.wait()
    # The worker may end the job it is at.
    assert eventually(lambda: not any(map(psutil.Process.is_running, family)), seconds=STOP_SECONDS + 2)
    assert processes_of(serving.home) == []
