"""Every row of a file judged at once, by the rules of bags.scanning.rules, in sets.

The rows lie in temporary tables, which the application's database role may make and which vanish with the
transaction: `import_row` as the file says it, `import_code` what is known of each bag named, `import_place`
the verdict on each row, `import_link` the links that will be made. tests/imports/test_rules.py holds the
verdicts against those of single scans.

Of packets named twice in a file the first row counts. As a scan would, a row meets what the rows before it
have put into its sack.
"""

from collections.abc import Callable, Iterable
from itertools import islice

from django.db import connection

from bags.importing.parsing import Staged

Progress = Callable[[str, int, int], None]
STEP = 50_000
# Sorts and joins of a million rows. While a large import is not committed, the server takes its tables for
# empty; loops that it would then choose never end.
SETTINGS = ("SET LOCAL work_mem = '64MB'", "SET LOCAL enable_nestloop = off")

# An earlier import of the same transaction may have left its own.
_CLEAR = """
DROP TABLE IF EXISTS pg_temp.import_row, pg_temp.import_name, pg_temp.import_code, pg_temp.import_place,
                     pg_temp.import_link, pg_temp.import_bad
"""
_ROWS = """
CREATE TEMPORARY TABLE import_row (
    place integer NOT NULL, sheet text, line integer, is_parent boolean NOT NULL, code text COLLATE "C",
    shape text, product integer, parent text COLLATE "C", lot text, problem text, cells text[]
) ON COMMIT DROP
"""
_COPY = "COPY import_row FROM STDIN"

# Each code that a good row names, as itself or as its sack, with the bag that has it.
_NAMES = """
CREATE TEMPORARY TABLE import_name ON COMMIT DROP AS
SELECT named.*, bag.id AS bag_id
  FROM (SELECT code, max(shape) AS shape, max(product) AS product_id,
               min(place) FILTER (WHERE is_parent) AS parent_place,
               min(place) FILTER (WHERE NOT is_parent) AS child_place
          FROM (SELECT code, shape, product, is_parent, place FROM import_row WHERE problem IS NULL
                 UNION ALL
                SELECT DISTINCT parent, NULL, NULL::integer, NULL::boolean, NULL::integer FROM import_row
                 WHERE problem IS NULL AND parent <> '') AS every
         GROUP BY code) AS named
  LEFT JOIN LATERAL (SELECT id FROM bags_bag WHERE upper(btrim(qr_id)) = named.code OFFSET 0) AS bag ON true
"""

# The registered bags that a row wants to change: not those of packets that lie where the row says already.
_ANY_KNOWN = "SELECT EXISTS (SELECT FROM import_name WHERE bag_id IS NOT NULL)"
_LOCK = """
SELECT count(*) FROM (
    SELECT id FROM bags_bag
     WHERE id IN (
        SELECT unnest(ARRAY[child.bag_id, parent.bag_id])
          FROM import_row
          JOIN import_name child ON child.code = import_row.code
          JOIN import_name parent ON parent.code = import_row.parent
          LEFT JOIN bags_link link ON link.child_id = child.bag_id AND link.unlinked_at IS NULL
         WHERE import_row.problem IS NULL AND (child.bag_id IS NOT NULL OR parent.bag_id IS NOT NULL)
           AND (link.id IS NULL OR link.parent_id IS DISTINCT FROM parent.bag_id))
     ORDER BY id FOR UPDATE
) AS locked
"""

# New bags get their numbers in the order of their codes, in which all who bring new ones write them.
_CODES = """
CREATE TEMPORARY TABLE import_code ON COMMIT DROP AS
SELECT named.code, named.parent_place, named.child_place, bag.id IS NULL AS is_new,
       coalesce(bag.id, nextval('bags_bag_id_seq')) AS id,
       CASE WHEN bag.id IS NULL THEN named.shape ELSE bag.kind END AS kind,
       coalesce(bag.product_id, product.id) AS product_id,
       coalesce(bag.child_limit, product.children_per_parent, 0) AS child_limit,
       coalesce(bag.child_count, 0) AS child_count,
       coalesce(bag.state, 'open') AS state,
       coalesce(bag.held_by, '') AS held_by,
       CASE WHEN bag.id IS NULL THEN %(area)s ELSE bag.area END AS area,
       coalesce(bag.lot, '') AS lot,
       link.parent_id AS inside
  FROM import_name named
  LEFT JOIN bags_bag bag ON bag.id = named.bag_id
  LEFT JOIN bags_product product ON product.id = named.product_id
  LEFT JOIN bags_link link ON link.child_id = named.bag_id AND link.unlinked_at IS NULL
 ORDER BY named.code
"""

# The order of the WHENs is that of bags.scanning.rules; "good" goes in, "known" says what is so already.
_PLACES = """
CREATE TEMPORARY TABLE import_place ON COMMIT DROP AS
SELECT import_row.place, child.kind, child.code AS child, child.id AS child_id, child.is_new AS child_is_new,
       child.area AS child_area, child.lot AS child_lot, import_row.lot,
       parent.code AS parent, parent.id AS parent_id, parent.area, parent.child_count, parent.child_limit,
       CASE WHEN child.kind IS NULL THEN 'unreadable'
            WHEN import_row.is_parent THEN
                 CASE WHEN child.kind <> 'parent' THEN 'wrong_kind'
                      WHEN NOT child.is_new OR child.parent_place < import_row.place THEN 'known'
                      ELSE 'good' END
            WHEN import_row.parent <> '' AND (parent.kind IS NULL OR parent.is_new AND parent.kind = 'parent'
                                              AND parent.parent_place IS NULL) THEN 'unknown'
            WHEN child.kind <> 'child' OR parent.kind <> 'parent' THEN 'wrong_kind'
            WHEN child.child_place < import_row.place THEN 'doubled'
            WHEN child.lot <> '' AND import_row.lot <> '' AND child.lot <> import_row.lot THEN 'lot_differs'
            WHEN parent.id IS NULL THEN CASE WHEN child.is_new THEN 'good' ELSE 'known' END
            WHEN child.inside = parent.id THEN 'known'
            WHEN child.inside IS NOT NULL THEN 'in_other_parent'
            WHEN parent.held_by <> '' THEN 'parent_billed'
            WHEN parent.child_count >= parent.child_limit THEN 'parent_full'
            WHEN parent.state = 'closed' THEN 'parent_closed'
            ELSE 'good' END AS verdict
  FROM import_row
  JOIN import_code child ON child.code = import_row.code
  LEFT JOIN import_code parent ON parent.code = import_row.parent AND NOT import_row.is_parent
 WHERE import_row.problem IS NULL
"""

# `count` is how many the sack holds with this packet; `number` counts all links, sack by sack.
_LINKS = """
CREATE TEMPORARY TABLE import_link ON COMMIT DROP AS
SELECT place, child, child_id, child_is_new, child_area, child_lot, lot, parent, parent_id, area, child_limit,
       child_count + row_number() OVER (PARTITION BY parent_id ORDER BY place) AS count,
       row_number() OVER (ORDER BY parent_id, place) AS number
  FROM import_place WHERE verdict = 'good' AND parent_id IS NOT NULL
"""
_TOO_MANY = """
WITH out AS (DELETE FROM import_link WHERE count > child_limit RETURNING place)
UPDATE import_place SET verdict = 'parent_full' FROM out WHERE import_place.place = out.place
"""
# Lists name a sack for the packets above it: where none of them goes in, neither does it.
_EMPTY = """
UPDATE import_place SET verdict = 'parent_empty' FROM import_row
 WHERE import_row.place = import_place.place AND import_row.is_parent AND verdict = 'good'
   AND NOT EXISTS (SELECT FROM import_link WHERE import_link.parent_id = import_place.child_id)
"""

_BAD = """
CREATE TEMPORARY TABLE import_bad ON COMMIT DROP AS
SELECT place, problem AS code FROM import_row WHERE problem IS NOT NULL
 UNION ALL
SELECT place, verdict FROM import_place WHERE verdict NOT IN ('good', 'known')
"""
_PROBLEMS = """
INSERT INTO bags_importproblem (batch_id, place, sheet, line, code, facts, cells)
SELECT %(batch)s, row.place, left(row.sheet, 100), row.line, bad.code,
       jsonb_strip_nulls(jsonb_build_object(
           'bag', nullif(row.code, ''), 'sack', nullif(row.parent, ''), 'lot', nullif(row.lot, ''),
           'known_lot', nullif(child.lot, ''), 'limit', nullif(parent.child_limit, 0),
           'bill', nullif(parent.held_by, ''), 'other', other.qr_id, 'line', first.line)),
       coalesce(row.cells, ARRAY[row.code, CASE WHEN row.is_parent THEN 'parent' ELSE 'child' END,
                                 row.parent])
  FROM import_bad bad
  JOIN import_row row ON row.place = bad.place
  LEFT JOIN import_code child ON child.code = row.code AND row.problem IS NULL
  LEFT JOIN import_code parent ON parent.code = row.parent AND row.problem IS NULL
  LEFT JOIN bags_bag other ON other.id = child.inside
  LEFT JOIN import_row first ON first.place = child.child_place AND bad.code = 'doubled'
"""
_COUNTS = """
SELECT (SELECT count(*) FROM import_row), count(*) FILTER (WHERE verdict = 'good'),
       count(*) FILTER (WHERE verdict = 'known') FROM import_place
"""


def stage(rows: Iterable[Staged], progress: Progress) -> int:
    """Lay the rows out for `judge`, as they come; returns how many. Raises what reading them raises."""
    count = 0
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(setting)
        cursor.execute(_CLEAR)
        cursor.execute(_ROWS)
        with cursor.copy(_COPY) as copy:
            rows = iter(rows)
            while block := list(islice(rows, STEP)):
                for row in block:
                    copy.write_row(row)
                count += len(block)
                progress("read", count, 0)
        cursor.execute("CREATE INDEX ON import_row (place)")
        cursor.execute("ANALYZE import_row")
    return count


def judge(*, area: str | None, sacks_stand_alone: bool, lock: bool) -> None:
    """Give each staged row its verdict; to `lock`, hold the bags that it wants to change, in id order.

    `area` is that of new sacks. Where sacks do not stand alone, one that gets no packet is refused.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        cursor.execute("ANALYZE import_name")
        cursor.execute(_ANY_KNOWN)
        if lock and cursor.fetchone()[0]:
            cursor.execute(_LOCK)
        cursor.execute(_CODES, {"area": area})
        cursor.execute("CREATE UNIQUE INDEX ON import_code (code)")
        cursor.execute("ANALYZE import_code")
        cursor.execute(_PLACES)
        cursor.execute(_LINKS)
        cursor.execute("CREATE INDEX ON import_link (number)")
        cursor.execute(_TOO_MANY)
        if not sacks_stand_alone:
            cursor.execute(_EMPTY)


def note_problems(batch_id: int) -> tuple[int, int, int, int]:
    """Keep the rows that do not go in, in place of those of an earlier check. Returns how many rows there
    are: all, good, known, bad."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bags_importproblem WHERE batch_id = %s", [batch_id])
        cursor.execute(_BAD)
        cursor.execute("ANALYZE import_bad")
        cursor.execute(_PROBLEMS, {"batch": batch_id})
        bad = cursor.rowcount
        cursor.execute(_COUNTS)
        total, good, known = cursor.fetchone()
    return total, good, known, bad
