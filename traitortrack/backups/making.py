"""One backup: dumped beside, read back whole, then given its name; the oldest ones go last."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from traitortrack.backups.programs import BackupError, own_database, run

LATEST = "latest.json"
PREFIX, SUFFIX, CHECKSUM = "traitortrack-", ".dump", ".sha256"
# A table without which it is no backup of ours.
MUST_HOLD = "TABLE DATA public django_migrations "
# Longer than a step of a migration may wait: a dump locks every table against changes of its shape.
LOCK_WAIT = "60s"


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup. `verified_at` is empty until it was restored and asked."""

    file: Path
    bytes: int
    finished_at: datetime
    verified_at: datetime | None = None

    def facts(self) -> dict[str, Any]:
        return {
            "finished_at": self.finished_at.isoformat(),
            "file": str(self.file),
            "bytes": self.bytes,
            "verified_at": self.verified_at.isoformat() if self.verified_at else None,
        }


def make_backup() -> Backup:
    """Dumps the database into BACKUP_DIR as one consistent moment, while people go on working.

    Raises BackupError, ServiceError; then no file is left behind and the older backups are untouched.
    """
    folder: Path = settings.BACKUP_DIR
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with one_at_a_time(folder):
        for left_behind in folder.glob(f"{PREFIX}*.part"):
            left_behind.unlink()
        # To the microsecond, so that names sort as they were made.
        file = folder / f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{SUFFIX}"
        part = file.with_name(file.name + ".part")
        try:
            _dump(part)
            assert_readable(part)
            _write_through(checksum_file(file), f"{sha256(part)}  {file.name}\n")
            part.rename(file)
        except BaseException:
            for remains in (part, checksum_file(file)):
                remains.unlink(missing_ok=True)
            raise
        made = Backup(file, file.stat().st_size, datetime.now(UTC))
        tell_latest(made)
        _rotate(folder)
        return made


def tell_latest(backup: Backup) -> None:
    """Writes latest.json, which the health page reads; in one piece, whatever happens meanwhile."""
    _write_through(backup.file.with_name(LATEST), json.dumps(backup.facts(), indent=1) + "\n")


def assert_readable(file: Path) -> None:
    """BackupError unless pg_restore can read every byte of it and it is a backup of ours."""
    if MUST_HOLD not in run("pg_restore", "--list", file):
        raise BackupError(f"{file.name} is no backup of TraitorTrack. Nothing was changed.")
    # The list stands at the beginning; only reading all of it finds what is broken or cut off behind.
    run("pg_restore", "--file=/dev/null", file)


def assert_unchanged(file: Path) -> None:
    """BackupError when the file is not the one that was written. One without a checksum is only read."""
    checksum = checksum_file(file)
    if checksum.exists() and checksum.read_text().split()[:1] != [sha256(file)]:
        raise BackupError(
            f"{file.name} differs from its checksum: it was changed or damaged after it was made. "
            "Nothing was changed. Use another backup."
        )


def checksum_file(file: Path) -> Path:
    """Beside the backup, in the form that `sha256sum --check` reads."""
    return file.with_name(file.name + CHECKSUM)


def sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                "Another backup is at work. This one changed nothing. Wait until the other has ended."
            ) from None
        yield


def _dump(part: Path) -> None:
    part.touch(mode=0o600)
    options = ("--format=custom", f"--lock-wait-timeout={LOCK_WAIT}", "--no-password", f"--file={part}")
    run("pg_dump", *options, database=own_database(), watch=part)
    with part.open("rb") as written:
        os.fsync(written.fileno())


def _rotate(folder: Path) -> None:
    for old in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[: -settings.BACKUP_KEEP]:
        old.unlink()
        checksum_file(old).unlink(missing_ok=True)


def _write_through(file: Path, text: str) -> None:
    fresh = file.with_name(file.name + ".new")
    fresh.touch(mode=0o600)
    with fresh.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.rename(file)
