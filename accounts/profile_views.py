"""The pages on which people look after their own data."""

from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import people, promotion
from accounts.api import ApiError, operator_of
from accounts.email_change import LinkDead, ask_email_change, confirm_email_change
from accounts.forms import EmailForm, LanguageForm, PromotionForm
from accounts.jobs import send_email_link, tell_old_address
from accounts.limits import hold_back
from accounts.models import PromotionRequest, Role, User
from accounts.operators import Operator

MAILS = "5/h"


def _me(request: HttpRequest) -> User:
    return User.objects.select_related("area").get(pk=operator_of(request).id)


def _page(
    request: HttpRequest,
    *,
    language_form: LanguageForm | None = None,
    email_form: EmailForm | None = None,
    promotion_form: PromotionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The profile with its forms, as they were sent or as they stand."""
    me = _me(request)
    asked = PromotionRequest.objects.filter(user=me).order_by("-pk").first()
    spoken = me.language or get_language()
    page = {
        "me": me,
        "asked": asked,
        "may_ask": me.role != Role.ADMIN and not (asked and asked.state == PromotionRequest.State.PENDING),
        "language_form": language_form or LanguageForm(initial={"language": spoken}),
        "email_form": email_form or EmailForm(),
        "promotion_form": promotion_form or PromotionForm(),
    }
    return render(request, "accounts/profile.html", page, status=status)


@require_safe
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@login_required
def language(request: HttpRequest) -> HttpResponse:
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return _page(request, language_form=form, status=400)
    people.choose_language(language=form.cleaned_data["language"], by=operator_of(request))
    messages.success(request, _("Saved."))
    return redirect("profile")


@require_POST
@login_required
@sensitive_post_parameters("password")
def email(request: HttpRequest) -> HttpResponse:
    """Mails a link to the new address; until it is opened, the old address stays."""
    by, form = operator_of(request), EmailForm(request.POST)
    if not (form.is_valid() and _is_owner(request, by, form)):
        return _page(request, email_form=form, status=400)
    with transaction.atomic():
        ask_email_change(email=form.cleaned_data["email"], by=by)
        send_email_link.defer(user_id=by.id)
    messages.success(request, _("A mail is on its way to the new address. Open its link within an hour."))
    return redirect("profile")


def _is_owner(request: HttpRequest, by: Operator, form: EmailForm) -> bool:
    """Whether the form's password is right; else the form says so. The same lock as at the sign-in: an open
    screen is no way to guess the password without end."""
    try:
        hold_back(request, group="email", who=str(by.id), rate=MAILS)
    except ApiError as refused:
        form.add_error(None, refused.message)
        return False
    if authenticate(request, username=by.name, password=form.cleaned_data["password"]) is None:
        form.add_error("password", _("This is not your password, or too many tries were made."))
    return form.is_valid()


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """Where the mailed link leads. Looking changes nothing: mail programs look by themselves."""
    if request.method != "POST":
        return render(request, "accounts/confirm_email.html")
    by = operator_of(request)
    try:
        with transaction.atomic():
            old = confirm_email_change(token=token, by=by)
            if old:
                tell_old_address.defer(user_id=by.id, old=old)
    except LinkDead as dead:
        messages.error(request, dead.messages[0])
    else:
        messages.success(request, _("Your e-mail address is changed."))
    return redirect("profile")


@require_POST
@login_required
def ask_promotion(request: HttpRequest) -> HttpResponse:
    form = PromotionForm(request.POST)
    if form.is_valid():
        try:
            promotion.ask_promotion(reason=form.cleaned_data["reason"], by=operator_of(request))
        except people.PersonRefused as refused:
            form.add_error(None, ValidationError(refused.message))
        else:
            messages.success(request, _("The admins were told. You will be told what they say."))
            return redirect("profile")
    return _page(request, promotion_form=form, status=400)
