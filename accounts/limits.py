"""How often somebody may do something. Counters stand in Redis; when Redis is away, nobody is held up."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django_ratelimit.core import get_usage

from accounts.api import ApiError


def hold_back(request: HttpRequest, *, group: str, who: str, rate: str) -> None:
    """Count one call of `who` in `group`; raises ApiError 429 beyond `rate` ("50/s", or "off")."""
    if rate == "off":
        return
    usage = get_usage(request, group=group, key=lambda _group, _request: who, rate=rate, increment=True)
    if usage and usage["should_limit"]:
        message = _("Too many at once. Nothing was lost. Try again in a moment.")
        raise ApiError(429, "too_many", message, retry_after=max(1, usage["time_left"]))
