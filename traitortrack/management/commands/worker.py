from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from procrastinate.contrib.django import app

STOP_SECONDS = 10


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
        with app.replace_connector(app.connector.get_worker_connector()):  # type: ignore[attr-defined]
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
