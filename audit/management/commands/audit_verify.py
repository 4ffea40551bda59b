import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection, transaction

from audit.verifying import AnchorsUnreadable, Report, verify


class Command(BaseCommand):
    help = (
        "Proves that nobody changed the audit log: reads every entry, seal and anchor again and names the "
        "first bad row. Exit code 0: all is as it was written; 1: something is not; 2: it cannot be read."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stderr.style_func = None
        try:
            report = _verified()
        except (DatabaseError, AnchorsUnreadable) as error:
            raise CommandError(f"The audit log could not be read: {error}", returncode=2) from error
        if options["json"]:
            first = asdict(report.findings[0]) if report.findings else None
            self.stdout.write(json.dumps({"ok": not report.bad, "first_bad": first, **asdict(report)}))
        else:
            self._tell(report)
        if report.bad:
            raise SystemExit(1)

    def _tell(self, report: Report) -> None:
        for finding in report.findings:
            self.stderr.write(
                f"Position {finding.position or '-'}, entry {finding.entry or '-'}: {finding.text}"
            )
        if report.bad > len(report.findings):
            self.stderr.write(f"… and {report.bad - len(report.findings)} more")
        self.stderr.write(
            f"{'BROKEN' if report.bad else 'Unbroken'}: {report.sealed} sealed entries, {report.unsealed} not"
            f" sealed yet, {report.anchors} anchors, read in {report.seconds:.1f} s. Head: {report.head}"
        )


def _verified() -> Report:
    # One state throughout, though people are erased and entries sealed meanwhile.
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return verify()
