import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from traitortrack.backups.programs import BackupError, own_database
from traitortrack.backups.restoring import restore
from traitortrack.services import signals
from traitortrack.services.errors import ServiceError


class Command(BaseCommand):
    """A backup becomes a database: restored beside, migrated, asked, and only then given its name.

    What stood under that name is set aside, never dropped. Whatever fails leaves all as it was.
    """

    help = "Brings a backup back as a database. Refuses one that holds data, unless told to set it aside."
    # It may be there because the database is gone.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the backup: a path, or a name in BACKUP_DIR")
        parser.add_argument("--into", metavar="NAME", help="the database to make (that of DATABASE_URL)")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="where a database of that name holds data, set it aside under a new name",
        )
        parser.add_argument("--json", action="store_true", help="tell of it as JSON on standard output")

    def handle(self, *args: Any, file: Path, into: str | None, **options: Any) -> None:
        self.stderr.style_func = None
        found = file if file.is_file() else settings.BACKUP_DIR / file
        if not found.is_file():
            raise CommandError(f"The backup {file} was not found. Nothing was changed.")
        name = own_database() if into is None else into
        try:
            with signals.handled(signals.interrupt):
                aside = restore(file=found, into=name, replace_it=options["replace"], say=self.stderr.write)
        except (BackupError, ServiceError) as error:
            raise CommandError(str(error)) from error
        if aside:
            self.stderr.write(f"What stood there is kept as {aside}. Drop it when nobody needs it any more.")
        told = {"database": name, "file": str(found), "set_aside": aside}
        self.stdout.write(json.dumps(told) if options["json"] else name)
