"""What a server that others rely on must have: told by `manage.py check --deploy`."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def ready_for_production(**_: Any) -> list[CheckMessage]:
    """Asked where it runs without DEBUG on a database of its own: the private one is a trial."""
    return [*_missing(), *_unsafe()] if settings.PRODUCTION else []


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
            hint="The app's role must own no table, or it could change the audit log: deploy/README.md.",
            id="traitortrack.E006",
        )


def _unsafe() -> Iterator[CheckMessage]:
    for name, number in (("SECRET_KEY", 7), ("AUDIT_KEY", 10)):
        if not settings.SECRETS_GIVEN[name] or "CHANGE" in getattr(settings, name):
            yield Error(
                f"{name} is not set, or is the sample's.",
                hint="All web servers share it, and nobody else knows it. Make one: openssl rand -hex 32",
                id=f"traitortrack.E{number:03}",
            )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS takes every host name.",
            hint="Name those that people type: ALLOWED_HOSTS=traitortrack.example.com",
            id="traitortrack.E008",
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield Error(
            "HTTPS is on and TRUSTED_PROXIES is 0.",
            hint="Nobody is believed that a request came by https, so every page leads to itself. Set "
            "TRUSTED_PROXIES to the number of your proxies.",
            id="traitortrack.E009",
        )
    if not settings.TIME_ZONE_GIVEN:
        yield Warning(
            f"TIME_ZONE is not set; days in reports are those of {settings.TIME_ZONE}.",
            hint="Say it, so that nobody has to guess: TIME_ZONE=Asia/Kolkata",
            id="traitortrack.W011",
        )
