import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from pydantic import TypeAdapter, ValidationError

from accounts.trail import record_export
from audit.log import Signature
from bags.schemas import When
from billing.epcis.documents import document_parts

_WHEN: TypeAdapter[datetime] = TypeAdapter(When)


def _moment(text: str) -> datetime:
    try:
        return _WHEN.validate_python(text)
    except ValidationError:
        raise ArgumentTypeError(
            f"{text!r} is no day or time such as 2026-11-24 or 2026-11-24T14:00"
        ) from None


class Command(BaseCommand):
    help = (
        "Writes what happened with bags and bills as one EPCIS 2.0 document (JSON), in the order in which it "
        "was recorded. The same stretch of time always gives the same document."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("-o", "--output", type=Path, help="the file to write (standard output)")
        parser.add_argument(
            "--from", type=_moment, dest="begin", help="recorded at this day or time, or later"
        )
        parser.add_argument("--to", type=_moment, dest="end", help="recorded before this day or time")

    def handle(self, *_args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        begin, end = options["begin"], options["end"]
        try:
            events = self._to_file(output, begin, end) if output else self._write(self._say, begin, end)
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error}") from None
        except KeyboardInterrupt:
            self.stderr.write("\nStopped. The document is not whole." if output is None else "\nStopped.")
            raise SystemExit(1) from None
        filters = {"from": begin.isoformat() if begin else None, "to": end.isoformat() if end else None}
        record_export(what="epcis", filters=filters, signed=Signature(actor="manage.py export_epcis"))
        self.stderr.write(f"{events:,} events written.")

    def _to_file(self, output: Path, begin: datetime | None, end: datetime | None) -> int:
        """A file that is there is replaced once the new one is whole, and not otherwise."""
        part = output.with_name(f"{output.name}.part")
        try:
            with part.open("w", encoding="utf-8") as file:
                events = self._write(file.write, begin, end)
            part.replace(output)
        finally:
            part.unlink(missing_ok=True)
        return events

    def _say(self, text: str) -> None:
        self.stdout.write(text, ending="")

    def _write(self, write: Callable[[str], Any], begin: datetime | None, end: datetime | None) -> int:
        events, told = 0, time.monotonic()
        for part in document_parts(begin=begin, end=end):
            write(part.text.decode())
            events += part.events
            if self.stderr.isatty() and time.monotonic() - told > 1:
                told = time.monotonic()
                self.stderr.write(f"\r{events:,} events ", ending="")
        return events
