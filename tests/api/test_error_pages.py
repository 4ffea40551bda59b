"""Pages for what goes wrong: simple words, the request's number, and nothing needed but themselves."""

import re

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from traitortrack.errors import CSRF, WORDS, refuse

STATUSES = [*WORDS, 418]


@pytest.fixture
def bare_request():
    """As it is before any middleware has seen it: no session, no user."""
    request = RequestFactory().get("/bags/")
    request.request_id = "0123456789abcdef"
    return request


@pytest.mark.parametrize("status", STATUSES)
def test_a_page_of_its_own(bare_request, status):
    answer = refuse(bare_request, status)
    text = answer.content.decode()
    assert answer.status_code == status
    assert "0123456789abcdef" in text
    assert len(re.findall(r"<h1>\w", text)) == 1
    assert "<script" not in text
    assert " style" not in text.replace(' rel="stylesheet"', "")


def test_they_ask_the_database_nothing(db, bare_request):
    with CaptureQueriesContext(connection) as queries:
        for status in STATUSES:
            refuse(bare_request, status)
        refuse(bare_request, 403, CSRF)
    assert len(queries) == 0


@pytest.mark.parametrize("status", STATUSES)
def test_the_same_as_json(status):
    answer = refuse(RequestFactory().get("/api/v1/bags"), status)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"


def test_every_error_says_what_is_safe():
    for words in [*WORDS.values(), CSRF]:
        assert re.search(r"Nothing was (changed|lost)|everything before it is", words.what), words.title
        assert words.next


def test_the_number_is_the_one_in_the_header(client, db):
    answer = client.get("/nowhere/", headers={"X-Request-ID": "shift-2-door-7"})
    assert answer["X-Request-ID"] == "shift-2-door-7"
    assert b"shift-2-door-7" in answer.content


@pytest.mark.parametrize("asked", ["x" * 7, "x" * 65, "a b c d e f", "<script>", "a\r\nSet-Cookie: a=b"])
def test_a_number_that_is_none_is_replaced(client, db, asked):
    answer = client.get("/nowhere/", headers={"X-Request-ID": asked})
    assert re.fullmatch("[0-9a-f]{32}", answer["X-Request-ID"])


def test_a_refused_method_says_which_are_taken(signed_in):
    answer = signed_in("ravi").post("/bags/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert b"That cannot be done here" in answer.content
