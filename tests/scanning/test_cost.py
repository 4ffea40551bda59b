"""How many statements a scan costs, session and user included: few, and no more for a hundred scans."""

import json
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts.models import Session
from bags.models import Scan

pytestmark = pytest.mark.django_db(transaction=True)  # BEGIN and COMMIT count too


@pytest.fixture
def post(signed_in, settings, tmp_path):
    settings.SCAN_RATE_LIMIT, settings.STATIC_ROOT = "off", tmp_path
    client, device = signed_in("kavya"), str(uuid.uuid4())

    def send(*scans):
        """The codes of the answers, and the statements that they took."""
        body = {
            "device": device,
            "clock": "2026-11-24T09:15:02.120+05:30",
            "scans": [
                {
                    "key": str(uuid.uuid4()),
                    "seq": 1,
                    "mode": "pack",
                    "parent": None,
                    "bill": None,
                    "captured_at": "2026-11-24T09:15:02.101+05:30",
                    "source": "wedge",
                    "offline": False,
                    **scan,
                }
                for scan in scans
            ],
        }
        with CaptureQueriesContext(connection) as queries:
            answer = client.post("/api/v1/scans", json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content
        return [result["code"] for result in answer.json()["results"]], len(queries)

    send({"raw": "SB00001"}, {"raw": "SB00002"})  # the products are known from here on
    return send


def test_one_scan_takes_eight_statements_at_most(post):
    codes, one = post({"raw": "7000001", "parent": "SB00001"})
    assert codes == ["linked"]
    assert one <= 8


def test_a_hundred_scans_take_as_many_as_one(post):
    _, one = post({"raw": "7000001", "parent": "SB00001"})
    sacks = [{"raw": f"SB001{number:02}"} for number in range(10)]
    packets = [{"raw": f"72000{number:02}", "parent": f"SB001{number % 10:02}"} for number in range(90)]
    codes, hundred = post(*sacks, *packets)
    assert codes == ["parent_opened"] * 10 + ["linked"] * 90
    assert abs(hundred - one) <= 2
    assert Scan.objects.count() == 103


def test_refused_scans_and_moves_cost_no_more(post):
    _, one = post({"raw": "7000001", "parent": "SB00001"})
    codes, refused = post({"raw": "7000001", "parent": "SB00001"}, {"raw": "?!"}, {"raw": "SB00001"})
    assert codes == ["already_here", "unreadable", "parent_opened"]
    assert abs(refused - one) <= 2
    post(*[{"raw": f"73000{number:02}", "parent": "SB00001"} for number in range(20)])
    codes, moved = post(
        *[{"mode": "move", "raw": f"73000{number:02}", "parent": "SB00002"} for number in range(20)]
    )
    assert codes == ["moved"] * 20
    assert abs(moved - one) <= 2


def test_the_note_of_activity_costs_one_statement_a_minute(post):
    _, one = post({"raw": "7000001", "parent": "SB00001"})
    Session.objects.update(seen_at=F("seen_at") - timedelta(minutes=2))
    _, noted = post({"raw": "7000002", "parent": "SB00001"})
    _, after = post({"raw": "7000003", "parent": "SB00001"})
    assert (noted, after) == (one + 1, one)
    assert noted <= 8
