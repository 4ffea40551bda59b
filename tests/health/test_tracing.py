"""The request's id in its statements: before those that are not prepared, never in the scan path's."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.jobs import send_reset_link
from audit.models import AuditLog

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_statics")]
ID = "0123456789abcdef"
COMMENT = f"/* request_id={ID} */ "
HEAD = {"X-Request-ID": ID}


def test_a_pages_statements_carry_it(signed_in):
    client = signed_in("asha")
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/bags/", headers=HEAD).status_code == 200
    texts = [query["sql"] for query in queries if "bags_bag" in (query["sql"] or "")]
    assert texts
    assert all(text.startswith(COMMENT) for text in texts)


def test_a_scans_statements_keep_their_text(signed_in):
    """So each stays one prepared statement, however many scans come; their effects carry the id."""
    client = signed_in("ravi")
    known = []
    for number in range(6):
        head = {"X-Request-ID": f"{ID}{number}"}
        answer = client.post("/api/v1/scans", one_scan(), content_type="application/json", headers=head)
        assert answer.json()["results"][0]["code"] == "parent_opened"
        known.append(prepared())
    assert len(known[-1]) >= 4
    assert known[-1] == known[-3]
    assert not [text for text in known[-1] if "request_id=" in text]
    assert list(AuditLog.objects.values_list("request_id", flat=True)) == [f"{ID}0"]


def prepared():
    """The statements that this session has prepared."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements ORDER BY 1")
        return [text for (text,) in cursor.fetchall()]


def test_an_invented_id_is_not_taken(signed_in):
    client = signed_in("asha")
    for invented in ("*/ DROP TABLE bags_bag; --", "short", "x" * 65, "a b c d e f g"):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/bags/", headers={"X-Request-ID": invented})
        assert len(answer["X-Request-ID"]) == 32
        assert not [query for query in queries if invented in (query["sql"] or "")]


def test_a_job_keeps_its_arguments_and_gets_a_lock_of_its_own(client, people):
    for _ in range(2):
        client.post("/accounts/forgot/", {"name": "ravi"}, headers=HEAD)
    send_reset_link.defer(name="meena")
    jobs = list(ProcrastinateJob.objects.order_by("pk").values_list("args", "lock"))
    assert [args for args, _lock in jobs] == [{"name": "ravi"}, {"name": "ravi"}, {"name": "meena"}]
    first, second, third = (lock for _args, lock in jobs)
    assert first.startswith(f"request {ID} ")
    assert second.startswith(f"request {ID} ")
    assert (first != second, third) == (True, None)


def one_scan():
    return {
        "device": str(uuid.uuid4()),
        "clock": "2026-11-24T09:15:02.120+05:30",
        "scans": [
            {
                "key": str(uuid.uuid4()),
                "seq": 1,
                "mode": "pack",
                "raw": "SB00001",
                "parent": None,
                "bill": None,
                "captured_at": "2026-11-24T09:15:02.101+05:30",
                "source": "wedge",
                "offline": False,
            }
        ],
    }
