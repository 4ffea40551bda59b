"""What admins do with people, one function for each.

Whoever decides about people holds the rows of all active admins, so two of them at the same moment go one
after the other: the second one sees what the first has done, and may be no admin any more.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import notifications
from accounts.models import Role, User
from accounts.operators import Operator
from accounts.passwords import random_password
from accounts.services import create_user
from accounts.sessions import Session
from accounts.trail import record_of
from audit.actions import Action
from audit.log import Signature

EDITABLE = ("role", "area_id", "email")


class PersonRefused(Exception):
    """An operation on a person that is refused: nothing was changed. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@transaction.atomic
def create_person(
    *, username: str, role: str, area: str | None, email: str, by: Operator
) -> tuple[User, str]:
    """Create a person with a random first password, to be changed at the first sign-in. Returns both; the
    password can be shown only now. Raises PersonRefused `not_allowed`, ValidationError by field."""
    lock_person(by.id, by=by)
    password = random_password()
    user = create_user(
        username=username,
        password=password,
        role=role,
        area=area,
        email=email,
        signed=by.signature,
        must_change=True,
    )
    return user, password


@transaction.atomic
def edit_person(*, user_id: int, changes: Mapping[str, Any], by: Operator) -> User:
    """Change the fields of EDITABLE; they count from the person's next request on. Raises PersonRefused
    `not_allowed`, `unknown`, `erased` or `last_admin`, ValidationError by field."""
    user = lock_person(user_id, by=by)
    _assert_not_erased(user)
    before = {name: getattr(user, name) for name in EDITABLE}
    for name in EDITABLE:
        setattr(user, name, changes.get(name, before[name]))
    user.full_clean(exclude=["password"])
    changed = [name for name in EDITABLE if getattr(user, name) != before[name]]
    if not changed:
        return user
    if before["role"] == Role.ADMIN and user.role != Role.ADMIN:
        _assert_another_admin(user)
    user.save(update_fields=changed)
    _record_edit(user, {name: before[name] for name in changed}, by)
    if "role" in changed:
        notifications.notify([user], notifications.ROLE_CHANGED, by=by.name, role=user.get_role_display())
    return user


def make_admin(user: User, *, by: Operator) -> None:
    """Make an admin of a person whom the caller has locked."""
    before = {"role": user.role}
    user.role = Role.ADMIN
    user.save(update_fields=["role"])
    _record_edit(user, before, by)


@transaction.atomic
def deactivate_person(*, user_id: int, by: Operator) -> User:
    """Close the door to a person: all sessions end, what they did stays. Inactive: nothing happens. Raises
    PersonRefused `not_allowed`, `unknown` or `last_admin`."""
    user = lock_person(user_id, by=by)
    if user.is_active:
        close_door(user, signed=by.signature)
    return user


def close_door(user: User, *, signed: Signature) -> None:
    """Deactivate an active person whom the caller has locked, with all active admins. Raises PersonRefused
    `last_admin`."""
    _assert_another_admin(user)
    _set_active(user, active=False, action=Action.USER_DEACTIVATED, signed=signed)
    Session.objects.filter(user=user).delete()


@transaction.atomic
def activate_person(*, user_id: int, by: Operator) -> User:
    """Open the door again. Active: nothing happens. Raises PersonRefused `not_allowed`, `unknown` or
    `erased`."""
    user = lock_person(user_id, by=by)
    _assert_not_erased(user)
    if not user.is_active:
        _set_active(user, active=True, action=Action.USER_ACTIVATED, signed=by.signature)
    return user


def choose_language(*, language: str, by: Operator) -> None:
    """In which language pages speak to `by` from now on; how a page looks is no entry of the audit log."""
    User.objects.filter(pk=by.id).update(language=language)


def lock_person(user_id: int, *, by: Operator) -> User:
    """Lock the person and all active admins in id order. Raises PersonRefused `not_allowed` when `by` is no
    active admin any more, `unknown` when there is no such person."""
    people = lock_with_admins(user_id)
    actor = people.get(by.id)
    if actor is None or not actor.is_active or actor.role != Role.ADMIN:
        raise PersonRefused("not_allowed", _("Only an admin can do this. Nothing was changed."))
    if user_id not in people:
        raise PersonRefused("unknown", _("There is no such person. Nothing was changed."))
    return people[user_id]


def lock_with_admins(user_id: int) -> dict[int, User]:
    """Lock the person, if there is one, and all active admins in id order."""
    admins = Q(role=Role.ADMIN, is_active=True)
    # No key changes here: scans, which refer to their operator, go on.
    locked = User.objects.select_for_update(no_key=True).filter(Q(pk=user_id) | admins).order_by("pk")
    return {user.pk: user for user in locked}


def _assert_not_erased(user: User) -> None:
    if user.is_erased:
        raise PersonRefused(
            "erased", _("This person was erased for good. Nothing was changed. Make a new user.")
        )


def _assert_another_admin(user: User) -> None:
    """Whoever calls holds the rows of all active admins."""
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exclude(pk=user.pk).exists():
        raise PersonRefused(
            "last_admin",
            _("This is the last admin. Nothing was changed. Make somebody else an admin first."),
        )


def _set_active(user: User, *, active: bool, action: Action, signed: Signature) -> None:
    user.is_active = active
    user.save(update_fields=["is_active"])
    record_of(
        user,
        action,
        before={"is_active": not active},
        after={"is_active": active},
        signed=signed,
    )


def _record_edit(user: User, before: Mapping[str, Any], by: Operator) -> None:
    """The audit log names the field `area` by its code, and of an e-mail only as much as tells it apart."""
    after = {name: getattr(user, name) for name in before}
    record_of(
        user,
        Action.USER_EDITED,
        before=_told(before),
        after=_told(after),
        signed=by.signature,
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    told = {name.removesuffix("_id"): value for name, value in values.items()}
    return {**told, "email": masked(told["email"])} if "email" in told else told


def masked(email: str) -> str:
    """An address as the audit log keeps it, "r…@example.com": it tells two apart and cannot be written to."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}…@{host}" if host else ""
