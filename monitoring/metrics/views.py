"""The address that Prometheus asks."""

import secrets
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from itertools import chain

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from accounts.addresses import client_ip
from monitoring.metrics import files
from monitoring.metrics.counting import REGISTRY
from monitoring.metrics.gauges import measured


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Everything that is counted and measured, as Prometheus text; for METRICS_ALLOWED addresses, or with
    METRICS_TOKEN as a bearer."""
    if not (_from_allowed_address(request) or _with_token(request)):
        raise PermissionDenied
    return HttpResponse(generate_latest(_All()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _All:
    """What the exposition asks for as if it were a registry."""

    def collect(self) -> Iterator[Metric]:
        counted: Iterable[Metric] = REGISTRY.collect()
        if files.is_shared():
            counted = files.collected(settings.METRICS_DIR)
        return chain(counted, measured())


def _from_allowed_address(request: HttpRequest) -> bool:
    """A request that came through a proxy which the settings do not count has an address that says nothing:
    it would be the proxy's, so everybody's."""
    if not settings.TRUSTED_PROXIES and "X-Forwarded-For" in request.headers:
        return False
    told = client_ip(request)
    return bool(told) and any(ip_address(told) in network for network in settings.METRICS_ALLOWED)


def _with_token(request: HttpRequest) -> bool:
    kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    given = secrets.compare_digest(token.strip().encode(), expected.encode())
    return bool(expected) and kind.lower() == "bearer" and given
