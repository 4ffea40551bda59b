"""Asking to become admin, and the answer."""

import pytest

from accounts import promotion
from accounts.models import Notification, PromotionRequest, Role, User
from accounts.operators import Operator
from accounts.people import PersonRefused, deactivate_person
from audit.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(operator):
    return promotion.ask_promotion(reason="  shift lead ", by=operator("ravi"))


def trail():
    return list(AuditLog.objects.order_by("pk").values_list("actor", "action", "target_label", "reason"))


def notes(name):
    found = Notification.objects.filter(user__username=name).order_by("pk")
    return list(found.values_list("kind", "facts", "link"))


@pytest.fixture
def nothing_decided(asked):
    def state():
        return (
            list(User.objects.order_by("pk").values()),
            list(PromotionRequest.objects.values()),
            AuditLog.objects.count(),
            Notification.objects.count(),
        )

    before = state()
    yield
    assert state() == before


def test_ask(asked, people):
    assert (asked.user_id, asked.reason, asked.state) == (people["ravi"].pk, "shift lead", "pending")
    assert trail() == [("ravi", "promotion_asked", "ravi", "shift lead")]
    assert notes("asha") == [("promotion_asked", {"name": "ravi"}, f"/users/{people['ravi'].pk}/")]


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [("ravi", "again", "asked_already"), ("meena", " ", "reason_needed"), ("asha", "x", "admin_already")],
)
def test_ask_refuses(operator, nothing_decided, name, reason, code):
    with pytest.raises(PersonRefused) as caught:
        promotion.ask_promotion(reason=reason, by=operator(name))
    assert caught.value.code == code


def test_approve(asked, people, operator):
    promotion.approve_promotion(request_id=asked.pk, by=operator("asha"))
    stored = PromotionRequest.objects.get()
    assert (stored.state, stored.decided_by) == ("approved", people["asha"])
    assert User.objects.get(username="ravi").role == "admin"
    assert trail()[1:] == [
        ("asha", "promotion_approved", "ravi", ""),
        ("asha", "user_edited", "ravi", ""),
    ]
    assert notes("ravi") == [("promotion_approved", {"by": "asha"}, "")]


def test_reject(asked, people, operator):
    promotion.reject_promotion(request_id=asked.pk, answer=" not now ", by=operator("asha"))
    stored = PromotionRequest.objects.get()
    assert (stored.state, stored.decided_by, stored.answer) == ("rejected", people["asha"], "not now")
    assert User.objects.get(username="ravi").role == "dispatcher"
    assert trail()[1:] == [("asha", "promotion_rejected", "ravi", "not now")]
    assert notes("ravi") == [
        ("promotion_rejected", {"by": "asha", "answer": "not now"}, "/accounts/profile/")
    ]


def test_after_a_no_one_may_ask_again(asked, operator):
    promotion.reject_promotion(request_id=asked.pk, answer="not now", by=operator("asha"))
    promotion.ask_promotion(reason="and now?", by=operator("ravi"))
    assert PromotionRequest.objects.filter(state="pending").count() == 1


def test_a_no_needs_words(asked, operator, nothing_decided):
    with pytest.raises(PersonRefused) as caught:
        promotion.reject_promotion(request_id=asked.pk, answer="  ", by=operator("asha"))
    assert caught.value.code == "reason_needed"


DECISIONS = {
    "approve": lambda pk, by: promotion.approve_promotion(request_id=pk, by=by),
    "reject": lambda pk, by: promotion.reject_promotion(request_id=pk, answer="no", by=by),
}


def refused(decide, pk, by):
    with pytest.raises(PersonRefused) as caught:
        decide(pk, by)
    return caught.value.code


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("name", ["kavya", "meena", "ravi"])
def test_only_admins_decide(asked, operator, nothing_decided, decide, name):
    assert refused(decide, asked.pk, operator(name)) == "not_allowed"


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_no_such_request(asked, operator, nothing_decided, decide):
    assert refused(decide, asked.pk + 1, operator("asha")) == "unknown"


@pytest.mark.parametrize("first", DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("second", DECISIONS.values(), ids=DECISIONS)
def test_decided_once(asked, operator, first, second):
    first(asked.pk, operator("asha"))
    before = PromotionRequest.objects.values().get(), AuditLog.objects.count()
    assert refused(second, asked.pk, operator("asha")) == "decided_already"
    assert (PromotionRequest.objects.values().get(), AuditLog.objects.count()) == before


@pytest.mark.parametrize("decide", DECISIONS.values(), ids=DECISIONS)
def test_nobody_decides_about_themselves(asked, people, decide):
    """Ravi became an admin another way meanwhile."""
    User.objects.filter(username="ravi").update(role=Role.ADMIN)
    by = Operator.of(User.objects.get(username="ravi"))
    assert refused(decide, asked.pk, by) == "own_request"
    assert PromotionRequest.objects.get().state == "pending"


def test_nobody_inactive_becomes_admin(asked, people, operator):
    deactivate_person(user_id=people["ravi"].pk, by=operator("asha"))
    assert refused(DECISIONS["approve"], asked.pk, operator("asha")) == "inactive"
    assert User.objects.get(username="ravi").role == "dispatcher"
    assert PromotionRequest.objects.get().state == "pending"
