"""Where signing in leads, from one page of it to the next."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.steps import Step, known, next_step


def next_of(request: HttpRequest) -> str:
    """Where the person wanted to go: a page of ours, else the start page."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    if url_has_allowed_host_and_scheme(asked, allowed_hosts=hosts, require_https=request.is_secure()):
        return asked
    return resolve_url(settings.LOGIN_REDIRECT_URL)


def to_step(request: HttpRequest, step: Step) -> HttpResponse:
    """To the page of that step, which leads on to where the person wanted to go."""
    query = urlencode({"next": next_of(request)})
    return HttpResponseRedirect(f"{reverse(step.value)}?{query}")


def onward(request: HttpRequest) -> HttpResponse:
    """To what is still missing, else to where the person wanted to go."""
    user = known(request)
    step = user and next_step(request, user)
    return to_step(request, step) if step else redirect(next_of(request))
