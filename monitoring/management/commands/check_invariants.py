import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.invariants import QUESTIONS, broken


class Command(BaseCommand):
    help = "Asks the questions that must find nothing. Exit code 0: all promises hold; 1: some are broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        found = broken()
        if options["json"]:
            told = [
                {"number": question.number, "question": question.text, "rows": found.get(question.number, [])}
                for question in QUESTIONS
            ]
            self.stdout.write(json.dumps({"ok": not found, "questions": told}, default=str))
        else:
            for question in QUESTIONS:
                rows = found.get(question.number)
                self.stdout.write(f"{question.number:>2}  {'BROKEN' if rows else 'holds '}  {question.text}")
                for row in rows or []:
                    self.stdout.write(f"      {row}")
        if found:
            raise SystemExit(1)
