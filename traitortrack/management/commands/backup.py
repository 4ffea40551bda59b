import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from traitortrack.backups.making import make_backup
from traitortrack.backups.programs import BackupError
from traitortrack.backups.restoring import verify
from traitortrack.services import signals
from traitortrack.services.errors import ServiceError


class Command(BaseCommand):
    """The whole database as one file in BACKUP_DIR, read back before it gets its name; BACKUP_KEEP are kept.

    latest.json beside it tells of the newest one. People go on working meanwhile.
    """

    help = "Makes a backup of the whole database in BACKUP_DIR and removes the oldest ones."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--verify",
            action="store_true",
            help="also restore it into a scratch database and ask the questions that must find nothing",
        )
        parser.add_argument("--json", action="store_true", help="tell of it as JSON on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stderr.style_func = None
        try:
            with signals.handled(signals.interrupt):
                backup = make_backup()
                self.stderr.write(f"Backup: {backup.bytes:,} bytes, read back whole.")
                if options["verify"]:
                    self.stderr.write("Restoring it into a scratch database ...")
                    backup = verify(backup)
                    self.stderr.write("Verified: it was restored, and every promise holds in it.")
        except (BackupError, ServiceError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(backup.facts()) if options["json"] else str(backup.file))
