import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from audit.log import Signature
from audit.retention import apply_retention


class Command(BaseCommand):
    help = (
        "Takes away what is older than the days it is kept (RETENTION_…_DAYS), as the worker does each "
        "night. See docs/privacy.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only tell how much it would be")
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        signed = Signature(actor="manage.py apply_retention")
        outcomes = apply_retention(signed=signed, dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(outcome) for outcome in outcomes]))
            return
        verb = "would go" if options["dry_run"] else "gone"
        for one in outcomes:
            kept = f"kept {one.days} days" if one.days else "kept for ever"
            self.stdout.write(f"{one.rows:>10,} {verb}  {one.what} ({kept})")
