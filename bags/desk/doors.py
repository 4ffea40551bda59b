"""What the pages of those who decide have in common."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.forms import Form
from django.http import HttpRequest

from accounts.api import operator_of
from accounts.operators import Operator
from bags.desk.deciding import DecisionRefused
from bags.recounts.confirming import RecountRefused


def decider(request: HttpRequest) -> Operator:
    by = operator_of(request)
    if not by.may_bill:
        raise PermissionDenied
    return by


def read_form(form: Form) -> Form:
    if not form.is_valid():
        raise BadRequest
    return form


def say(request: HttpRequest, operation: Callable[[], object], done: str) -> None:
    try:
        operation()
    except (DecisionRefused, RecountRefused) as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
