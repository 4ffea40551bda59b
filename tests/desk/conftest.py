"""Conflicts to decide, and the proof that a refusal changed nothing."""

import contextlib

import pytest

from bags.desk import deciding
from bags.desk.reading import open_conflicts
from bags.models import Bag, Link, Scan
from tests.billing.conftest import everything


@pytest.fixture
def conflict(fill, scan):
    """Packet 0000100001 sits in SB00001; ravi had put it into SB00002 while he was offline."""
    fill("ravi", "SB00001", 2)
    fill("ravi", "SB00002", 0)
    told = scan("ravi", "0000100001", parent="SB00002", offline=True)
    return Scan.objects.get(pk=told["scan_id"])


@pytest.fixture
def decide(operator):
    """decide(scan, "keep", by="kavya", …) as the page shows the conflict now."""

    def one(scan, decision, by="kavya", reason="I looked", seen=None):
        if seen is None:
            rows = {row["scan"].pk: row for row in open_conflicts(after=None)["results"]}
            seen = rows[scan.pk]["seen"] if scan.pk in rows else 0
        return deciding.decide(scan_id=scan.pk, decision=decision, reason=reason, seen=seen, by=operator(by))

    return one


@pytest.fixture
def take_back(operator):
    def one(scan, by="kavya", reason="I was wrong"):
        return deciding.take_back(scan_id=scan.pk, reason=reason, by=operator(by))

    return one


@pytest.fixture
def refused():
    """`with refused("unknown"):` the operation inside is refused so, and changes no row at all."""

    @contextlib.contextmanager
    def check(code):
        before = everything()
        with pytest.raises(deciding.DecisionRefused) as caught:
            yield
        assert (caught.value.code, bool(caught.value.message)) == (code, True)
        assert everything() == before

    return check


def is_in(packet):
    """The sack that a packet is in, by its code."""
    links = Link.objects.filter(child=Bag.objects.with_code(packet).get(), unlinked_at=None)
    return links.values_list("parent__qr_id", flat=True).first()


def waiting():
    return list(Scan.objects.open_conflicts().order_by("pk"))
