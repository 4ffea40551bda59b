"""The pages on which admins look at the audit log."""

import csv
import io
import json
from hashlib import sha256
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.canonical import canonical
from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from billing.services import create_bill, edit_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def asha(signed_in):
    return signed_in("asha")


def rows(page):
    return [(row["entry"].action, row["entry"].target_label) for row in page.context["page"]["results"]]


@pytest.fixture
def happened(fill, scan, operator):
    """Two sacks, one packet each, by two people; a bill that was changed."""
    fill("ravi", "SB00001", 1)
    fill("arjun", "SB00002", 1)
    bill = create_bill(number="B-1", by=operator("kavya"), description="Old")
    edit_bill(number="B-1", version=bill.version, changes={"description": "New"}, by=operator("kavya"))


FOUND = {
    "actor=RAVI": ["child_linked", "parent_created"],
    "actor=kavya": ["bill_edited", "bill_created"],
    "actor=nobody-here": [],
    "action=parent_created": ["parent_created", "parent_created"],
    "action=bill_created&actor=ravi": [],
    "target=SB00002": ["parent_created"],
    "target=sb00002&kind=bag": ["parent_created"],
    "target=SB00002&kind=bill": [],
    "target=b-1": ["bill_edited", "bill_created"],
    "target=B-1&kind=bill&action=bill_edited": ["bill_edited"],
    "kind=bill&target=B-1": ["bill_edited", "bill_created"],
    "since=2999-01-01": [],
    "until=2000-01-01": [],
}


@pytest.mark.parametrize(("asked", "actions"), FOUND.items(), ids=FOUND)
def test_the_search_finds(happened, asha, asked, actions):
    assert [action for action, _label in rows(asha.get(f"/audit/?{asked}"))] == actions


def test_the_search_of_a_day(happened, asha):
    day = timezone.localdate().isoformat()
    assert len(rows(asha.get(f"/audit/?since={day}&until={day}&action=child_linked"))) == 2


def test_a_kind_alone_is_asked_back(happened, asha):
    page = asha.get("/audit/?kind=bill")
    assert (page.status_code, "Say which one, too" in page.content.decode()) == (400, True)


def test_any_depth_by_its_cursor(fill, asha, django_assert_max_num_queries):
    fill("ravi", "SB00001", 30)
    fill("ravi", "SB00002", 29)
    first = asha.get("/audit/?actor=ravi")
    assert (len(rows(first)), first.context["page"]["count_is"]) == (50, "at_least")
    with django_assert_max_num_queries(6):
        second = asha.get(f"/audit/?actor=ravi&after={first.context['page']['next']}")
    assert rows(second)[-1] == ("parent_created", "SB00001")
    assert len({*rows(first), *rows(second)}) == 62
    assert asha.get("/audit/?after=nonsense").status_code == 404


def test_an_entry_shows_before_and_after_and_its_proof(happened, asha):
    entry = AuditLog.objects.get(action="bill_edited")
    address = reverse("audit-entry", args=[entry.pk])
    page = asha.get(address)
    assert page.context["row"]["changes"] == [{"name": "description", "before": "Old", "after": "New"}]
    assert page.context["proof"] is None
    assert "Not sealed yet" in page.content.decode()
    seal_and_anchor()
    proof = asha.get(address).context["proof"]
    assert (proof["anchor"].count >= proof["position"], len(proof["hash"])) == (True, 64)


def test_what_people_wrote_is_shown_as_text(operator, asha):
    create_bill(number="B-1", by=operator("kavya"), description="<script>alert(1)</script>")
    shown = asha.get("/audit/?actor=kavya").content.decode()
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("/bags/SB00001/", "/audit/bag/{bag}/"),
        ("/bills/B-1/history/", "/audit/bill/{bill}/"),
        ("/users/{user}/", "/audit/user/{user}/"),
    ],
)
def test_the_history_of_a_thing_is_one_step_from_its_page(happened, people, asha, operator, page, link):
    ids = {
        "bag": AuditLog.objects.get(target_label="SB00001").target_id,
        "bill": AuditLog.objects.get(action="bill_created").target_id,
        "user": people["ravi"].pk,
    }
    asha.get(f"/users/{people['ravi'].pk}/")  # so that there is something to tell of Ravi
    link = link.format(**ids)
    assert link in asha.get(page.format(**ids)).content.decode()
    assert asha.get(link).status_code == 200


def test_dispatchers_and_billers_see_no_way_there(happened, signed_in):
    for name in ("ravi", "kavya"):
        assert "/audit/" not in signed_in(name).get("/bags/SB00001/").content.decode()


def test_anybody_can_check_the_export(happened, asha):
    """By the file alone, as docs/audit.md tells it, without our code."""
    seal_and_anchor()
    answer = asha.get("/audit/export.csv?actor=ravi")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    found = list(csv.DictReader(io.StringIO(text)))
    assert [row["action"] for row in found] == ["parent_created", "child_linked"]
    for row in found:
        parts = {
            "who": {"actor": row["actor"], "on_behalf_of": row["on_behalf_of"]},
            "address": {"address": row["address"]},
            "what": {
                "target_label": row["target_label"],
                "before": json_of(row["before"]),
                "after": json_of(row["after"]),
                "reason": row["reason"],
            },
        }
        covered = {
            "id": int(row["id"]),
            **{name: row[name] for name in ("at", "action", "target_type", "target_id", "request_id")},
            "device": row["device"] or None,
        }
        for name, part in parts.items():
            salt = UUID(row[f"seal_{name}_salt"]).bytes
            covered[name] = sha256(salt + canonical(part)).hexdigest()
        assert sha256(bytes.fromhex(row["hash_before"]) + canonical(covered)).hexdigest() == row["hash"]
    exported = AuditLog.objects.get(action="exported")
    assert (exported.actor, exported.target_label, exported.after) == ("asha", "audit.csv", {"actor": "ravi"})


def json_of(text):
    return json.loads(text) if text else None


def test_the_export_of_many_comes_in_parts(fill, asha, monkeypatch):
    monkeypatch.setattr("monitoring.trail.exporting.BATCH", 7)
    fill("ravi", "SB00001", 29)
    text = b"".join(asha.get("/audit/export.csv?actor=ravi").streaming_content).decode("utf-8-sig")
    assert (len(text.splitlines()), text.count("\ufeff")) == (31, 0)


def test_the_django_admin_shows_and_changes_nothing(happened, asha):
    entry = AuditLog.objects.get(action="bill_edited")
    assert asha.get("/admin/audit/auditlog/").status_code == 200
    page = asha.get(f"/admin/audit/auditlog/{entry.pk}/change/")
    assert (page.status_code, 'name="_save"' in page.content.decode()) == (200, False)
    before = AuditLog.objects.filter(pk=entry.pk).values().get()
    assert asha.post(f"/admin/audit/auditlog/{entry.pk}/change/", {"actor": "x"}).status_code == 403
    assert asha.post(f"/admin/audit/auditlog/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert asha.get("/admin/audit/auditlog/add/").status_code == 403
    assert AuditLog.objects.filter(pk=entry.pk).values().get() == before


def test_what_nothing_is_written_of_has_an_empty_history(asha):
    page = asha.get("/audit/bag/999999999/")
    assert (page.status_code, "Nothing is written of it yet" in page.content.decode()) == (200, True)
    assert asha.get("/audit/moon/1/").status_code == 404


@pytest.mark.parametrize(
    "address", ["?actor=%00", "?target=%00&kind=bag", "?since=soon", "?action=none", "bag/%00/"]
)
def test_nonsense_is_refused(asha, address):
    assert asha.get(f"/audit/{address}").status_code in (400, 404)
