"""Whoever made a scan that became a conflict is told, once for each call."""

import uuid

import pytest

from accounts.models import Notification
from bags.scanning.rules import Pull
from bags.scanning.service import process

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_late_scans(fill, operator):
    """Meena's, made offline, of packets that Ravi has put into another sack since."""
    fill("ravi", "SB00001", 2)
    fill("meena", "SB00002", 0)
    pulls = [
        Pull(key=uuid.uuid4(), mode="pack", raw=raw, parent="SB00002", offline=True)
        for raw in ("0000100001", "0000100002")
    ]
    return lambda: process(pulls=pulls, operator=operator("meena"), device=uuid.uuid4())


def test_its_operator_is_told(two_late_scans, people):
    assert [answer["code"] for answer in two_late_scans()] == ["conflict", "conflict"]
    told = Notification.objects.get()
    assert (told.user, told.kind, told.facts) == (people["meena"], "scan_conflict", {"count": 2})
    assert told.link == "/accounts/profile/scans/"


def test_sent_again_nobody_is_told_again(two_late_scans):
    two_late_scans()
    assert [answer["replayed"] for answer in two_late_scans()] == [True, True]
    assert Notification.objects.count() == 1


def test_other_scans_tell_nobody(fill):
    fill("ravi", "SB00001", 2)
    assert not Notification.objects.exists()
