"""Mails, the reports that go out by them, and what the exception report tells of."""

from datetime import datetime, time

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email

from traitortrack.settings.environment import HOME, env

# Mail. Without EMAIL_URL it is laid into a folder here, for a trial sends none.

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="TraitorTrack <traitortrack@localhost>")


def _time_of_day(name: str, told: str) -> time:
    """A time in TIME_ZONE."""
    try:
        return datetime.strptime(told, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is a time such as 20:00, not {told!r}.") from error


def _addresses(name: str, told: list[str]) -> list[str]:
    addresses = list(dict.fromkeys(address.strip() for address in told if address.strip()))
    try:
        for address in addresses:
            validate_email(address)
    except ValidationError as error:
        raise ImproperlyConfigured(f"{name} is e-mail addresses with commas between.") from error
    return addresses


# Reports that go out each day: when, and to whom.
DAY_SUMMARY_AT = _time_of_day("DAY_SUMMARY_AT", env.str("DAY_SUMMARY_AT", default="20:00"))
DAY_SUMMARY_TO = _addresses("DAY_SUMMARY_TO", env.list("DAY_SUMMARY_TO", default=[]))
EXCEPTIONS_AT = _time_of_day("EXCEPTIONS_AT", env.str("EXCEPTIONS_AT", default="07:00"))
EXCEPTIONS_TO = _addresses("EXCEPTIONS_TO", env.list("EXCEPTIONS_TO", default=[]))

# From where on the exception report tells of a thing (monitoring/reports/exceptions.py).
EXCEPTIONS = {
    "open_hours": env.int("EXCEPTION_OPEN_HOURS", default=24),
    "unbilled_hours": env.int("EXCEPTION_UNBILLED_HOURS", default=48),
    "short_percent": env.int("EXCEPTION_SHORT_PERCENT", default=10),
    "bill_days": env.int("EXCEPTION_BILL_DAYS", default=3),
    "silent_minutes": env.int("EXCEPTION_SILENT_MINUTES", default=60),
    "refused_percent": env.int("EXCEPTION_REFUSED_PERCENT", default=10),
    "refused_scans": env.int("EXCEPTION_REFUSED_SCANS", default=20),
}
if min(EXCEPTIONS.values()) < 0:
    raise ImproperlyConfigured(
        "The EXCEPTION_… limits are hours, days, minutes, scans and per cent: 0 or more."
    )
