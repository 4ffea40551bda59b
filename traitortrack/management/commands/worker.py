from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

STOP_SECONDS = 10
# How long it waits for a connection. At its end it asks twice at the most, for a job and for itself, and the
# database may have gone before it; while it works, a worker that finds none ends and is started again.
CONNECTION_SECONDS = 4


class Command(BaseCommand):
    help = (
        "Does the work that no page waits for: imports, exports, mails, periodic jobs. Runs until Ctrl-C; "
        "any number may run at once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at the same time (4)")
        parser.add_argument("--until-idle", action="store_true", help="end once no job is due")

    def handle(self, *args: Any, concurrency: int, until_idle: bool, **options: Any) -> None:
        # Django's connector has neither a pool nor LISTEN: a worker needs both.
        connector = PsycopgConnector(kwargs=connector_params(), timeout=CONNECTION_SECONDS)
        with app.replace_connector(connector):
            app.run_worker(
                concurrency=concurrency,
                wait=not until_idle,
                # LISTEN belongs to a session, which a pooler gives away; it then looks for jobs every 5 s.
                listen_notify=not settings.POOLED,
                # What is still running then is given back and done again by another worker.
                shutdown_graceful_timeout=STOP_SECONDS,
                # The record of what happened is the audit log; this one only grows.
                delete_jobs="successful",
            )
