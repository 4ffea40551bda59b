"""What a log line is: one line whatever was sent to us, as JSON in production and readable in development,
with the id of the request that it belongs to, and without anybody's name, address, or secret.

Nothing here trusts a library to be careful: addresses of pages are told as the map of addresses writes them,
jobs by name and number without their arguments, database errors without the values in them, and whatever
looks like an e-mail address or a secret is struck out.
"""

import json
import logging
import re
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import psycopg
import structlog
from django.conf import settings
from gunicorn.glogging import Logger

LONGEST_TEXT = 1000
FRAMES_TOLD = 25
STRUCK = "[…]"

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SECRETS = [
    (re.compile(r"[^\s@<>\"'=(),;:]+@[\w-]+(\.[\w-]+)+"), STRUCK),
    (re.compile(r"(?<=://)[^\s/@]+@"), f"{STRUCK}@"),
    (re.compile(r"\bip=\S+?(?=[\s:,]|$)"), f"ip={STRUCK}"),
    (
        re.compile(
            r"(?i)\b((?:\w*(?:password|passwd|token|secret|cookie|session|authorization|api_?key)\w*)"
            r"[\"']?\s*[=:]\s*[\"']?)(?:bearer\s+|basic\s+)?[^\s\"'&,;)]+"
        ),
        rf"\1{STRUCK}",
    ),
]
_SECRET_NAME = re.compile(r"(?i)password|token|secret|cookie|authorization|session")
_ENDS = re.compile(r".*/(?=(?:[^/]+/){2}[^/]+$)")

Told = MutableMapping[str, Any]


def formatter(style: str) -> logging.Formatter:
    """For LOGGING: `json` or `text`."""
    ends: dict[str, list[Any]] = {
        "json": [_as_data, _careful, _as_json],
        "text": [
            _as_data,
            _careful,
            _as_lines,
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
    }
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
            structlog.stdlib.ExtraAdder(allow=["status", "ms", "route", "method"]),
            _without_arguments,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ends[style]],
    )


class OneLineLog(Logger):
    """gunicorn's own lines in the same form."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(formatter(settings.LOG_FORMAT))


def _without_arguments(_logger: Any, _method: str, told: Told) -> Told:
    """Django's lines name the page, procrastinate's the arguments of a job: here they name neither."""
    record: logging.LogRecord = told["_record"]
    if request := getattr(record, "request", None):
        told["event"] = f"{record.name.removeprefix('django.')}: {getattr(record, 'status_code', '')}"
        if record.name == "django.security.csrf" and isinstance(record.args, tuple):
            told["event"] += f" {record.args[0]}" if record.args else ""
        told["method"] = getattr(request, "method", None)
        match = getattr(request, "resolver_match", None)
        told["route"] = match.route if match else "none"
    elif record.name.startswith("procrastinate"):
        job = getattr(record, "job", None) or {}
        told["event"] = f"job: {getattr(record, 'action', record.funcName)}"
        if job:
            told.update(job_id=job.get("id"), task=job.get("task_name"))
    return told


def _as_data(_logger: Any, _method: str, told: Told) -> Told:
    """The exception, its causes first asked last, as a list; each with the places it came through."""
    failure = told.pop("exc_info", None)
    error = failure[1] if isinstance(failure, tuple) else failure
    if isinstance(error, BaseException):
        told["exception"] = [_described(one) for one in _chain(error)]
    if stack := told.pop("stack_info", None):
        told["stack"] = stack
    return told


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _described(error: BaseException) -> dict[str, Any]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_TOLD:]
    return {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": _message(error),
        "through": [f"{_ENDS.sub('', frame.filename)}:{frame.lineno} {frame.name}" for frame in frames],
    }


def _message(error: BaseException) -> str:
    """What the exception says; a database error only its code and constraint: its text quotes values."""
    cause = error.__cause__ if isinstance(error.__cause__, psycopg.Error) else error
    if not isinstance(cause, psycopg.Error) or not cause.sqlstate:
        return str(error)
    return " ".join(filter(None, [cause.sqlstate, cause.diag.constraint_name or cause.diag.table_name]))


def _careful(_logger: Any, _method: str, told: Told) -> Told:
    return {name: STRUCK if _SECRET_NAME.search(name) else _clean(value) for name, value in told.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        text = value[: 2 * LONGEST_TEXT]
        for secret, instead in _SECRETS:
            text = secret.sub(instead, text)
        text = _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
        return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
    if isinstance(value, dict):
        return _careful(None, "", value)
    if isinstance(value, list):
        return [_clean(one) for one in value]
    return value


def _as_lines(_logger: Any, _method: str, told: Told) -> Told:
    """The cleaned exception for reading: each error, below it the places it came through."""
    if isinstance(errors := told.get("exception"), list):
        told["exception"] = "\n".join(
            "\n    ".join([f"{one['type']}: {one['message']}", *one["through"]]) for one in errors
        )
    return told


def _as_json(_logger: Any, _method: str, told: Told) -> str:
    return json.dumps(told, default=lambda value: _clean(repr(value)))
