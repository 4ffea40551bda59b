"""Saying that a sack was counted."""

import pytest

from audit.models import AuditLog
from bags.models import Bag
from bags.recounts.confirming import RecountRefused, confirm_count
from tests.billing.conftest import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_doubt(fill, scan):
    fill("ravi", "SB00001", 3)
    fill("ravi", "SB00002", 0)
    scan("ravi", "0000100001", parent="SB00002", offline=True)


@pytest.mark.parametrize("name", ["kavya", "asha"])
def test_a_counted_sack_is_free_of_its_mark(in_doubt, operator, holds, name):
    confirm_count(code=" sb00001 ", reason=" 3 inside ", by=operator(name))
    assert list(Bag.objects.filter(needs_recount=True).values_list("qr_id", flat=True)) == ["SB00002"]
    entry = AuditLog.objects.order_by("-pk")[0]
    assert (entry.action, entry.actor, entry.target_label, entry.reason) == (
        "recounted",
        name,
        "SB00001",
        "3 inside",
    )
    assert (entry.before, entry.after) == ({"needs_recount": True}, {"needs_recount": False, "count": 3})
    holds()


@pytest.mark.parametrize(
    ("name", "code", "reason", "refusal"),
    [
        ("ravi", "SB00001", "3 inside", "not_allowed"),
        ("kavya", "SB00001", "  ", "reason_needed"),
        ("kavya", "SB99999", "3 inside", "unknown"),
        ("kavya", "0000100001", "3 inside", "unknown"),
        ("kavya", "SB00001\0", "3 inside", "unknown"),
        ("kavya", "SB00003", "3 inside", "not_needed"),
    ],
)
def test_refused_nothing_changes(in_doubt, fill, operator, name, code, reason, refusal):
    fill("ravi", "SB00003", 1)
    before = everything()
    with pytest.raises(RecountRefused) as caught:
        confirm_count(code=code, reason=reason, by=operator(name))
    assert (caught.value.code, bool(caught.value.message)) == (refusal, True)
    assert everything() == before


def test_said_twice_it_is_noted_once(in_doubt, operator):
    confirm_count(code="SB00001", reason="3 inside", by=operator("kavya"))
    with pytest.raises(RecountRefused, match="somebody was quicker"):
        confirm_count(code="SB00001", reason="3 inside", by=operator("asha"))
    assert AuditLog.objects.filter(action="recounted").count() == 1


def test_a_mark_can_come_again(in_doubt, operator, scan, holds):
    confirm_count(code="SB00001", reason="3 inside", by=operator("kavya"))
    scan("ravi", "0000100002", parent="SB00002", offline=True)
    assert Bag.objects.get(qr_id="SB00001").needs_recount is True
    holds()
