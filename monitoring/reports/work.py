"""What people did in a stretch of time: the figures that reports are made of, in one statement.

A thing counts by the server's time, at the moment that its line below names:

scans          every scan received, whatever its verdict
refused        of these, the ones that were not accepted (already here, conflicts and the like included)
undone         of these, the accepted ones that were taken back since, whenever that was
packets        packets put into a sack by a scan received then, if that scan was not taken back; moving one
               from sack to sack later changes nothing. Imported links are nobody's work and do not count
packed_kg      packets × the product's present kg per packet
sacks          sacks closed by a scan received then and closed still (a sack that was opened again counts when
               it is closed again); full, by "done", by the bill alike
short_sacks    of these, the ones that hold less than their product's full number
billed         sacks put onto a bill then and on it still, whatever became of the bill
dispatched     sacks on bills that were completed then and are completed still
dispatched_kg  the weight of these sacks, as frozen at completion

Whose work it is: the scan's operator; of billed sacks who added them; of dispatched ones who completed the
bill. The area is the sack's; of a scan without a sack the bag's, without both the operator's own.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from bags.scanning.results import SUCCESS, Result

PACKING = [Result.LINKED.value, Result.LINKED_LAST.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    scans: int = 0
    refused: int = 0
    undone: int = 0
    packets: int = 0
    packed_kg: Decimal = Decimal("0.000")
    sacks: int = 0
    short_sacks: int = 0
    billed: int = 0
    dispatched: int = 0
    dispatched_kg: Decimal = Decimal("0.000")


@dataclass(slots=True)
class Work:
    """All of it, and cut in several ways; a name is None where there is none. Hours are 0 to 23, local."""

    total: Done = field(default_factory=Done)
    by_area: dict[str | None, Done] = field(default_factory=dict)
    by_operator: dict[str | None, Done] = field(default_factory=dict)
    by_product: dict[str | None, Done] = field(default_factory=dict)
    by_hour: dict[int, Done] = field(default_factory=dict)
    by_day: dict[date, Done] = field(default_factory=dict)


_MEASURES = [one.name for one in fields(Done)]

_SQL = """
WITH scanned AS (
    -- Gathered before they are joined: a sack's scans of an hour are one row.
    SELECT scan.operator_id, scan.parent_id, CASE WHEN scan.parent_id IS NULL THEN scan.bag_id END AS bag_id,
           date_trunc('hour', scan.received_at AT TIME ZONE %(zone)s) AS at,
           count(*) AS scans,
           count(*) FILTER (WHERE scan.code <> ALL(%(success)s)) AS refused,
           count(scan.undone_at) AS undone,
           count(*) FILTER (WHERE scan.code = ANY(%(packing)s) AND scan.undone_at IS NULL) AS packets
      FROM bags_scan scan
     WHERE scan.received_at >= %(start)s AND scan.received_at < %(end)s
       AND (%(operator)s::bigint IS NULL OR scan.operator_id = %(operator)s)
     GROUP BY 1, 2, 3, 4
), closing AS MATERIALIZED (
    SELECT scan.id, scan.operator_id, scan.received_at AT TIME ZONE %(zone)s AS at
      FROM bags_scan scan
     WHERE scan.received_at >= %(start)s AND scan.received_at < %(end)s
       AND scan.code IN ('closed', 'linked_last', 'moved', 'billed', 'undone')
       AND (%(operator)s::bigint IS NULL OR scan.operator_id = %(operator)s)
), event AS (
    SELECT coalesce(sack.area, (SELECT area FROM bags_bag bag WHERE bag.id = scanned.bag_id),
                    person.area_id) AS area,
           scanned.operator_id, sack.product_id, scanned.at,
           scans, refused, undone, packets, packets * coalesce(product.kg_per_child, 0) AS packed_kg,
           0 AS sacks, 0 AS short_sacks, 0 AS billed, 0 AS dispatched, 0::numeric AS dispatched_kg
      FROM scanned
      JOIN accounts_user person ON person.id = scanned.operator_id
      LEFT JOIN bags_bag sack ON sack.id = scanned.parent_id AND sack.kind = 'parent'
      LEFT JOIN bags_product product ON product.id = sack.product_id
     UNION ALL
    SELECT sack.area, closing.operator_id, sack.product_id, closing.at,
           0, 0, 0, 0, 0, 1, (sack.child_count < sack.child_limit)::int, 0, 0, 0
      FROM bags_bag sack JOIN closing ON closing.id = sack.closed_by_scan
     WHERE sack.kind = 'parent' AND sack.state = 'closed'
     UNION ALL
    SELECT sack.area, line.added_by_id, sack.product_id, line.added_at AT TIME ZONE %(zone)s,
           0, 0, 0, 0, 0, 0, 0, 1, 0, 0
      FROM billing_billbag line JOIN bags_bag sack ON sack.id = line.bag_id
     WHERE line.removed_at IS NULL AND line.added_at >= %(start)s AND line.added_at < %(end)s
       AND (%(operator)s::bigint IS NULL OR line.added_by_id = %(operator)s)
     UNION ALL
    SELECT sack.area, bill.completed_by_id, sack.product_id, bill.completed_at AT TIME ZONE %(zone)s,
           0, 0, 0, 0, 0, 0, 0, 0, 1, line.weight_kg
      FROM billing_bill bill
      JOIN billing_billbag line ON line.bill_id = bill.id AND line.weight_kg IS NOT NULL
      JOIN bags_bag sack ON sack.id = line.bag_id
     WHERE bill.state = 'completed' AND bill.completed_at >= %(start)s AND bill.completed_at < %(end)s
       AND (%(operator)s::bigint IS NULL OR bill.completed_by_id = %(operator)s)
), local AS (
    SELECT event.*, extract(hour FROM at)::int AS hour, at::date AS day FROM event
), cut AS (
    SELECT grouping(area, operator_id, product_id, hour, day) AS part,
           area, operator_id, product_id, hour, day,
           coalesce(sum(scans), 0)::bigint AS scans, coalesce(sum(refused), 0)::bigint AS refused,
           coalesce(sum(undone), 0)::bigint AS undone, coalesce(sum(packets), 0)::bigint AS packets,
           coalesce(sum(packed_kg), 0)::numeric(18, 3) AS packed_kg, coalesce(sum(sacks), 0) AS sacks,
           coalesce(sum(short_sacks), 0) AS short_sacks, coalesce(sum(billed), 0) AS billed,
           coalesce(sum(dispatched), 0) AS dispatched,
           coalesce(sum(dispatched_kg), 0)::numeric(18, 3) AS dispatched_kg
      FROM local
     GROUP BY GROUPING SETS ((area), (operator_id), (product_id), (hour), (day), ())
)
SELECT part,
       CASE part WHEN 15 THEN area.name WHEN 23 THEN person.username WHEN 27 THEN product.name END,
       hour, day,
       scans, refused, undone, packets, packed_kg, sacks, short_sacks, billed, dispatched, dispatched_kg
  FROM cut
  LEFT JOIN accounts_area area ON area.slug = cut.area
  LEFT JOIN accounts_user person ON person.id = cut.operator_id
  LEFT JOIN bags_product product ON product.id = cut.product_id
 ORDER BY part, 2, hour, day
"""
# What grouping() answers: a bit for each column that was not grouped by.
_BY_AREA, _BY_OPERATOR, _BY_PRODUCT, _BY_HOUR, _BY_DAY, _TOTAL = 15, 23, 27, 29, 30, 31


def work_done(start: datetime, end: datetime, *, operator_id: int | None = None) -> Work:
    """What was done from `start` up to, not with, `end`; by everybody, or by one operator."""
    params: dict[str, Any] = {
        "start": start,
        "end": end,
        "operator": operator_id,
        "success": [code.value for code in SUCCESS],
        "packing": PACKING,
        # Not the zone's own name for itself: "-05" means five hours east to PostgreSQL.
        "zone": settings.TIME_ZONE,
    }
    work = Work()
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling so long a statement takes seconds, which no report gains back.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(_SQL, params)
        for part, name, hour, day, *measures in cursor.fetchall():
            done = Done(**dict(zip(_MEASURES, measures, strict=True)))
            if part == _TOTAL:
                work.total = done
            elif part == _BY_HOUR:
                work.by_hour[hour] = done
            elif part == _BY_DAY:
                work.by_day[day] = done
            else:
                cuts = {_BY_AREA: work.by_area, _BY_OPERATOR: work.by_operator, _BY_PRODUCT: work.by_product}
                cuts[part][name] = done
    return work
