"""Exports as somebody asks for them: at once, or by the worker with the file kept for a while."""

import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from accounts.notifications import EXPORT_READY, notify
from accounts.operators import Operator
from accounts.trail import record_export
from audit import replicas
from audit.database import database_now
from bags.exports.catalogue import Listing, listings, read_filters, told_filters
from bags.exports.models import Export
from bags.exports.writing import Told, write_export

UNFINISHED_AT_MOST = 3
_UNFINISHED = (Export.State.WAITING, Export.State.RUNNING)
_PROGRESS_KEPT_S = 60
REPLICA_PATIENCE_S = 2.0


class ExportRefused(Exception):
    """Nothing was exported. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def is_small(*, listing: Listing, wanted: Mapping[str, Any], by: Operator) -> bool:
    """Whether its asker can wait for it."""
    most: int = settings.EXPORT_AT_ONCE_ROWS
    rows = listing.rows(by, wanted)
    return (rows if listing.in_order else rows.order_by())[: most + 1].count() <= most


def export_now(
    *,
    listing: Listing,
    wanted: Mapping[str, Any],
    kind: str,
    by: Operator,
    out: IO[bytes],
    tell: Told = lambda _rows: None,
) -> int:
    """Write the list to `out` and record it; returns the rows. Raises ExportRefused `not_allowed`."""
    done = _write(listing, wanted, kind, by, out, tell)
    _record(listing, wanted, kind, by, done, target_id=listing.name)
    return done


@transaction.atomic
def ask_export(*, listing: Listing, wanted: Mapping[str, Any], kind: str, by: Operator) -> Export:
    """Have the worker make the file. Asked again while it is not finished, it is the same one. Raises
    ExportRefused `not_allowed` or `too_many`."""
    _assert_may(listing, by)
    unfinished = Export.objects.filter(asked_by_id=by.id, state__in=_UNFINISHED)
    what = {"name": listing.name, "format": kind, "filters": told_filters(wanted)}
    if same := unfinished.filter(**what).first():
        return same
    if unfinished.count() >= UNFINISHED_AT_MOST:
        raise ExportRefused(
            "too_many", _("Your last exports are still being made. Wait for one of them, then ask again.")
        )
    now = database_now()
    export = Export.objects.create(**what, asked_by_id=by.id, asked_at=now, expires_at=now + _kept())
    app.configure_task("bags.jobs.make_export").defer(export_id=str(export.pk))
    return export


def make_export(export: Export, by: Operator) -> None:
    """Write the file of an export for its asker as he is now, and mark it ready. Done again after a break, it
    is the same. Raises ExportRefused `not_allowed`, DatabaseError or OSError; then it is marked as failed."""
    asked = Export.objects.filter(pk=export.pk)
    asked.update(state=Export.State.RUNNING)
    listing = listings()[export.name]
    wanted = read_filters(listing.filters, export.filters.items())
    export.place.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkstemp(dir=export.place.parent, suffix=".part")[1])
    try:
        done = _write_from_replica(export, listing, wanted, by, part)
        part.replace(export.place)
    except (ExportRefused, DatabaseError, OSError):
        part.unlink(missing_ok=True)
        asked.update(state=Export.State.FAILED)
        raise
    with transaction.atomic():
        asked.update(state=Export.State.DONE, rows=done, expires_at=database_now() + _kept())
        _record(listing, wanted, export.format, by, done, target_id=str(export.pk))
        notify([by.id], EXPORT_READY, link=reverse("export-list"), file=str(export), rows=done)


def _write_from_replica(
    export: Export, listing: Listing, wanted: Mapping[str, Any], by: Operator, part: Path
) -> int:
    """From a replica that knows what stands in the database now, if there is one in time; where it fails on
    the way, all of it from the primary."""

    def write() -> int:
        with part.open("wb") as out:
            return _write(listing, wanted, export.format, by, out, lambda rows: _tell(export, rows))

    from_replica = False
    try:
        with replicas.reading(replicas.position(), patience=REPLICA_PATIENCE_S) as from_replica:
            return write()
    except replicas.FAULTS:
        if not from_replica:
            raise
    return write()


def remove_expired() -> None:
    """Remove what is kept no longer, files that a killed worker left included."""
    now = database_now()
    Export.objects.filter(expires_at__lt=now).delete()
    folder, kept = (
        Path(settings.EXPORT_FOLDER),
        {str(pk) for pk in Export.objects.values_list("pk", flat=True)},
    )
    for place in folder.iterdir() if folder.is_dir() else ():
        is_old = place.stat().st_mtime < (now - _kept()).timestamp()
        if place.stem not in kept and (is_old or place.suffix != ".part"):
            place.unlink(missing_ok=True)


def own_exports(by: Operator) -> list[dict[str, Any]]:
    """What somebody asked for and is kept still, newest first: {"id", "name", "format", "filters", "state",
    "rows" so far, "asked_at", "expires_at"}."""
    kept = Export.objects.filter(asked_by_id=by.id, expires_at__gte=database_now()).order_by("-asked_at")
    return [
        {
            "id": str(export.pk),
            "name": export.name,
            "format": export.format,
            "filters": export.filters,
            "state": export.state,
            "rows": cache.get(_progress(export)) if export.rows is None else export.rows,
            "asked_at": export.asked_at,
            "expires_at": export.expires_at,
        }
        for export in kept
    ]


def find_download(export_id: Any, by: Operator) -> Export | None:
    """A finished export of this person, who may still see what is in it and finds the file in its place."""
    export = Export.objects.filter(
        pk=export_id, asked_by_id=by.id, state=Export.State.DONE, expires_at__gte=database_now()
    ).first()
    return export if export and listings()[export.name].may(by) and export.place.is_file() else None


def _write(
    listing: Listing, wanted: Mapping[str, Any], kind: str, by: Operator, out: IO[bytes], tell: Told
) -> int:
    _assert_may(listing, by)
    rows = listing.rows(by, wanted)
    return write_export(rows, listing.columns, kind=kind, name=listing.name, out=out, tell=tell)


def _assert_may(listing: Listing, by: Operator) -> None:
    if not listing.may(by):
        raise ExportRefused("not_allowed", _("You may not export this. Ask an admin if you need to."))


def _record(
    listing: Listing, wanted: Mapping[str, Any], kind: str, by: Operator, rows: int, *, target_id: str
) -> None:
    told = {"filters": told_filters(wanted), "rows": rows}
    record_export(what=f"{listing.name}.{kind}", filters=told, signed=by.signature, number=target_id)


def _kept() -> timedelta:
    return timedelta(hours=settings.EXPORT_KEPT_HOURS)


def _tell(export: Export, rows: int) -> None:
    cache.set(_progress(export), rows, _PROGRESS_KEPT_S)


def _progress(export: Export) -> str:
    return f"export-rows:{export.pk}"
