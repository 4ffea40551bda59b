"""Devices as the admins' pages tell them.

The list costs one statement, whatever stands in the record: it shows what the devices' own rows hold.
Gaps and repeats are looked for on one device's page only, through the index on device and number, in
its last NUMBERS_CHECKED numbers.
"""

from typing import Any
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Coalesce

from audit.database import execute
from bags.models import Device, Scan

DEVICES_SHOWN = 200
NUMBERS_CHECKED = 100_000
BREAKS_SHOWN = 50
SCANS_FOR_OPERATORS = 500

# Where a device's numbers do not go on by one: `following` is higher where some are missing, and the same
# where one came twice.
SEQUENCE_BREAKS = """
SELECT device_id, seq, following FROM (
    SELECT device_id, seq, lead(seq) OVER (PARTITION BY device_id ORDER BY seq) AS following
      FROM bags_scan WHERE {scans}
) AS numbered WHERE following <> seq + 1
"""

_BREAKS_OF_ONE = f"""
SELECT seq, following, sum(greatest(following - seq - 1, 0)) OVER (),
       count(*) FILTER (WHERE following = seq) OVER ()
  FROM ({SEQUENCE_BREAKS.format(scans="device_id = %s AND seq > %s")}) AS breaks
 ORDER BY seq DESC LIMIT %s
"""  # noqa: S608 - composed of constants


def list_devices() -> dict[str, Any]:
    """Up to DEVICES_SHOWN devices, those with most scans waiting first, then as they were seen:
    {"results", "more"}."""
    devices = Device.objects.select_related("last_operator")
    waiting = Coalesce(F("unsent") + F("attention"), 0)
    found = list(devices.order_by(waiting.desc(), "-last_seen_at")[: DEVICES_SHOWN + 1])
    return {"results": found[:DEVICES_SHOWN], "more": len(found) > DEVICES_SHOWN}


def device_detail(device_id: UUID) -> dict[str, Any] | None:
    """One device with its sequence: {"device", "operators", "last_seq", "missing", "doubled", "breaks"}; a
    break is {"first", "last"} of the missing numbers or {"doubled"}."""
    device = Device.objects.select_related("last_operator").filter(pk=device_id).first()
    if device is None:
        return None
    scans = Scan.objects.filter(device_id=device_id, seq__isnull=False).order_by("-seq")
    last_seq = scans.values_list("seq", flat=True).first()
    operators = scans.values_list("operator__username", flat=True)[:SCANS_FOR_OPERATORS]
    return {
        "device": device,
        "operators": list(dict.fromkeys(operators)),
        "last_seq": last_seq,
        **_breaks(device_id, last_seq or 0),
    }


def _breaks(device_id: UUID, last_seq: int) -> dict[str, Any]:
    rows = execute(_BREAKS_OF_ONE, [device_id, last_seq - NUMBERS_CHECKED, BREAKS_SHOWN])
    missing, doubled = rows[0][2:] if rows else (0, 0)
    shown = [
        {"doubled": seq} if following == seq else {"first": seq + 1, "last": following - 1}
        for seq, following, *_totals in rows
    ]
    return {"missing": int(missing), "doubled": doubled, "breaks": shown}
