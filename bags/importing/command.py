"""What the three import commands share."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Area, Role, User
from accounts.operators import Operator
from bags.importing.corrections import correction_pieces
from bags.importing.models import ImportBatch
from bags.importing.refusal import ImportRefused
from bags.importing.service import import_file
from bags.importing.words import file_words, row_words

_SHOWN = 1_000


class ImportCommand(BaseCommand):
    """Imports files of one kind; every row that does not go in is told with its number and reason."""

    kind: ClassVar[str]
    nargs: ClassVar[str | None] = None

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", type=Path, nargs=self.nargs or 1)
        parser.add_argument("--by", metavar="NAME", help="the admin in whose name it is done (the first one)")
        parser.add_argument("--area", help="the area of new sacks (none)")
        parser.add_argument("--check", action="store_true", help="judge every row, write nothing")
        parser.add_argument(
            "--errors", type=Path, metavar="FILE", help="write just the bad rows there, as CSV"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON on standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["errors"] and len(options["files"]) > 1:
            raise CommandError("--errors goes with one file. Nothing was imported.", returncode=2)
        by, area = _admin(options["by"]), _area(options["area"])
        reports = [self._import(path, by, area, options) for path in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps(reports))
        if any(report["bad"] for report in reports):
            raise SystemExit(1)

    def _import(self, path: Path, by: Operator, area: str | None, options: dict[str, Any]) -> dict[str, Any]:
        report: dict[str, Any] = {"file": str(path)}

        def seen(batch: ImportBatch) -> None:
            report.update(_report(batch))
            if options["errors"]:
                options["errors"].write_bytes(b"".join(correction_pieces(batch)))

        try:
            with path.open("rb") as file:
                import_file(
                    kind=self.kind,
                    file_name=path.name,
                    file=file,
                    by=by,
                    area=area,
                    progress=self._progress(),
                    seen=seen,
                    apply=not options["check"],
                )
        except OSError as error:
            raise CommandError(
                f"{path} cannot be read: {error.strerror}. Nothing was imported.", returncode=2
            ) from None
        except ImportRefused as refused:
            words = file_words(refused.code, refused.facts)
            raise CommandError(f"{path}: {words} Nothing of it was imported.", returncode=2) from None
        except KeyboardInterrupt:
            raise CommandError(f"\nStopped. Nothing of {path} was imported.") from None
        self._tell(report, is_check=options["check"])
        return report

    def _progress(self) -> Any:
        told = 0.0

        def progress(step: str, done: int, of: int) -> None:
            nonlocal told
            if self.stderr.isatty() and time.monotonic() - told > 0.5:
                told = time.monotonic()
                self.stderr.write(f"\r{step} {done:,}{f' of {of:,}' if of else ''}  ", ending="")

        return progress

    def _tell(self, report: dict[str, Any], *, is_check: bool) -> None:
        for row in report["problems"]:
            sheet = f"{row['sheet']}, " if row["sheet"] else ""
            self.stderr.write(f"  {sheet}row {row['line']}: {row['code']}: {row['message']}")
        if report["bad"] > len(report["problems"]):
            self.stderr.write(
                f"  … {report['bad'] - len(report['problems']):,} more; --errors FILE has them all"
            )
        went = "would go in" if is_check else "went in"
        self.stderr.write(
            f"{report['file']}: {report['good']:,} rows {went}, {report['known']:,} were so already, "
            f"{report['bad']:,} did not go in"
        )


def _report(batch: ImportBatch) -> dict[str, Any]:
    return {
        "import": batch.pk,
        "total": batch.total,
        "good": batch.good,
        "known": batch.known,
        "bad": batch.bad,
        "made": batch.made,
        "problems": [
            {
                "sheet": problem.sheet,
                "line": problem.line,
                "code": problem.code,
                "message": row_words(problem.code, problem.facts),
                "cells": problem.cells,
            }
            for problem in batch.problems.order_by("place")[:_SHOWN]
        ],
    }


def _admin(name: str | None) -> Operator:
    admins = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk")
    user = (admins.filter(username__iexact=name) if name else admins).first()
    if user is None:
        raise CommandError("There is no such active admin. Make one with create_user.", returncode=2)
    return Operator.of(user)


def _area(slug: str | None) -> str | None:
    if slug and not Area.objects.filter(pk=slug).exists():
        known = ", ".join(Area.objects.values_list("pk", flat=True))
        raise CommandError(f"There is no area {slug}. Known: {known}", returncode=2)
    return slug or None
