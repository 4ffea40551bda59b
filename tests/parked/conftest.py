"""Parked codes to decide, and the proof that a refusal changed nothing."""

import contextlib
from uuid import UUID

import pytest

from bags.desk.deciding import DecisionRefused
from bags.models import Scan
from bags.parked import deciding
from bags.parked.reading import list_parked
from tests.billing.conftest import everything

PHONE = UUID("7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de")


@pytest.fixture
def misread(scan):
    """misread("SB0001", by="ravi"): the scan of a text that is no bag."""

    def one(text, by="ravi", **rest):
        told = scan(by, text, **rest)
        assert told["code"] in ("unknown", "unreadable")
        return Scan.objects.get(pk=told["scan_id"])

    return one


@pytest.fixture
def decide(operator):
    def one(scan, decision, by="kavya", **rest):
        return deciding.decide_parked(scan_id=scan.pk, decision=decision, by=operator(by), **rest)

    return one


@pytest.fixture
def take_back(operator):
    def one(scan, by="kavya", reason="I was wrong"):
        return deciding.take_back_parked(scan_id=scan.pk, reason=reason, by=operator(by))

    return one


@pytest.fixture
def refused():
    """`with refused("unknown"):` the operation inside is refused so, and changes no row at all."""

    @contextlib.contextmanager
    def check(code):
        before = everything()
        with pytest.raises(DecisionRefused) as caught:
            yield
        assert (caught.value.code, bool(caught.value.message)) == (code, True)
        assert everything() == before

    return check


def waiting():
    """The parked texts with how many scans each has, the newest first."""
    return [(row["scan"].raw, row["count"]) for row in list_parked(after=None)["results"]]
