"""Signing in and out."""

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy


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
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


class SignOut(views.LogoutView):
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        # Pages seen before, also those kept for the back button. Not "storage": unsent scans stand there.
        response["Clear-Site-Data"] = '"cache"'
        return response


def locked_out(
    request: HttpRequest, credentials: dict[str, Any], *_args: Any, **_kwargs: Any
) -> HttpResponse:
    """The sign-in page as after any wrong password: a stranger cannot tell a locked name from a wrong one."""
    form = SignInForm(request, data={"username": request.POST.get("username", ""), "password": ""})
    form.errors.clear()
    form.add_error(None, str(SignInForm.error_messages["invalid_login"]))
    return render(request, "accounts/login.html", {"form": form, "next": request.POST.get("next", "")})
