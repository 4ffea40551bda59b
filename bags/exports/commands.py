"""What the export commands share: one for each list."""

import os
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import ValidationError

from accounts.models import Role
from accounts.operators import Operator
from audit.log import Signature
from bags.exports.catalogue import FORMATS, Listing, listings, read_filters
from bags.exports.making import export_now


class ExportCommand(BaseCommand):
    """Writes the list called `name` to a file, which appears only once it is whole."""

    name: str

    @property
    def help(self) -> str:  # type: ignore[override]
        return (
            f"Writes the list of {self.name} to a file, newest first, filtered as the list is. "
            "Texts that a spreadsheet program would take for a formula get an apostrophe in CSV."
        )

    @property
    def listing(self) -> Listing:
        return listings()[self.name]

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write"
        )
        parser.add_argument("--format", choices=FORMATS, default="csv", help="csv (as without it) or xlsx")
        for name, field in self.listing.filters.model_fields.items():
            parser.add_argument(f"--{field.alias or name}", dest=f"filter_{field.alias or name}", default="")

    def handle(self, *_args: Any, output: Path, format: str, **options: Any) -> None:
        given = [
            (name.removeprefix("filter_"), value)
            for name, value in options.items()
            if name.startswith("filter_")
        ]
        try:
            wanted = read_filters(self.listing.filters, given)
        except ValidationError as error:
            wrong = "; ".join(f"--{item['loc'][0]}: {item['msg']}" for item in error.errors())
            raise CommandError(f"{wrong}. Nothing was written.") from None
        door = f"manage.py export_{self.name}"
        by = Operator(id=0, name=door, role=Role.ADMIN, area=None, signature=Signature(actor=door))
        began, part = time.monotonic(), None
        try:
            handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
            part = Path(name)
            with os.fdopen(handle, "wb") as out:
                done = export_now(
                    listing=self.listing, wanted=wanted, kind=format, by=by, out=out, tell=self._tell
                )
            part.chmod(0o644)
            part.replace(output)
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}. Nothing was written.") from None
        except KeyboardInterrupt:
            self.stderr.write("\nStopped. Nothing was written.")
            sys.exit(1)
        finally:
            if part:
                part.unlink(missing_ok=True)
        self.stderr.write(f"{done:,} rows written to {output} in {time.monotonic() - began:.1f} s")

    def _tell(self, rows: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{rows:,} rows ", ending="")
