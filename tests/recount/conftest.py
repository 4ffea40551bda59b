"""A sack to count again, and the proof that a refusal changed nothing."""

import contextlib
import uuid

import pytest

from bags.desk.deciding import DecisionRefused
from bags.models import Link, Recount, RecountLine
from bags.recounts import correcting, finishing
from bags.recounts.confirming import RecountRefused
from tests.billing.conftest import everything


@pytest.fixture
def count(scan):
    """count("ravi", "7000001", "SB00001") -> the answer; without a sack the code is a sack's."""

    def one(name, raw, sack=None, **rest):
        return scan(name, raw, mode="count", parent=sack, **rest)

    return one


@pytest.fixture
def finish(operator):
    def one(recount, by="ravi"):
        return finishing.finish_recount(recount_id=recount.pk, by=operator(by))

    return one


@pytest.fixture
def drop(operator):
    def one(recount, by="ravi"):
        return finishing.drop_recount(recount_id=recount.pk, by=operator(by))

    return one


@pytest.fixture
def decide(operator):
    """decide("0000100003", "apply"): the difference of that packet in the newest recount."""

    def one(code, decision, by="kavya", reason=""):
        line = RecountLine.objects.filter(code=code).latest("pk")
        return correcting.decide_line(line_id=line.pk, decision=decision, reason=reason, by=operator(by))

    return one


@pytest.fixture
def take_back(operator):
    def one(code, by="kavya", reason="I was wrong"):
        line = RecountLine.objects.filter(code=code).latest("pk")
        return correcting.take_back_line(line_id=line.pk, reason=reason, by=operator(by))

    return one


@pytest.fixture
def counted(fill, count, finish):
    """A finished recount of SB00001 by ravi. Recorded are 0000100001 to 3; found are 1, 2, one of SB00002,
    7000001 and 7000002, which nobody knows; 3 is missing."""

    def make():
        fill("ravi", "SB00001", 3)
        fill("ravi", "SB00002", 1)
        count("ravi", "SB00001")
        for code in ("0000100001", "0000100002", "0000200001", "7000001", "7000002"):
            assert count("ravi", code, "SB00001")["code"] == "counted"
        return finish(Recount.objects.get())

    return make


@pytest.fixture
def loose(scan):
    """A packet that is registered and in no sack."""
    scan("ravi", "SB00009")
    key = uuid.uuid4()
    scan("ravi", "7000001", parent="SB00009", key=key)
    scan("ravi", str(key), mode="undo")


@pytest.fixture
def refused():
    """`with refused("unknown"):` the operation inside is refused so, and changes no row at all."""

    @contextlib.contextmanager
    def check(code):
        before = everything()
        with pytest.raises((DecisionRefused, RecountRefused)) as caught:
            yield
        assert (caught.value.code, bool(caught.value.message)) == (code, True)
        assert everything() == before

    return check


def inside(sack):
    """Codes of the packets that are recorded in the sack."""
    links = Link.objects.filter(parent__qr_id=sack, unlinked_at=None)
    return sorted(links.values_list("child__qr_id", flat=True))


def outcomes():
    """Of each packet of the only recount: what became of it, and in which sack it was then."""
    lines = RecountLine.objects.filter(taken_back_at=None).order_by("code")
    return {
        line.code: (line.outcome, line.link.parent.qr_id if line.link else None)
        for line in lines.select_related("link__parent")
    }
