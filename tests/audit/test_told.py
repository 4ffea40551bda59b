"""Who lacked a right, who took data away as a file, who looked at what is known of a person: each is told."""

import re

import pytest
from django.conf import settings
from django.contrib import admin

from accounts.tables import SmallTableAdmin
from accounts.trail import REFUSALS_AN_HOUR
from audit.actions import Action
from audit.log import Entry, Signature, record
from audit.models import AuditLog
from audit.words import TARGETS, WORDS
from billing.services import create_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


def told(action):
    entries = AuditLog.objects.filter(action=action).order_by("pk")
    return list(entries.values_list("actor", "target_type", "target_label"))


def test_every_action_has_its_words():
    assert set(WORDS) == set(Action)
    assert all(str(words) for words in [*WORDS.values(), *TARGETS.values()])


def test_every_kind_of_thing_has_its_word():
    """Those that the code names, and the small tables, whose rows are imported by their model's name."""
    named = {kind for path in sources() for kind in re.findall(r'target_type="(\w+)"', path.read_text())}
    tables = {
        model._meta.model_name
        for model, site in admin.site._registry.items()
        if isinstance(site, SmallTableAdmin)
    }
    assert {"bag", "import"} <= named
    assert tables == {"area", "product", "user"}
    assert named | tables <= set(TARGETS)


def sources():
    apps = ("accounts", "audit", "bags", "billing", "monitoring", "traitortrack")
    return [path for app in apps for path in (settings.BASE_DIR / app).rglob("*.py")]


@pytest.mark.parametrize("kind", ["import", "product", "area"])
def test_the_history_of_rows_from_a_file_opens(signed_in, kind):
    record(entry(target_type=kind, target_id="7"), signed=Signature(actor="asha"))
    page = signed_in("asha").get(f"/audit/{kind}/7/")
    assert (page.status_code, len(page.context["page"]["results"])) == (200, 1)
    assert f"History · {TARGETS[kind]}" in page.content.decode()


@pytest.mark.parametrize("address", ["/bills/", "/api/v1/bills", "/users/"])
def test_a_missing_right_is_told_once(signed_in, address):
    client = signed_in("ravi")
    for _ in range(3):
        assert client.get(address, REMOTE_ADDR="10.1.2.3").status_code == 403
    assert told("right_refused") == [("ravi", "address", f"GET {address}")]
    entry = AuditLog.objects.get(action="right_refused")
    assert (entry.address, bool(entry.request_id), entry.after) == ("10.1.2.3", True, {"method": "GET"})


def test_a_flood_of_addresses_fills_no_log(signed_in):
    client = signed_in("ravi")
    for number in range(REFUSALS_AN_HOUR + 5):
        assert client.get(f"/bills/B-{number}/").status_code == 403
    assert len(told("right_refused")) == REFUSALS_AN_HOUR


def test_who_is_not_signed_in_lacks_no_right(client):
    client.get("/api/v1/bills")
    client.get("/bills/")
    assert told("right_refused") == []


def test_a_file_is_told(operator, signed_in):
    create_bill(number="B-1", by=operator("kavya"))
    client = signed_in("kavya")
    client.get("/bills/B-1/csv")
    client.get("/reports/day.csv?day=2026-11-24")
    (bill, report) = AuditLog.objects.filter(action="exported").order_by("pk")
    assert (bill.actor, bill.target_label, bill.after) == ("kavya", "bill B-1.csv", {"bill": "B-1"})
    assert report.target_label.endswith(".csv")
    assert report.after["day"] == "2026-11-24"


def test_a_look_at_a_person_is_told_once_in_ten_minutes(people, signed_in):
    client, ravi = signed_in("asha"), people["ravi"]
    for _ in range(2):
        client.get(f"/users/{ravi.pk}/")
        client.get("/users/")
        client.get("/audit/?actor=ravi")
    assert told("personal_data_read") == [("asha", "user", "ravi"), ("asha", "user", "all users")]


@pytest.mark.parametrize("address", ["/audit/?actor=ravi", "/audit/?actor=Nobody Here", "/audit/user/ravi/"])
def test_no_name_stands_where_erasing_cannot_reach(people, signed_in, address):
    """The chain covers an entry's target id as it is."""
    before = AuditLog.objects.count()
    signed_in("asha").get(address)
    ids = AuditLog.objects.order_by("pk")[before:].values_list("target_id", flat=True)
    assert list(ids) == ([str(people["ravi"].pk)] if address == "/audit/?actor=ravi" else [])


def entry(**facts):
    given = {
        "at": "2026-11-24T10:00:00Z",
        "action": Action.RECOUNTED,
        "target_type": "bag",
        "target_id": "1",
        "target_label": "SB00001",
        "before": None,
        "after": {"count": 1},
    }
    return Entry(**given | facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"target_type": ""},
        {"target_id": ""},
        {"target_label": ""},
        {"after": None},
        {"after": {"password": "x"}},
        {"before": {"token": "x"}},
    ],
)
def test_an_incomplete_entry_is_refused(facts):
    with pytest.raises(ValueError, match="an audit entry"):
        record(entry(**facts), signed=Signature(actor="ravi"))
    assert AuditLog.objects.count() == 0


@pytest.mark.parametrize("signed", [{"actor": ""}, {"actor": "ravi", "request_id": ""}])
def test_an_entry_that_nobody_signed_is_refused(signed):
    with pytest.raises(ValueError, match="an audit entry names"):
        Signature(**signed)


def test_a_scan_is_signed_with_its_device_and_address(people, signed_in):
    device = "7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de"
    pull = {"key": device, "seq": 1, "mode": "pack", "raw": "SB00001", "parent": None, "bill": None}
    body = {"device": device, "clock": "2026-11-24T09:15:02.120+05:30"}
    body["scans"] = [
        {**pull, "captured_at": "2026-11-24T09:15:02.101+05:30", "source": "wedge", "offline": False}
    ]
    client = signed_in("ravi")
    told = client.post("/api/v1/scans", body, "application/json", REMOTE_ADDR="10.1.2.3").json()
    assert told["results"][0]["code"] == "parent_opened"
    entry = AuditLog.objects.get(action="parent_created")
    assert (entry.actor, str(entry.device), entry.address, len(entry.request_id)) == (
        "ravi",
        device,
        "10.1.2.3",
        32,
    )
