"""The pages on which admins look after people. Each makes one call and shows the result."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import anonymising, passwords, people, promotion, second_factor, signing_in
from accounts.api import ApiError, operator_of
from accounts.forms import EditUserForm, EraseForm, NewUserForm, RejectForm, UserFilterForm
from accounts.models import PromotionRequest, Role, User
from accounts.operators import Operator
from accounts.people import PersonRefused
from accounts.reading import find_person, list_people
from accounts.trail import record_reading


def _admin(request: HttpRequest) -> Operator:
    operator = operator_of(request)
    if operator.role != Role.ADMIN:
        raise PermissionDenied
    return operator


def _find(user_id: int) -> User:
    found = find_person(user_id)
    if found is None:
        raise Http404(_("no such person"))
    return found


@require_safe
@login_required
def user_list(request: HttpRequest) -> HttpResponse:
    by = _admin(request)
    record_reading(target_type="user", target_id="all", label="all users", signed=by.signature)
    form = UserFilterForm(request.GET)
    try:
        filters = form.cleaned_data if form.is_valid() else None
        page = list_people(filters, after=request.GET.get("after"), limit=50)
    except ApiError:
        raise Http404(_("no such place in the list")) from None
    return render(request, "accounts/user_list.html", {"form": form, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new_user(request: HttpRequest) -> HttpResponse:
    """The first password is on the answer's page and nowhere else."""
    by = _admin(request)
    form = NewUserForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            facts = {name: form.cleaned_data[name] for name in ("username", "role", "email")}
            area = form.changes["area_id"]
            created, password = people.create_person(**facts, area=area, by=by)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            shown = {"person": created, "password": password, "is_new": True}
            return render(request, "accounts/first_password.html", shown)
    return render(request, "accounts/user_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def user(request: HttpRequest, user_id: int) -> HttpResponse:
    """One person: what is known, what can be done; POST saves role, area and e-mail."""
    by = _admin(request)
    person = _find(user_id)
    record_reading(target_type="user", target_id=str(person.pk), label=person.username, signed=by.signature)
    form = EditUserForm.of(person, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.edit_person(user_id=user_id, changes=form.changes, by=by)
        except ValidationError as error:
            form.add_error(None, error)
        except PersonRefused as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Saved. It counts from now on."))
            return redirect("user", user_id)
    return render(request, "accounts/user.html", {"form": form, **_about(person, by)})


def _about(person: User, by: Operator) -> dict[str, Any]:
    return {
        "person": person,
        "is_me": person.pk == by.id,
        "has_app": second_factor.has_app(person),
        "sessions": len(signing_in.own_sessions(user=person, this=None)),
        "asked": person.promotions.filter(state=PromotionRequest.State.PENDING).first(),
        "reject_form": RejectForm(),
        "erase_form": EraseForm(),
    }


@require_POST
@login_required
def give_password(request: HttpRequest, user_id: int) -> HttpResponse:
    """The new password is on the answer's page and nowhere else."""
    by = _admin(request)
    person = _find(user_id)
    if person.pk == by.id:
        messages.error(request, _("Change your own password on your profile. Nothing was changed."))
        return redirect("user", user_id)
    password = passwords.give_password(target=person, by=by)
    return render(request, "accounts/first_password.html", {"person": person, "password": password})


@require_POST
@login_required
def deactivate(request: HttpRequest, user_id: int) -> HttpResponse:
    by = _admin(request)
    said = _("Not active any more, and signed out everywhere. What was done stays.")
    return _done(request, user_id, lambda: people.deactivate_person(user_id=user_id, by=by), said)


@require_POST
@login_required
def activate(request: HttpRequest, user_id: int) -> HttpResponse:
    by = _admin(request)
    return _done(request, user_id, lambda: people.activate_person(user_id=user_id, by=by), _("Active again."))


@require_POST
@login_required
def erase(request: HttpRequest, user_id: int) -> HttpResponse:
    by, person = _admin(request), _find(user_id)
    form = EraseForm(request.POST)
    if not form.is_valid() or form.cleaned_data["name"] != person.username:
        messages.error(request, _("The name that you typed is not this person's. Nothing was changed."))
        return redirect("user", user_id)
    words = form.cleaned_data["words"].splitlines()
    said = _("Erased. What this person did stays under the name above.")
    return _done(
        request,
        user_id,
        lambda: anonymising.anonymise_person(user_id=user_id, words=words, by=by),
        said,
    )


@require_POST
@login_required
def unlock(request: HttpRequest, user_id: int) -> HttpResponse:
    by, person = _admin(request), _find(user_id)
    return _done(
        request, user_id, lambda: passwords.unlock(target=person, by=by), _("The name can be used again.")
    )


@require_POST
@login_required
def reset_second_factor(request: HttpRequest, user_id: int) -> HttpResponse:
    by, person = _admin(request), _find(user_id)
    said = _("The code app and the recovery codes are gone. Signed out everywhere.")
    return _done(request, user_id, lambda: second_factor.reset_second_factor(target=person, by=by), said)


@require_POST
@login_required
def sign_out(request: HttpRequest, user_id: int) -> HttpResponse:
    by, person = _admin(request), _find(user_id)
    return _done(
        request, user_id, lambda: signing_in.end_sessions(target=person, by=by), _("Signed out everywhere.")
    )


@require_POST
@login_required
def approve(request: HttpRequest, request_id: int) -> HttpResponse:
    by, user_id = _admin(request), _who_asked(request_id)
    return _done(
        request,
        user_id,
        lambda: promotion.approve_promotion(request_id=request_id, by=by),
        _("This person is an admin now, and was told."),
    )


@require_POST
@login_required
def reject(request: HttpRequest, request_id: int) -> HttpResponse:
    by, user_id = _admin(request), _who_asked(request_id)
    form = RejectForm(request.POST)
    answer = form.cleaned_data["answer"] if form.is_valid() else ""
    return _done(
        request,
        user_id,
        lambda: promotion.reject_promotion(request_id=request_id, answer=answer, by=by),
        _("The person was told."),
    )


def _who_asked(request_id: int) -> int:
    asked = PromotionRequest.objects.filter(pk=request_id).first()
    if asked is None:
        raise Http404(_("no such request"))
    return asked.user_id


def _done(request: HttpRequest, user_id: int, operation: Callable[[], Any], said: str) -> HttpResponse:
    """Carry out and say so, or say why not, on the person's page."""
    try:
        operation()
    except PersonRefused as refused:
        if refused.code == "unknown":
            raise Http404(refused.message) from None
        messages.error(request, refused.message)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, said)
    return redirect("user", user_id)
