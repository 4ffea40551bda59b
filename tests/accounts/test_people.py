"""What admins do with people."""

import pytest
from django.core.exceptions import ValidationError

from accounts import people as services
from accounts.models import Notification, Role, Session, User
from accounts.people import PersonRefused
from audit.models import AuditLog

pytestmark = pytest.mark.django_db


@pytest.fixture
def unchanged(people):
    """Asserts at the end that no user, session or entry came, went or changed."""

    def state():
        return (
            list(User.objects.order_by("pk").values()),
            AuditLog.objects.count(),
            Notification.objects.count(),
        )

    before = state()
    yield
    assert state() == before


def refused(code, operation, **named):
    with pytest.raises(PersonRefused) as caught:
        operation(**named)
    assert caught.value.code == code


def entry():
    return AuditLog.objects.values("actor", "action", "target_label", "before", "after").get()


def test_create_shows_a_password_that_opens_the_door(operator):
    created, password = services.create_person(
        username="leela", role="dispatcher", area="indore", email="leela@example.com", by=operator("asha")
    )
    stored = User.objects.get(username="leela")
    assert created == stored
    assert (stored.role, stored.area_id, stored.email) == ("dispatcher", "indore", "leela@example.com")
    assert stored.check_password(password)
    assert len(password.replace("-", "")) == 16
    assert entry() == {
        "actor": "asha",
        "action": "user_created",
        "target_label": "leela",
        "before": None,
        "after": {"role": "dispatcher", "area": "indore"},
    }


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("__all__", {"username": "RAVI"}),
        ("username", {"username": "two words"}),
        ("username", {"username": ""}),
        ("area", {"area": "mars"}),
        ("email", {"email": "nobody"}),
    ],
)
def test_create_refuses(operator, unchanged, field, facts):
    good = {"username": "leela", "role": "biller", "area": None, "email": ""}
    with pytest.raises(ValidationError) as caught:
        services.create_person(**{**good, **facts}, by=operator("asha"))
    assert field in caught.value.message_dict


def test_edit(people, operator):
    changes = {"role": "biller", "area_id": None, "email": "ravi@example.com"}
    services.edit_person(user_id=people["ravi"].pk, changes=changes, by=operator("asha"))
    stored = User.objects.get(username="ravi")
    assert (stored.role, stored.area_id, stored.email) == ("biller", None, "ravi@example.com")
    assert entry() == {
        "actor": "asha",
        "action": "user_edited",
        "target_label": "ravi",
        "before": {"role": "dispatcher", "area": "lucknow", "email": ""},
        "after": {"role": "biller", "area": None, "email": "r…@example.com"},
    }
    told = Notification.objects.get()
    assert (told.user, told.kind, told.facts) == (
        people["ravi"],
        "role_changed",
        {"by": "asha", "role": "Biller"},
    )


def test_edit_that_changes_nothing_writes_nothing(people, operator, unchanged):
    changes = {"role": "dispatcher", "area_id": "lucknow", "email": ""}
    services.edit_person(user_id=people["ravi"].pk, changes=changes, by=operator("asha"))


def test_another_area_is_no_reason_to_be_told(people, operator):
    services.edit_person(user_id=people["ravi"].pk, changes={"area_id": "indore"}, by=operator("asha"))
    assert entry()["after"] == {"area": "indore"}
    assert not Notification.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("role", "king"), ("area_id", "mars"), ("email", "nobody")])
def test_edit_refuses(people, operator, unchanged, field, value):
    with pytest.raises(ValidationError) as caught:
        services.edit_person(user_id=people["ravi"].pk, changes={field: value}, by=operator("asha"))
    assert field.removesuffix("_id") in caught.value.message_dict


def test_a_new_area_counts_at_the_next_request(people, operator, fill, signed_in):
    fill("arjun", "SB00007", 1)
    ravi = signed_in("ravi")
    assert ravi.get("/api/v1/bags/SB00007").status_code == 404
    services.edit_person(user_id=people["ravi"].pk, changes={"area_id": "indore"}, by=operator("asha"))
    assert ravi.get("/api/v1/bags/SB00007").status_code == 200


def test_deactivate_ends_all_sessions_at_once(people, operator, signed_in):
    ravi = signed_in("ravi")
    services.deactivate_person(user_id=people["ravi"].pk, by=operator("asha"))
    assert not Session.objects.filter(user=people["ravi"]).exists()
    assert ravi.get("/api/v1/stats").status_code == 401
    assert entry() == {
        "actor": "asha",
        "action": "user_deactivated",
        "target_label": "ravi",
        "before": {"is_active": True},
        "after": {"is_active": False},
    }


def test_deactivated_twice_is_told_once(people, operator):
    for _ in range(2):
        services.deactivate_person(user_id=people["ravi"].pk, by=operator("asha"))
    assert AuditLog.objects.count() == 1


def test_activate(people, operator):
    services.deactivate_person(user_id=people["ravi"].pk, by=operator("asha"))
    for _ in range(2):
        services.activate_person(user_id=people["ravi"].pk, by=operator("asha"))
    assert User.objects.get(username="ravi").is_active
    assert list(AuditLog.objects.order_by("pk").values_list("action", flat=True)) == [
        "user_deactivated",
        "user_activated",
    ]


OPERATIONS = {
    "edit": lambda pk, by: services.edit_person(user_id=pk, changes={"role": "biller"}, by=by),
    "deactivate": lambda pk, by: services.deactivate_person(user_id=pk, by=by),
    "activate": lambda pk, by: services.activate_person(user_id=pk, by=by),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
@pytest.mark.parametrize("name", ["kavya", "ravi", "nobody"])
def test_only_admins(people, operator, unchanged, operation, name):
    with pytest.raises(PersonRefused, match="Only an admin"):
        operation(people["meena"].pk, operator(name))


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_nobody_there(operator, unchanged, operation):
    with pytest.raises(PersonRefused, match="no such person"):
        operation(10**15, operator("asha"))


@pytest.mark.parametrize("change", [{"role": Role.BILLER}, {"is_active": False}])
@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_who_was_an_admin_when_the_request_began(people, operator, operation, change):
    """The rows decide, not what the request brought along."""
    was_admin = operator("asha")
    User.objects.create_user("bina", role=Role.ADMIN)
    User.objects.filter(username="asha").update(**change)
    with pytest.raises(PersonRefused, match="Only an admin"):
        operation(people["ravi"].pk, was_admin)


@pytest.mark.parametrize("name", ["edit", "deactivate"])
def test_the_last_admin_stays(people, operator, unchanged, name):
    with pytest.raises(PersonRefused) as caught:
        OPERATIONS[name](people["asha"].pk, operator("asha"))
    assert caught.value.code == "last_admin"


@pytest.mark.parametrize("name", ["edit", "deactivate"])
def test_an_inactive_admin_is_no_other_admin(people, operator, name):
    User.objects.create_user("bina", role=Role.ADMIN, is_active=False)
    with pytest.raises(PersonRefused) as caught:
        OPERATIONS[name](people["asha"].pk, operator("asha"))
    assert caught.value.code == "last_admin"


@pytest.mark.parametrize("name", ["edit", "deactivate"])
def test_one_of_two_admins_may_go(people, operator, name):
    User.objects.create_user("bina", role=Role.ADMIN)
    OPERATIONS[name](people["asha"].pk, operator("asha"))
    assert User.objects.filter(role=Role.ADMIN, is_active=True).count() == 1


def test_language(people, operator):
    services.choose_language(language="en", by=operator("ravi"))
    assert User.objects.get(username="ravi").language == "en"
    assert not AuditLog.objects.exists()


@pytest.mark.parametrize(
    ("email", "told"), [("ravi@example.com", "r…@example.com"), ("", ""), ("no-host", "")]
)
def test_what_the_audit_log_keeps_of_an_address(email, told):
    assert services.masked(email) == told
