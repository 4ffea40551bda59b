"""What can be done with people, one function for each."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from accounts.models import Role, User
from accounts.trail import record_of
from audit.actions import Action
from audit.log import Signature


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    role: str,
    area: str | None,
    email: str,
    signed: Signature,
    must_change: bool = False,
) -> User:
    """Create a person who may sign in, and with `must_change` has to choose an own password then. Raises
    ValidationError by field (name taken, weak password …)."""
    user = User(
        username=username, role=Role(role), area_id=area, email=email, must_change_password=must_change
    )
    user.full_clean(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    user.save(force_insert=True)
    after = {"role": user.role, "area": area}
    record_of(user, Action.USER_CREATED, after=after, signed=signed)
    return user
