from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from audit.sealing import anchor_file, seal_and_anchor


class Command(BaseCommand):
    help = (
        "Seals the audit log's new entries into its hash chain and anchors it, as the worker does each "
        "minute. Safe to start many times at once. Exit code 2: it could not be done."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor", action="store_true", help="an anchor now, however old the last one is"
        )

    def handle(self, *_args: Any, anchor: bool, **_options: Any) -> None:
        self.stderr.style_func = None
        try:
            sealed = seal_and_anchor(at_once=anchor)
        except DatabaseError as error:
            raise CommandError(f"Nothing more was sealed: {error}", returncode=2) from error
        except OSError as error:
            raise CommandError(
                f"The entries are sealed, but {anchor_file()} cannot be written: {error.strerror}.",
                returncode=2,
            ) from error
        self.stderr.write(f"Sealed: {sealed}")
