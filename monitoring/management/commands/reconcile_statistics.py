import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.statistics.folding import fold, reconcile


class Command(BaseCommand):
    help = (
        "Counts the dashboard's numbers anew from the tables. Scans go on meanwhile. Exit code 0: they were "
        "right already; 1: some differed, and are right now."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only-fold", action="store_true", help="count just what waits to be counted, as the worker does"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["only_fold"]:
            fold()
            return
        found = [{"key": key, "cached": int(told), "counted": int(true)} for key, told, true in reconcile()]
        if options["json"]:
            self.stdout.write(json.dumps({"ok": not found, "differed": found}))
        else:
            for row in found:
                self.stdout.write(f"{row['key']}: {row['cached']} was shown, {row['counted']} is right")
            self.stderr.write("The numbers are right now." if found else "The numbers were right.")
        if found:
            raise SystemExit(1)
