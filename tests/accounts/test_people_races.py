"""Two admins at the same moment; each race's twin goes without what protects it."""

import pytest
from django.db.models import Model, QuerySet

from accounts import people as services
from accounts import promotion
from accounts.models import PromotionRequest, Role, User
from accounts.operators import Operator
from accounts.people import PersonRefused
from audit.models import AuditLog
from tests.scanning.racing import MeetingPoint, together, without_index

pytestmark = pytest.mark.django_db(transaction=True)


def told(operation, **named):
    """A job: "done", or the code with which it was refused."""

    def job():
        try:
            operation(**named)
        except PersonRefused as refused:
            return refused.code
        return "done"

    return job


@pytest.fixture
def two_admins(people):
    """Asha and Bina, the only admins, as operators."""
    bina = User.objects.create_user("bina", role=Role.ADMIN)
    return Operator.of(people["asha"]), Operator.of(bina)


@pytest.fixture
def no_lock(monkeypatch):
    """Rows are read without locking them, and nobody writes before both have judged what they read."""
    point, save = MeetingPoint(2), Model.save

    def meeting(row, **named):
        point.meet()
        save(row, **named)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_named: rows)
    monkeypatch.setattr(Model, "save", meeting)


def admins():
    return User.objects.filter(role=Role.ADMIN, is_active=True).count()


def going(asha, bina):
    """Each takes the own rights away."""
    demote = told(services.edit_person, user_id=asha.id, changes={"role": "biller"}, by=asha)
    return demote, told(services.deactivate_person, user_id=bina.id, by=bina)


def fighting(asha, bina):
    """Each takes the other's rights away."""
    demote = told(services.edit_person, user_id=bina.id, changes={"role": "biller"}, by=asha)
    return demote, told(services.deactivate_person, user_id=asha.id, by=bina)


@pytest.mark.parametrize(("jobs", "refusal"), [(going, "last_admin"), (fighting, "not_allowed")])
def test_one_admin_stays(two_admins, jobs, refusal):
    assert sorted(together(*jobs(*two_admins))) == ["done", refusal]
    assert admins() == 1
    assert AuditLog.objects.count() == 1


@pytest.mark.parametrize("jobs", [going, fighting])
def test_without_the_lock_no_admin_stays(two_admins, no_lock, jobs):
    assert together(*jobs(*two_admins)) == ["done", "done"]
    assert admins() == 0


@pytest.fixture
def asked(people):
    return promotion.ask_promotion(reason="shift lead", by=Operator.of(people["ravi"]))


def answers(asked, asha, bina):
    yes = told(promotion.approve_promotion, request_id=asked.pk, by=asha)
    return yes, told(promotion.reject_promotion, request_id=asked.pk, answer="not now", by=bina)


def test_a_request_is_answered_once(asked, two_admins):
    results = together(*answers(asked, *two_admins))
    assert sorted(results) == ["decided_already", "done"]
    stored = PromotionRequest.objects.get()
    assert stored.state == ("approved" if results[0] == "done" else "rejected")
    assert (User.objects.get(username="ravi").role == "admin") == (stored.state == "approved")


def test_a_request_is_answered_twice_without_the_lock(asked, two_admins, no_lock):
    assert together(*answers(asked, *two_admins)) == ["done", "done"]


def test_a_request_is_asked_once(people):
    by = Operator.of(people["ravi"])
    results = together(*[told(promotion.ask_promotion, reason="shift lead", by=by)] * 8)
    assert sorted(results) == ["asked_already"] * 7 + ["done"]
    assert PromotionRequest.objects.count() == AuditLog.objects.count() == 1


def test_a_request_is_asked_eight_times_without_the_index(people):
    by = Operator.of(people["ravi"])
    with without_index("promotion_pending_once"):
        together(*[told(promotion.ask_promotion, reason="shift lead", by=by)] * 8)
        assert PromotionRequest.objects.count() == 8
        PromotionRequest.objects.all().delete()
