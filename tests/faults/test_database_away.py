"""A real gunicorn whose database is away."""

import http.client
import json
import time
from contextlib import closing

import pytest
from django.conf import settings

from tests.gunicorn import running


@pytest.fixture
def server():
    """The port of a gunicorn whose DATABASE_URL leads to where nobody listens."""
    away = "postgresql://nobody@127.0.0.1:1/nothing"
    with running(DATABASE_URL=away, REDIS_URL=settings.REDIS_URL, DEBUG="1") as (port, _process):
        yield port


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
