import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.log import Signature
from bags.queue_files.importing import Outcome, import_queue
from bags.queue_files.parsing import QueueFileRefused


class Command(BaseCommand):
    help = (
        "Imports a queue that a device saved to a file. Importing it twice is harmless. "
        "Exit code 0: all entries went in; 1: some are broken, each is named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            content = options["file"].read_bytes()
            outcomes = import_queue(content=content, signed=Signature(actor="manage.py import_queue"))
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error}") from None
        except QueueFileRefused as refused:
            raise CommandError(refused.message) from None
        if options["json"]:
            self.stdout.write(json.dumps([asdict(outcome) for outcome in outcomes]))
        else:
            for outcome in outcomes:
                self._tell(outcome)
        if any(outcome.broken for outcome in outcomes):
            raise SystemExit(1)

    def _tell(self, outcome: Outcome) -> None:
        self.stderr.write(
            f"{outcome.name}: {outcome.new} recorded now, {outcome.replayed} recorded before, "
            f"{len(outcome.refused)} refused or kept as a conflict, {len(outcome.broken)} broken"
        )
        for row in [*outcome.refused, *outcome.broken]:
            self.stderr.write(f"  entry {row['number']}: {row['code']}: {row['message']}")
