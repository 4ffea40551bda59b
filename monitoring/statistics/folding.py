"""Deltas into the StatisticsCache, and the cache counted anew. One process at a time; killed at any point,
nothing of it happened."""

from typing import Any

from django.conf import settings
from django.db import transaction

from audit.database import execute

# Any number, as long as it is only ours: one fold at a time for this whole database.
LOCK_NUMBER = 7_205_315_086
LATE_AFTER_SECONDS = 10

# Rows of (measure, area, label, quarter, operator_id, amount) as the cache's keys; of scans only today's.
_KEYED = """
SELECT named.key, sum(amount)::bigint AS amount
  FROM {rows} AS noted
 CROSS JOIN LATERAL (SELECT quarter AT TIME ZONE %(zone)s AS local) AS here
 CROSS JOIN LATERAL (
       SELECT 'bags|' || area || '|' || label AS key WHERE measure = 'bags'
        UNION ALL
       SELECT 'bills|' || label WHERE measure = 'bills'
        UNION ALL
       SELECT 'hour|' || to_char(local, 'YYYY-MM-DD"T"HH24') || '|' || area || '|' || operator_id
        WHERE measure = 'scans'
        UNION ALL
       SELECT 'code|' || to_char(local, 'YYYY-MM-DD') || '|' || label || '|' || area || '|' || operator_id
        WHERE measure = 'scans'
       ) AS named
 WHERE quarter IS NULL OR local::date = (statement_timestamp() AT TIME ZONE %(zone)s)::date
 GROUP BY 1
"""

# The cache's own counts, but for days that are over.
_CACHED = """
SELECT key, value::bigint AS amount
  FROM monitoring_statisticscache AS cache CROSS JOIN LATERAL jsonb_each_text(cache.numbers)
 WHERE split_part(key, '|', 1) NOT IN ('hour', 'code')
    OR left(split_part(key, '|', 2), 10)
       = to_char(statement_timestamp() AT TIME ZONE %(zone)s, 'YYYY-MM-DD')
"""

_TRUTH = """
SELECT 'bags' AS measure, coalesce(area, '') AS area, coalesce(nullif(state, ''), kind) AS label,
       NULL::timestamptz AS quarter, NULL::bigint AS operator_id, count(*) AS amount
  FROM bags_bag GROUP BY 2, 3
 UNION ALL
SELECT 'bills', '', state, NULL, NULL, count(*) FROM billing_bill GROUP BY 3
 UNION ALL
SELECT 'scans', coalesce(sack.area, ''), scan.code, date_bin('15 minutes', scan.received_at, 'epoch'),
       scan.operator_id, count(*)
  FROM bags_scan AS scan LEFT JOIN bags_bag AS sack ON sack.id = scan.parent_id
 WHERE scan.received_at
       >= (statement_timestamp() AT TIME ZONE %(zone)s)::date::timestamp AT TIME ZONE %(zone)s
 GROUP BY 2, 3, 4, 5
"""

# One statement, so that what it takes away it has counted. A row that commits meanwhile waits for the next.
_FOLD = f"""
WITH gone AS (
    DELETE FROM monitoring_statisticsdelta RETURNING measure, area, label, quarter, operator_id, amount
), summed AS (
    SELECT key, sum(amount) AS amount
      FROM ({_CACHED} UNION ALL SELECT * FROM ({_KEYED.format(rows="gone")}) AS new) AS part
     GROUP BY key HAVING sum(amount) <> 0
)
UPDATE monitoring_statisticscache
   SET numbers = (SELECT coalesce(jsonb_object_agg(key, amount), '{{}}') FROM summed),
       folded_at = clock_timestamp()
"""  # noqa: S608 - composed of constants

# In one snapshot: what the tables say has exactly the deltas in it that go.
_RECONCILE = f"""
WITH gone AS (DELETE FROM monitoring_statisticsdelta), truth AS ({_TRUTH}),
     counted AS ({_KEYED.format(rows="truth")})
INSERT INTO monitoring_statisticscache (id, numbers, zone, folded_at, reconciled_at)
SELECT 1, coalesce(jsonb_object_agg(key, amount), '{{}}'), %(zone)s, clock_timestamp(), clock_timestamp()
  FROM counted
    ON CONFLICT (id) DO UPDATE
   SET numbers = excluded.numbers, zone = excluded.zone,
       folded_at = excluded.folded_at, reconciled_at = excluded.reconciled_at
"""  # noqa: S608 - composed of constants

# (key, what the cache and the deltas say, what the tables say), where these differ; and deltas that nobody
# folds. Right at any moment, for all of it is one snapshot.
DIFFERENCES = f"""
WITH truth AS ({_TRUTH}), counted AS ({_KEYED.format(rows="truth")}),
     told AS (
         SELECT key, sum(amount) AS amount
           FROM ({_CACHED} UNION ALL
                 SELECT * FROM ({_KEYED.format(rows="monitoring_statisticsdelta")}) AS waiting) AS part
          GROUP BY key
     )
SELECT key, coalesce(told.amount, 0), coalesce(counted.amount, 0) FROM counted FULL JOIN told USING (key)
 WHERE coalesce(told.amount, 0) <> coalesce(counted.amount, 0)
 UNION ALL
SELECT 'deltas not folded', count(*), 0
  FROM monitoring_statisticscache, monitoring_statisticsdelta
 WHERE at < statement_timestamp() - interval '{LATE_AFTER_SECONDS} seconds' HAVING count(*) > 0
"""  # noqa: S608 - composed of constants

_WAITING = """
SELECT zone, EXISTS (SELECT FROM monitoring_statisticsdelta) FROM monitoring_statisticscache
"""


def zone() -> dict[str, str]:
    """What the statements ask: days and hours are those of the setting TIME_ZONE."""
    return {"zone": settings.TIME_ZONE}


def fold() -> bool:
    """Count the deltas that wait into the cache; a cache that is not there, or of another time zone, is
    counted anew. False when another process is folding."""
    with transaction.atomic():
        if not execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK_NUMBER])[0][0]:
            return False
        [(folded_zone, is_waiting)] = execute(_WAITING) or [(None, True)]
        if folded_zone != settings.TIME_ZONE:
            execute(_RECONCILE, zone())
        elif is_waiting:
            execute(_FOLD, zone())
    return True


def reconcile() -> list[tuple[Any, ...]]:
    """Count the cache anew from the tables. Returns what differed: (key, as cached, as counted)."""
    with transaction.atomic():
        execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_NUMBER])
        found = execute(DIFFERENCES, zone())
        execute(_RECONCILE, zone())
    return found
