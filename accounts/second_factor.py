"""The second factor: a code app (TOTP) and ten recovery codes that stand in for it, each once."""

import base64
import re
import secrets

from django.contrib.auth.hashers import get_hasher, make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from accounts.models import RecoveryCode, User
from accounts.notifications import CODE_APP_SET_UP, notify
from accounts.operators import Operator
from accounts.sessions import Session
from accounts.trail import record_of
from audit.actions import Action
from audit.log import Signature

APP, RECOVERY_CODE = "app", "recovery_code"
HOW_MANY = 10
_APP_CODE = re.compile(r"[0-9]{6}")
# 12 signs, shown in threes of four: 60 bits, so that a hash that is slow needs not stand ten times.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_CODE = re.compile(rf"[{_SIGNS}]{{12}}")


class WrongCode(ValidationError):
    """Not this person's code, used before, too old, or tried too often. Which, is not told."""

    def __init__(self) -> None:
        message = _("This code is not right, or was used before. Try the next one that your app shows.")
        super().__init__(message, code="wrong_code")


def new_key() -> str:
    """A secret for a code app, as hexadecimal digits."""
    return str(random_hex(20))


def app_link(*, user: User, key: str) -> str:
    """The otpauth: link that a code app reads from the picture."""
    return str(TOTPDevice(user=user, key=key).config_url)


def typed_key(key: str) -> str:
    """The secret as people type it into an app without a camera."""
    text = base64.b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[place : place + 4] for place in range(0, len(text), 4))


@transaction.atomic
def set_up_app(*, user: User, key: str, token: str, keep: str | None, signed: Signature) -> list[str]:
    """Take the app that knows `key` as the second factor, shown by a code of it, end all sessions but the one
    with `keep`, and tell the owner. Returns ten recovery codes, readable only this once. Raises WrongCode,
    also where an app is in use already. The password is the door's to ask for."""
    User.objects.select_for_update().get(pk=user.pk)
    if has_app(user):
        raise WrongCode
    app = TOTPDevice(user=user, key=key, name=user.username)
    if not _APP_CODE.fullmatch(_cleaned(token)) or not app.verify_token(_cleaned(token)):
        raise WrongCode  # and the row that verify_token counted its failure on is rolled back
    record_of(
        user,
        Action.SECOND_FACTOR_SET_UP,
        after={"second_factor": True},
        signed=signed,
    )
    Session.objects.filter(user=user).exclude(pk=keep).delete()
    notify([user], CODE_APP_SET_UP, link=reverse("second-factor"))
    return _new_codes(user)


def pass_second_factor(*, user: User, token: str) -> str:
    """Take a code of the app, or a recovery code. Each counts once, however many come at once.

    Returns APP or RECOVERY_CODE. Raises WrongCode; failures of the app's codes count, and each one doubles
    the time until the next try is looked at.
    """
    cleaned = _cleaned(token)
    if _APP_CODE.fullmatch(cleaned) and _is_of_app(user, cleaned):
        return APP
    if _RECOVERY_CODE.fullmatch(cleaned) and _is_unused(user, cleaned):
        return RECOVERY_CODE
    raise WrongCode


def make_recovery_codes(*, user: User, token: str, signed: Signature) -> list[str]:
    """Ten new recovery codes instead of the old ones, for a code. Raises WrongCode."""
    pass_second_factor(user=user, token=token)
    with transaction.atomic():
        record_of(
            user,
            Action.RECOVERY_CODES_MADE,
            after={"unused": HOW_MANY},
            signed=signed,
        )
        return _new_codes(user)


def remove_app(*, user: User, token: str, signed: Signature) -> None:
    """Do without the app from now on, for a code of it; whoever must have one is asked to set one up at
    once. Raises WrongCode."""
    pass_second_factor(user=user, token=token)
    with transaction.atomic():
        _remove(user, signed=signed)


@transaction.atomic
def reset_second_factor(*, target: User, by: Operator) -> None:
    """After a loss: another admin takes app and recovery codes away, and all sessions end.
    Without an app nothing happens. Raises ValidationError for one's own: that takes a code."""
    if by.id == target.pk:
        raise ValidationError(_("Only another admin can do this for you."), code="own_second_factor")
    if _remove(target, signed=by.signature):
        Session.objects.filter(user=target).delete()


def has_app(user: User) -> bool:
    return TOTPDevice.objects.filter(user=user, confirmed=True).exists()


def unused_codes(user: User) -> int:
    return user.recovery_codes.filter(used_at=None).count()


def _cleaned(token: str) -> str:
    """As typed, in whatever groups. Digits of other scripts stay what they are, and are refused."""
    return re.sub(r"[\s-]", "", token).lower()


def _is_of_app(user: User, token: str) -> bool:
    # The lock makes equal codes wait for each other; whoever comes second finds the code used.
    with transaction.atomic():
        app = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        return bool(app and app.verify_token(token))


def _is_unused(user: User, token: str) -> bool:
    any_code = user.recovery_codes.first()
    if any_code is None:
        return False
    hashed = _hashed(token, get_hasher().decode(any_code.code_hash)["salt"])
    return bool(user.recovery_codes.filter(code_hash=hashed, used_at=None).update(used_at=timezone.now()))


def _new_codes(user: User) -> list[str]:
    user.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(_SIGNS) for _ in range(12)) for _ in range(HOW_MANY)]
    salt = get_hasher().salt()
    user.recovery_codes.bulk_create(
        [RecoveryCode(user=user, code_hash=_hashed(code, salt)) for code in codes]
    )
    return ["-".join((code[:4], code[4:8], code[8:])) for code in codes]


def _hashed(code: str, salt: str) -> str:
    return make_password(code, salt)


def _remove(user: User, *, signed: Signature) -> bool:
    user.recovery_codes.all().delete()
    removed, _models = TOTPDevice.objects.filter(user=user).delete()
    if removed:
        record_of(user, Action.SECOND_FACTOR_REMOVED, after={"second_factor": False}, signed=signed)
    return bool(removed)
