"""What each web process counts as it goes, and the middleware that does it.

Per request: one histogram, one counter, two for its SQL; per scan call one histogram and a counter for each
scan. docs/operations.md has what that costs.
"""

import logging
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import CollectorRegistry, Counter, Histogram
from psycopg import ClientCursor

from monitoring.errors import UNAVAILABLE, note_error, write_waiting
from monitoring.metrics import files

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
SERVER_ERROR, SERVICE_UNAVAILABLE = 500, 503

log = logging.getLogger(__name__)

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "traitortrack_http_requests",
    "Requests by method, address and status.",
    ("method", "route", "status"),
    registry=REGISTRY,
)
REQUEST_SECONDS = Histogram(
    "traitortrack_http_request_seconds",
    "How long requests took, by method and address.",
    ("method", "route"),
    buckets=LATENCIES,
    registry=REGISTRY,
)
SQL_STATEMENTS = Counter("traitortrack_sql_statements", "SQL statements of requests.", (), registry=REGISTRY)
SQL_SECONDS = Counter("traitortrack_sql_seconds", "How long they took.", (), registry=REGISTRY)
SCANS = Counter("traitortrack_scans", "Scans by result code.", ("result",), registry=REGISTRY)
SCAN_SECONDS = Histogram(
    "traitortrack_scan_call_seconds",
    "How long calls that carry scans took, with all that belongs to them.",
    (),
    buckets=LATENCIES,
    registry=REGISTRY,
)
ERRORS = Counter(
    "traitortrack_errors", "Requests answered with 500 and above, by kind.", ("kind",), registry=REGISTRY
)


class ObserveMiddleware:
    """The outermost: counts every request with its statements and scans, and its error if it had one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        if files.is_shared():
            files.fold_ended(settings.METRICS_DIR)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        statements = Statements(request)
        with ExitStack() as watched:
            for database in connections.all():
                watched.enter_context(database.execute_wrapper(statements))
            response = self.get_response(request)
        try:
            _count(request, response.status_code, time.perf_counter() - began, statements)
        except OSError as error:
            # Somebody removed the folder of the counts. Nobody's scan fails for that.
            log.warning("a request could not be counted: %s", type(error).__name__)
        return response


class Statements:
    """Counts and times the statements of one request (or job), and writes the `request_id` of `whose` before
    those that are not prepared.

    A prepared statement is known by its text: with another comment each time it would be prepared anew for
    every scan (docs/operations.md has the figures), so those keep their text; their effects carry the id in
    the audit log.
    """

    __slots__ = ("count", "seconds", "whose")

    def __init__(self, whose: object) -> None:
        self.whose, self.count, self.seconds = whose, 0, 0.0

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        if isinstance(context["cursor"].cursor, ClientCursor):
            sql = f"/* request_id={getattr(self.whose, 'request_id', '')} */ {sql}"
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - began


def route_of(request: HttpRequest) -> str:
    """The address as the map of addresses writes it: without codes, names and tokens."""
    match = request.resolver_match
    return match.route if match else "none"


def _count(request: HttpRequest, status: int, seconds: float, statements: Statements) -> None:
    method = request.method if request.method in METHODS else "other"
    route = route_of(request)
    REQUESTS.labels(method, route, status).inc()
    REQUEST_SECONDS.labels(method, route).observe(seconds)
    SQL_STATEMENTS.inc(statements.count)
    SQL_SECONDS.inc(statements.seconds)
    if codes := getattr(request, "scan_codes", ()):
        SCAN_SECONDS.observe(seconds)
        for code in codes:
            SCANS.labels(code).inc()
    if status >= SERVER_ERROR:
        kind = UNAVAILABLE if status == SERVICE_UNAVAILABLE else getattr(request, "failed_with", "unknown")
        ERRORS.labels(kind).inc()
        note_error(kind)
    else:
        write_waiting()
