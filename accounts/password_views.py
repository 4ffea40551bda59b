"""The pages of passwords: changed by their owner, and reset by e-mail."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash, views
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_network
from accounts.api import ApiError
from accounts.backends import lockout_name
from accounts.jobs import send_reset_link
from accounts.limits import hold_back
from accounts.models import User
from accounts.onward import next_of, onward
from accounts.operators import signature_of
from accounts.passwords import LinkUsed, change_password, reset_password
from accounts.steps import Step, known, next_step

MAX_NAME = 254  # the longest e-mail address


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Changes one's own password. Whoever has one from an admin comes here before anything else."""
    user = known(request)
    if user is None:
        return redirect_to_login(next_of(request))
    step = next_step(request, user)
    if step in (Step.VERIFY, Step.SET_UP):
        return onward(request)
    page: dict[str, Any] = {"must": step == Step.NEW_PASSWORD, "next": next_of(request)}
    form = SetPasswordForm(user, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            _check_old(request, user)
        except ApiError as error:
            return _held_back(request, "accounts/password.html", error, {**page, "form": form})
        except ValidationError as error:
            form.add_error(None, error)
        if form.is_valid():
            _change(request, user, form.cleaned_data["new_password1"])
            return onward(request)
    return render(request, "accounts/password.html", {**page, "form": form})


def _check_old(request: HttpRequest, user: User) -> None:
    """Raises ValidationError or ApiError 429."""
    old = request.POST.get("old_password", "")
    if not is_owner(request, user, old):
        message = _("Your old password is not right, or too many tries were made. Nothing was changed.")
        raise ValidationError(message, code="wrong_password")
    if request.POST.get("new_password1") == old:
        raise ValidationError(_("Choose another password than the old one."), code="same_password")


def is_owner(request: HttpRequest, user: User, given: str) -> bool:
    """Whether `given` is the user's password. Raises ApiError 429. The same lock as at the sign-in: a stolen
    session is no way to guess the password without end."""
    hold_back(request, group="sign-in", who=_who(request, user.username), rate=settings.SIGN_IN_RATE_LIMIT)
    return authenticate(request, username=user.username, password=given) == user


def _change(request: HttpRequest, user: User, new: str) -> None:
    key, signed = request.session.session_key, signature_of(request, user)
    request.user = stored = change_password(user=user, new=new, keep=key, signed=signed)
    update_session_auth_hash(request, stored)  # and a new session id with it
    request.session.user = stored  # type: ignore[attr-defined]
    messages.success(request, _("Your password is changed. All other devices are signed out."))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def forgot(request: HttpRequest) -> HttpResponse:
    """Asks for a link to a new password. The answer is the same for every name, and so is the work: whom it
    means is looked up behind the request."""
    if request.method != "POST":
        return render(request, "accounts/forgot.html")
    name = request.POST.get("name", "").strip()[:MAX_NAME].replace("\0", "")
    try:
        hold_back(request, group="forgot", who=_who(request, name), rate=settings.RESET_RATE_LIMIT)
        where = str(client_network(request))
        hold_back(request, group="forgot-there", who=where, rate=settings.RESET_ADDRESS_RATE_LIMIT)
    except ApiError as error:
        return _held_back(request, "accounts/forgot.html", error, {})
    if not name:
        return render(request, "accounts/forgot.html", {"error": _("Type your name or e-mail address.")})
    send_reset_link.defer(name=name)
    return render(request, "accounts/forgot_sent.html")


class NewPassword(views.PasswordResetConfirmView):
    """Where the mailed link leads. Django keeps the token in the session, out of what browsers pass on."""

    template_name = "accounts/new_password.html"

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN, "")
        try:
            new = form.cleaned_data["new_password1"]
            reset_password(user=form.user, token=token, new=new, signed=signature_of(self.request, form.user))
        except LinkUsed:
            self.validlink = False
            return self.render_to_response({"validlink": False})
        messages.success(self.request, _("Your password is changed. Sign in with the new one."))
        return redirect("login")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            who = _who(request, str(kwargs["uidb64"]))
            hold_back(request, group="new-password", who=who, rate=settings.SIGN_IN_RATE_LIMIT)
        except ApiError as error:
            context = self.get_context_data(form=SetPasswordForm(self.user))
            return _held_back(request, self.template_name, error, context)
        return super().post(request, *args, **kwargs)


def _who(request: HttpRequest, name: str) -> str:
    return f"{lockout_name(None, {'username': name})} {client_network(request)}"


def _held_back(request: HttpRequest, template: str, error: ApiError, page: dict[str, Any]) -> HttpResponse:
    response = render(request, template, {**page, "held_back": error.message}, status=error.status)
    response["Retry-After"] = str(error.retry_after)
    return response
