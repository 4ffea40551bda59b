"""The record of scans and loose bags: filters alone and together, at any depth."""

import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags.models import Bag, Link, Scan
from monitoring.invariants import broken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.fixture
def record(fill, scan):
    """Scans of three people, one a minute, refused ones among them."""
    fill("ravi", "SB00001", 4)
    fill("meena", "SB00002", 3)
    fill("arjun", "SB00003", 2)
    for name in ("ravi", "arjun", "ravi"):
        scan(name, "SB1")
    for minute, row in enumerate(Scan.objects.order_by("pk")):
        Scan.objects.filter(pk=row.pk).update(received_at=f"2026-11-24T09:{minute:02}:00+05:30")


FILTERS = {
    "operator": "RAVI",
    "device": "device",
    "code": "unreadable",
    "from": "2026-11-24T09:03",
    "to": "2026-11-24T09:12",
}


@pytest.mark.parametrize(
    "names", [names for size in range(4) for names in itertools.combinations(FILTERS, size)], ids=",".join
)
def test_filters_alone_and_together_page_by_page(record, signed_in, names):
    wanted = {name: FILTERS[name] for name in names}
    if "device" in wanted:
        wanted["device"] = str(Scan.objects.order_by("pk")[0].device_id)
    tests = {
        "operator": lambda scan: scan.operator.username == "ravi",
        "device": lambda scan: str(scan.device_id) == wanted["device"],
        "code": lambda scan: scan.code == "unreadable",
        "from": lambda scan: scan.received_at.minute >= 33,  # 09:03 in Kolkata is 03:33 in UTC
        "to": lambda scan: scan.received_at.minute < 42,
    }
    everything = Scan.objects.select_related("operator").order_by("-pk")
    expected = [scan.pk for scan in everything if all(tests[name](scan) for name in names)]
    kavya, found, after = signed_in("kavya"), [], ""
    while after is not None:
        told = kavya.get("/api/v1/scans", {**wanted, "limit": 2, "after": after}).json()
        found += [row["scan_id"] for row in told["results"]]
        after = told["next"]
        assert (told["count"], told["count_is"]) == (len(expected), "exact")
    assert found == expected


def test_a_name_that_nobody_has(record, signed_in):
    assert signed_in("kavya").get("/api/v1/scans?operator=nobodyelse").json()["results"] == []


def test_a_page_takes_as_many_statements_as_a_long_one(record, signed_in):
    kavya = signed_in("kavya")
    costs = []
    for limit in (1, 200):
        with CaptureQueriesContext(connection) as seen:
            kavya.get(f"/api/v1/scans?limit={limit}&operator=ravi&from=2026-01-01")
        costs.append(len(seen))
    assert costs[0] == costs[1] <= 5


def loose(client, **more):
    return [bag["qr_id"] for bag in client.get("/api/v1/bags", {"linked": "false", **more}).json()["results"]]


def test_loose_bags_follow_every_way_in_and_out(people, fill, scan, signed_in, holds):
    kavya = signed_in("kavya")
    scan("ravi", "SB00001")
    assert loose(kavya) == ["SB00001"]
    fill("ravi", "SB00001", 2)
    assert loose(kavya) == []
    key = Scan.objects.get(bag__qr_id="0000100002", code="linked").key
    scan("ravi", str(key), mode="undo")
    assert loose(kavya) == ["0000100002"]
    scan("ravi", "SB00002")
    assert loose(kavya) == ["SB00002", "0000100002"]
    scan("ravi", "0000100001", mode="move", parent="SB00002")
    assert loose(kavya) == ["0000100002", "SB00001"]
    assert loose(kavya, kind="parent") == ["SB00001"]
    scan("ravi", "0000100002", parent="SB00002")
    assert loose(kavya) == ["SB00001"]
    told = kavya.get("/api/v1/bags?linked=true").json()["results"]
    assert {bag["qr_id"] for bag in told} == {"SB00002", "0000100001", "0000100002"}
    holds()


def test_a_wrong_mark_is_found(people, fill):
    """The twin: were it forgotten on one way, the third question would find a row."""
    fill("ravi", "SB00001", 1)
    Bag.objects.filter(qr_id="SB00001").update(is_loose=True)
    assert list(broken()) == [3]
    assert Link.objects.count() == 1
