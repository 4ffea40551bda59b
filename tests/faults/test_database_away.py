"""A real gunicorn whose database is away, stopped or comes back."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import closing

import pytest
from django.conf import settings


@pytest.fixture
def server(tmp_path):
    """A gunicorn whose DATABASE_URL leads to a port where nobody listens; yields its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    away = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": settings.REDIS_URL,
        "DEBUG": "1",
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "traitortrack/gunicorn_conf.py",
        "-b",
        f"127.0.0.1:{port}",
    ]
    process = subprocess.Popen(command, env={**os.environ, **away}, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as ask:
                try:
                    ask.request("GET", "/health/live")
                    assert ask.getresponse().status == 200
                    break
                except OSError:
                    time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def ask(port, method, path, body=None):
    began = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        head = {"Content-Type": "application/json", "Cookie": "session=somebodys"}
        connection.request(method, path, body, head)
        answer = connection.getresponse()
        text = answer.read().decode()
    assert time.monotonic() - began < 3
    return answer.status, answer.headers, text


def test_it_says_so_and_when_to_come_again(server):
    for path in ("/api/v1/scans", "/api/unlink_child", "/api/v1/bills"):
        status, headers, text = ask(server, "POST", path, "{}")
        assert (status, headers["Retry-After"]) == (503, "2")
        assert json.loads(text)["error"]["code"] == "unavailable"
    for path in ("/", "/scan/", "/health/ready"):
        status, headers, text = ask(server, "GET", path)
        assert (status, headers["Retry-After"]) == (503, "2")
        assert "Traceback" not in text
    assert ask(server, "GET", "/health/live")[0] == 200
