"""Signing in and out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import signing_in
from accounts.addresses import client_network
from accounts.api import ApiError
from accounts.backends import lockout_name
from accounts.known_browsers import known_browser, remember
from accounts.limits import hold_back
from accounts.models import User
from accounts.notifications import tell_of_lock
from accounts.onward import next_of, to_step
from accounts.steps import known, next_step


class SignInForm(AuthenticationForm):
    """Name and password. Unknown, wrong, inactive and locked names all get the same words."""

    error_messages = {
        "invalid_login": gettext_lazy(
            "This name and password do not fit together, or too many tries were made. "
            "Check both, or try again in 15 minutes."
        ),
        "inactive": gettext_lazy("This name and password do not fit together."),
    }


class SignIn(views.LoginView):
    """The one door for everybody, the Django admin included."""

    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = known(request)
        step = user and next_step(request, user)
        return to_step(request, step) if step else super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        who = known_browser(request) or f"{lockout_name(request)} {client_network(request)}"
        try:
            hold_back(request, group="sign-in", who=who, rate=settings.SIGN_IN_RATE_LIMIT)
        except ApiError as error:
            form = SignInForm(request)  # unbound: nothing of the call is looked at
            context = self.get_context_data(form=form, held_back=error.message)
            response = self.render_to_response(context, status=error.status)
            response["Retry-After"] = str(error.retry_after)
            return response
        return super().post(request, *args, **kwargs)

    def get_success_url(self) -> str:
        """A sign-in that leads to itself leads to the start page."""
        url = super().get_success_url()
        return self.get_default_redirect_url() if url == self.request.path else url

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        assert isinstance(user, User)  # noqa: S101 - the form's promise, for the type checker
        step = signing_in.sign_in(request=self.request, user=user)
        response = to_step(self.request, step) if step else HttpResponseRedirect(self.get_success_url())
        remember(self.request, response)
        return response


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends this session, whole or half-way in."""
    user = known(request)
    if user:
        signing_in.sign_out(request=request, user=user)
    else:
        request.session.flush()
    response = redirect(settings.LOGOUT_REDIRECT_URL)
    # Pages seen before, also those kept for the back button. Not "storage": unsent scans stand there.
    response["Clear-Site-Data"] = '"cache"'
    return response


def admin_door(request: HttpRequest) -> HttpResponse:
    """The Django admin asks for no password itself. Whoever is signed in and still sent here is no admin."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(next_of(request))


def locked_out(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None
) -> HttpResponse:
    """The form's own answer, as after any wrong password: a stranger cannot tell a locked name from one. The
    admins hear of it."""
    tell_of_lock(name=lockout_name(request, credentials))
    return response
