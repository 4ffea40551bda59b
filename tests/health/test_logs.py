"""What gunicorn and the worker really write: one line of JSON each, with the request's id, and nobody's name,
address or secret in it, whatever is sent."""

import http.client
import json
import logging
import re
import socket
import time
from contextlib import closing, contextmanager

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.test import Client

from accounts.jobs import send_reset_link
from accounts.models import User
from monitoring.models import ErrorCount
from tests.gunicorn import running
from tests.owner import owner
from traitortrack.logs import formatter

pytestmark = pytest.mark.django_db(transaction=True)
# What a line may hold beside JSON's own: printable ASCII, whatever was sent.
PLAIN = re.compile(r"[\x20-\x7e]*")
ID = "0123456789abcdef"


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log.txt"


@pytest.fixture
def server(log, test_url, people, request):
    """The port of a gunicorn as in production, with its own access log turned on as well; its lines are JSON,
    if the test does not name another style."""
    environment = {
        "DATABASE_URL": test_url,
        "REDIS_URL": settings.REDIS_URL,
        "LOG_REQUESTS": "all",
        "LOG_FORMAT": getattr(request, "param", "json"),
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEBUG": "1",
    }
    with running(log=log, arguments=("--access-logfile", "-"), **environment) as (port, _process):
        yield port


def ask(port, method="GET", path="/health/live", body=None, **headers):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request(
            method, path, body, {name.replace("_", "-"): text for name, text in headers.items()}
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status


def lines(log):
    """Every line, as data; each one is plain and by itself JSON."""
    time.sleep(0.3)
    found = []
    for line in log.read_bytes().decode().splitlines():
        assert PLAIN.fullmatch(line), line
        assert len(line) < 12_000
        found.append(json.loads(line))
    return found


def test_a_request_leaves_its_line_with_its_id(server, log):
    assert ask(server, path="/health/ready?name=ravi", X_Request_ID=ID, User_Agent="Ravi's phone") == 200
    (told,) = [line for line in lines(log) if line.get("request_id") == ID]
    assert (told["event"], told["method"], told["route"], told["status"]) == (
        "request",
        "GET",
        "health/ready",
        200,
    )
    assert (told["level"], told["logger"]) == ("info", "traitortrack.requests")
    assert told["ms"] >= 0
    access = [line["event"] for line in lines(log) if line["logger"] == "gunicorn.access"]
    assert any(ID in event for event in access)
    text = log.read_text()
    for secret in ("ravi", "Ravi", "phone", "127.0.0.1"):
        assert secret not in text, secret


def test_one_line_whatever_the_input(server, log):
    nasty = 'a%0d%0a{"level":"forged"}%1b[31m%00%7f%E2%80%A8'
    ask(server, path=f"/bags/{nasty}/")
    ask(server, path=f"/api/v1/bags?q={nasty}")
    ask(server, path="/health/live", X_Request_ID="short", User_Agent="\x1b[31m red \x9b")
    ask(server, method="SCAN", path="/health/live")
    ask(server, path="/health/live", Host="evil\x1b[31m.example\x7f" + "x" * 300)
    ask(
        server,
        method="POST",
        path="/api/v1/scans",
        body=b"\x00\xff\n{" * 1000,
        Content_Type="application/json",
    )
    raw(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n")
    raw(server, b"GET /\x1b[31m\x00 HTTP/9\r\n\r\n")
    raw(server, b"\x16\x03\x01 not http at all \n\n\r\n\r\n")
    raw(server, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: a\nlevel: forged\r\n\r\n")
    told = lines(log)
    assert len(told) >= 8
    assert not [line for line in told if line.get("level") == "forged"]
    assert any("[…]" in line["event"] for line in told if line["logger"] == "gunicorn.error")
    assert "127.0.0.1" not in log.read_text()


def raw(port, sent):
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(sent)
        connection.settimeout(10)
        try:
            while connection.recv(65536):
                pass
        except OSError:
            return


@contextmanager
def without_table(name):
    with owner() as by_owner:
        by_owner.execute(f"ALTER TABLE {name} RENAME TO elsewhere")
        yield
        by_owner.execute(f"ALTER TABLE elsewhere RENAME TO {name}")


def test_a_failure_tells_where_and_not_whom(server, log, signed_in):
    cookie = signed_in("asha").cookies["session"].value
    with without_table("accounts_promotionrequest"):
        path = "/users/?q=ravi@example.com"
        assert ask(server, path=path, X_Request_ID=ID, Cookie=f"session={cookie}") == 500
    ask(server, path="/accounts/forgot/MQ/abc-secrettoken/")
    told = [line for line in lines(log) if line.get("request_id") == ID]
    failure = next(line for line in told if "exception" in line)
    assert (failure["level"], failure["route"], failure["event"]) == ("error", "users/", "request: 500")
    first = failure["exception"][0]
    assert (first["type"], first["message"]) == ("django.db.utils.ProgrammingError", "42P01")
    assert any("accounts/" in place for place in first["through"])
    text = log.read_text()
    for secret in ("ravi", "example.com", cookie, "secrettoken", "asha"):
        assert secret not in text, secret
    assert list(ErrorCount.objects.values_list("kind", "times")) == [("ProgrammingError", 1)]


@pytest.mark.parametrize("server", ["json", "text"], indirect=True)
def test_a_form_that_is_refused_keeps_its_password(server, log):
    """More fields than Django takes: what it had read of them stands in its own local variables."""
    form = "username=ravi&password=marker-Wort-7&" + "&".join(f"f{n}=1" for n in range(1100))
    cookie = "csrf=" + "a" * 32
    kind = "application/x-www-form-urlencoded"
    assert ask(server, "POST", "/accounts/login/", form, Content_Type=kind, Cookie=cookie) == 400
    time.sleep(0.3)
    text = log.read_text()
    assert "TooManyFieldsSent" in text
    assert "middleware/csrf.py:" in text
    for secret in ("marker", "Wort", "ravi", "f7=1"):
        assert secret not in text, secret


def test_a_database_error_does_not_quote(people):
    """The values of a broken constraint stand in PostgreSQL's own text."""
    with pytest.raises(IntegrityError, match=r"(?i)ravi") as caught:
        User.objects.bulk_create([User(username="RAVI", role="biller")])
    assert "ravi" not in written(logging.ERROR, "failed", error=caught.value, style="text").lower()
    told = json.loads(written(logging.ERROR, "failed", error=caught.value))
    assert told["exception"][0]["message"] == "23505 user_name_unique"
    assert "ravi" not in json.dumps(told).lower()


SECRETS = {
    "mail to ravi.k+1@mail.example.co.in failed": "mail to […] failed",
    "postgresql://tt:pass@db/tt and redis://:pass@cache": "postgresql://[…]@db/tt and redis://[…]@cache",
    "csrftoken=abc; sessionid=def": "csrftoken=[…]; sessionid=[…]",
    "Authorization: Bearer abc.def": "Authorization: […]",
    '{"password": "hunter2", "name": 1}': '{"password": "[…]", "name": 1}',
    "Invalid request from ip=10.1.2.3: bad": "Invalid request from ip=[…]: bad",
    "a\nb\rc\x1b[31m\x7f\x9b\u2028": "a\\x0ab\\x0dc\\x1b[31m\\x7f\\x9b\\x2028",
}


@pytest.mark.parametrize(("text", "expected"), SECRETS.items())
def test_what_looks_like_a_secret_is_struck_out(text, expected):
    assert json.loads(written(logging.INFO, text))["event"] == expected


def test_a_long_text_is_cut():
    assert json.loads(written(logging.INFO, "x" * 100_000))["event"] == "x" * 1000 + "…"


def test_readable_in_development():
    told = written(logging.WARNING, "one\nline \x1b[31m", style="text")
    assert told.count("\n") == 0
    assert "one\\x0aline \\x1b[31m" in told
    assert "warning" in told


def written(level, text, *, error=None, style="json"):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("tests", level, __file__, 1, text, (), info)
    return formatter(style).format(record)


def test_a_jobs_lines_carry_the_request_that_asked_for_it(log, start_worker, people, plain_statics):
    User.objects.filter(username="ravi").update(email="ravi@example.com")
    with log.open("wb") as output:
        answer = Client().post("/accounts/forgot/", {"name": "ravi"}, headers={"X-Request-ID": ID})
        assert answer.status_code == 200
        worker = start_worker(log=output, LOG_FORMAT="json", EMAIL_URL="smtp://127.0.0.1:1")
        end = time.monotonic() + 60
        while time.monotonic() < end and ID not in log.read_text():
            time.sleep(0.2)
        worker.terminate()
        worker.wait(30)
    (told, *_again) = [line for line in lines(log) if line.get("request_id") == ID]
    assert told["task"] == send_reset_link.name
    assert told["job_id"] > 0
    assert told["event"] == "job failed"
    assert told["exception"][0]["type"] == "builtins.ConnectionRefusedError"
    for secret in ("ravi", "Ravi"):
        assert secret not in log.read_text()
