"""What our own tables and files tell: the worker and its jobs, errors, seal, backup, devices.

Each statement reads a few rows: jobs that wait, an hour of error counts, devices with something to tell.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from audit.database import database_now, execute
from monitoring.health.shape import Item, Level, judge, worst

HOUR = timedelta(hours=1)
# A device not seen for longer is gone; whatever waited on it, nobody mends by looking here.
DEVICE_GONE = timedelta(days=14)
JOBS_COUNTED = 1000

_WORKERS = "SELECT count(*), extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
# A job waits from when it was due, or else from when it was made.
_JOBS = """
SELECT count(*) FILTER (WHERE status = 'todo' AND due_at <= now()), count(*) FILTER (WHERE status = 'doing'),
       extract(epoch FROM now() - min(due_at) FILTER (WHERE status = 'todo'))
  FROM (SELECT job.status::text AS status,
               coalesce(job.scheduled_at,
                        (SELECT min(event.at) FROM procrastinate_events event
                          WHERE event.job_id = job.id AND event.type = 'deferred')) AS due_at
          FROM procrastinate_jobs job WHERE job.status IN ('todo', 'doing') LIMIT %s) AS jobs
"""
_ERRORS = """
SELECT kind, sum(times)::int FROM monitoring_errorcount WHERE minute > now() - interval '1 hour' GROUP BY kind
 UNION ALL
SELECT 'job ' || job.task_name, count(*)::int
  FROM procrastinate_events event JOIN procrastinate_jobs job ON job.id = event.job_id
 WHERE event.type = 'failed' AND event.at > now() - interval '1 hour' GROUP BY job.task_name
 ORDER BY 2 DESC, 1
"""
# Positions have no gaps, so the last one is how many. One look at the end of each index: an entry that was
# committed late behind younger ones is sealed within the minute, and only audit_verify looks for it.
_SEAL = """
SELECT (SELECT coalesce(max(position), 0) FROM audit_seal),
       extract(epoch FROM now() - (SELECT at FROM audit_auditlog
                                    WHERE id > (SELECT coalesce(max(entry), 0) FROM audit_seal)
                                    ORDER BY id LIMIT 1))
"""
_DEVICES = """
SELECT count(*), coalesce(sum(coalesce(unsent, 0) + coalesce(attention, 0)), 0)::int,
       extract(epoch FROM now() - min(last_seen_at))
  FROM bags_device WHERE coalesce(unsent, 0) + coalesce(attention, 0) > 0 AND last_seen_at > now() - %s
"""


def record_items() -> list[Item]:
    """The items `worker`, `errors`, `audit_seal_age` and `devices`. Raises DatabaseError, InterfaceError."""
    return [_worker(), _errors(), _seal(), _devices()]


def _worker() -> Item:
    workers, quiet = execute(_WORKERS)[0]
    waiting, doing, waited = execute(_JOBS, [JOBS_COUNTED])[0]
    quiet, waited = _seconds(quiet), _seconds(waited)
    facts = {"workers": workers, "quiet_seconds": quiet, "waiting": waiting, "doing": doing}
    facts["longest_wait_seconds"] = waited
    if not workers:
        return Item("worker", Level.BAD, _("No worker runs: mails, imports and exports stand still."), facts)
    status = worst(judge("worker_quiet_seconds", quiet), judge("job_wait_seconds", waited))
    text = _("Last heard {quiet} s ago; {waiting} jobs wait.").format(
        quiet=f"{quiet or 0:.0f}", waiting=waiting
    )
    if judge("job_wait_seconds", waited) != Level.OK:
        text = _("{waiting} jobs wait, the first for {minutes} min.").format(
            waiting=waiting, minutes=f"{(waited or 0) / 60:.0f}"
        )
    return Item("worker", status, text, facts)


def _errors() -> Item:
    kinds: dict[str, int] = dict(execute(_ERRORS))
    total = sum(kinds.values())
    text = _("No errors in the last hour.")
    if total:
        text = _("{count} errors in the last hour.").format(count=total)
    return Item("errors", judge("errors_an_hour", total), text, {"total": total, "kinds": kinds})


def _seal() -> Item:
    sealed, waited = execute(_SEAL)[0]
    waited = _seconds(waited)
    text = _("Every audit entry is sealed.")
    if waited is not None:
        text = _("The oldest audit entry without a seal is {seconds} s old.").format(seconds=f"{waited:.0f}")
    facts = {"sealed": sealed, "unsealed_seconds": waited or 0.0}
    return Item("audit_seal_age", judge("seal_seconds", waited), text, facts)


def _devices() -> Item:
    devices, scans, quiet = execute(_DEVICES, [DEVICE_GONE])[0]
    quiet = _seconds(quiet)
    text = _("No device has scans that wait.")
    if devices:
        text = _("{scans} scans wait on {devices} devices; one was last seen {minutes} min ago.").format(
            scans=scans, devices=devices, minutes=f"{(quiet or 0) / 60:.0f}"
        )
    status = judge("unsent_minutes", None if quiet is None else quiet / 60)
    return Item(
        "devices", status, text, {"devices": devices, "scans": scans, "longest_unseen_seconds": quiet}
    )


def backup_items() -> list[Item]:
    """The item `backup_age`, from the record that `backup` leaves: {"finished_at", "file", "bytes",
    "verified_at" or null} in BACKUP_DIR/latest.json."""
    place = Path(settings.BACKUP_DIR) / "latest.json"
    facts: dict[str, Any] = {"age_hours": None, "verified_at": None, "bytes": None}
    try:
        told = json.loads(place.read_text())
        finished = datetime.fromisoformat(told["finished_at"])
        facts |= {"verified_at": told["verified_at"], "bytes": int(told["bytes"])}
    except FileNotFoundError:
        return [Item("backup_age", Level.WARN, _("There is no backup yet."), facts)]
    except (OSError, ValueError, KeyError, TypeError):
        text = _("The record of the last backup cannot be read.")
        return [Item("backup_age", Level.BAD, text, facts)]
    if finished.tzinfo is None:
        finished = finished.replace(tzinfo=UTC)
    hours = max((datetime.now(UTC) - finished).total_seconds() / 3600, 0)
    facts["age_hours"] = round(hours, 2)
    text = _("The last backup is {hours} h old.").format(hours=f"{hours:.0f}")
    if not facts["verified_at"]:
        text = _("The last backup is {hours} h old and was never tried out.").format(hours=f"{hours:.0f}")
    status = judge("backup_hours", hours)
    return [Item("backup_age", status if facts["verified_at"] else worst(status, Level.WARN), text, facts)]


def errors_since(minutes: int) -> int:
    """Errors of requests in the last so many minutes."""
    since = database_now() - timedelta(minutes=minutes)
    sql = "SELECT coalesce(sum(times), 0)::int FROM monitoring_errorcount WHERE minute > %s"
    return int(execute(sql, [since])[0][0])


def _seconds(number: Any) -> float | None:
    return None if number is None else round(max(float(number), 0.0), 1)
