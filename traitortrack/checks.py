"""What a server that others rely on must have: told by `manage.py check --deploy`."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security, deploy=True)
def ready_for_production(**_: Any) -> list[CheckMessage]:
    """Asked where it runs without DEBUG on a database of its own: the private one is a trial."""
    return list(_missing()) if settings.PRODUCTION else []


def _missing() -> Iterator[Error]:
    if not settings.REDIS_GIVEN:
        yield Error(
            "REDIS_URL is not set.",
            hint="Web servers share their counters of tries in Redis. Set REDIS_URL.",
            id="traitortrack.E001",
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        yield Error(
            "PUBLIC_URL is not an https address.",
            hint="Links in mails lead there. Set PUBLIC_URL, such as https://traitortrack.example.com.",
            id="traitortrack.E002",
        )
    if not settings.EMAIL_URL:
        yield Error(
            "EMAIL_URL is not set.",
            hint="Without it nobody can reset a forgotten password. Set EMAIL_URL and EMAIL_FROM.",
            id="traitortrack.E003",
        )
    if not settings.HTTPS:
        yield Error(
            "HTTPS is off.",
            hint="Passwords and sessions must not travel in clear. Set HTTPS=true behind your proxy.",
            id="traitortrack.E004",
        )
    if settings.SECOND_FACTOR != "required":
        yield Error(
            "SECOND_FACTOR is only offered.",
            hint="An admin's password alone must open nothing. Set SECOND_FACTOR=required.",
            id="traitortrack.E005",
        )
    if settings.DATABASE_DIRECT_URL == settings.DATABASE_URL:
        yield Error(
            "DATABASE_URL and DATABASE_DIRECT_URL name the same role.",
            hint="The app's role must own no table, or it could change the audit log. README.md tells more.",
            id="traitortrack.E006",
        )
