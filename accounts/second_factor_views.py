"""The pages of the second factor: asked for, set up, looked after."""

import base64
import io
from collections.abc import Mapping

import qrcode
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from qrcode.image.svg import SvgPathFillImage

from accounts import second_factor
from accounts.api import ApiError
from accounts.limits import hold_back
from accounts.models import User
from accounts.onward import next_of, onward
from accounts.operators import signature_of
from accounts.password_views import is_owner
from accounts.second_factor import APP, WrongCode
from accounts.sessions import FACTOR
from accounts.signing_in import record_sign_in
from accounts.steps import Step, known, must_have_app, next_step

KEY = "second_factor_key"  # the secret that is shown, until a code proves that the app has taken it
MAX_TOKEN = 64


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("token")
def verify(request: HttpRequest) -> HttpResponse:
    """Asks whoever gave the right password for a code."""
    user = known(request)
    if user is None:
        return redirect_to_login(next_of(request))
    if next_step(request, user) != Step.VERIFY:
        return onward(request)
    page = {"next": next_of(request)}
    if request.method != "POST":
        return render(request, "accounts/verify.html", page)
    try:
        factor = second_factor.pass_second_factor(user=user, token=_token(request, user))
    except (WrongCode, ApiError) as error:
        return _again(request, "accounts/verify.html", error, page)
    _mark_passed(request, factor)
    record_sign_in(user, factor=factor, signed=signature_of(request, user))
    return onward(request)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("token", "password")
def look_after(request: HttpRequest) -> HttpResponse:
    """Sets an app up; with one in use makes new recovery codes or takes it away, each for a code."""
    user = known(request)
    if user is None:
        return redirect_to_login(next_of(request))
    if next_step(request, user) in (Step.VERIFY, Step.NEW_PASSWORD):
        return onward(request)
    if second_factor.has_app(user):
        return _change(request, user)
    return _set_up(request, user)


def _set_up(request: HttpRequest, user: User) -> HttpResponse:
    key = request.session.get(KEY)
    if key is None:
        key = request.session[KEY] = second_factor.new_key()
    page = {
        "must": must_have_app(user),
        "picture": _picture(second_factor.app_link(user=user, key=key)),
        "key": second_factor.typed_key(key),
        "next": next_of(request),
    }
    if request.method != "POST":
        return render(request, "accounts/second_factor_set_up.html", page)
    this, signed = request.session.session_key, signature_of(request, user)
    try:
        token = _token(request, user)
        # Whoever must have an app opens nothing without one: the password was asked for a moment ago.
        if not page["must"]:
            _check_password(request, user)
        codes = second_factor.set_up_app(user=user, key=key, token=token, keep=this, signed=signed)
    except (ValidationError, ApiError) as error:
        return _again(request, "accounts/second_factor_set_up.html", error, page)
    del request.session[KEY]
    _mark_passed(request, APP)
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": next_of(request)})


def _change(request: HttpRequest, user: User) -> HttpResponse:
    page = {"unused": second_factor.unused_codes(user), "must": must_have_app(user)}
    if request.method != "POST":
        return render(request, "accounts/second_factor.html", page)
    try:
        token = _token(request, user)
        if request.POST.get("action") == "remove":
            second_factor.remove_app(user=user, token=token, signed=signature_of(request, user))
            request.session.pop(FACTOR, None)
            request.session.has_app = False  # type: ignore[attr-defined]
            return onward(request)
        codes = second_factor.make_recovery_codes(user=user, token=token, signed=signature_of(request, user))
    except (WrongCode, ApiError) as error:
        return _again(request, "accounts/second_factor.html", error, page)
    return render(request, "accounts/recovery_codes.html", {"codes": codes, "next": next_of(request)})


def _check_password(request: HttpRequest, user: User) -> None:
    """Raises ValidationError, or ApiError 429: a stolen session is not enough to shut the owner out."""
    if not is_owner(request, user, request.POST.get("password", "")):
        message = _("This is not your password, or too many tries were made.")
        raise ValidationError(message, code="wrong_password")


def _token(request: HttpRequest, user: User) -> str:
    """The code that was typed. Raises ApiError 429 when too many were."""
    hold_back(request, group="second-factor", who=str(user.pk), rate=settings.SIGN_IN_RATE_LIMIT)
    return request.POST.get("token", "")[:MAX_TOKEN]


def _mark_passed(request: HttpRequest, factor: str) -> None:
    """This session knows more now than its old id was given for."""
    request.session[FACTOR] = factor
    request.session.has_app = True  # type: ignore[attr-defined]
    request.session.cycle_key()


def _again(
    request: HttpRequest, template: str, error: ValidationError | ApiError, page: Mapping[str, object]
) -> HttpResponse:
    held_back = isinstance(error, ApiError)
    sentence = error.message if isinstance(error, ApiError) else error.messages[0]
    response = render(request, template, {**page, "error": sentence}, status=429 if held_back else 200)
    if isinstance(error, ApiError):
        response["Retry-After"] = str(error.retry_after)
    return response


def _picture(link: str) -> str:
    """The link as a QR code, as an address that holds its own picture."""
    drawn = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathFillImage, border=2).save(drawn)
    return "data:image/svg+xml;base64," + base64.b64encode(drawn.getvalue()).decode()
