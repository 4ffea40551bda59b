"""What a judged file brings, written in sets: bags, links, counters, audit entries.

All of it happens at one moment, `at`, in one transaction. Statistics that count bags and links add theirs to
`write` and `write_back`: these two are the only places where an import changes them.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from audit.actions import Action
from bags.importing.judging import SETTINGS, STEP, Progress

_NEW_PARENTS = """
INSERT INTO bags_bag (id, qr_id, kind, product_id, area, lot, state, child_count, child_limit, held_by,
                      held_final, needs_recount, is_loose, created_at, created_by_id)
SELECT code.id, code.code, 'parent', code.product_id, code.area, '',
       CASE WHEN coalesce(inside.count, 0) = code.child_limit THEN 'closed' ELSE 'open' END,
       coalesce(inside.count, 0), code.child_limit, '', false, false, inside.count IS NULL, %(at)s, %(by_id)s
  FROM import_place judged
  JOIN import_code code ON code.id = judged.child_id
  LEFT JOIN (SELECT parent_id, count(*) FROM import_link GROUP BY parent_id) AS inside
         ON inside.parent_id = code.id
 WHERE judged.verdict = 'good' AND judged.kind = 'parent'
 ORDER BY code.code
"""
_LONE_CHILDREN = """
INSERT INTO bags_bag (id, qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                      needs_recount, is_loose, created_at, created_by_id)
SELECT child_id, child, 'child', child_area, lot, '', 0, 0, '', false, false, true, %(at)s, %(by_id)s
  FROM import_place WHERE verdict = 'good' AND kind = 'child' AND parent_id IS NULL
 ORDER BY child
"""
_NEW_CHILDREN = """
INSERT INTO bags_bag (id, qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                      needs_recount, is_loose, created_at, created_by_id)
SELECT child_id, child, 'child', area, lot, '', 0, 0, '', false, false, false, %(at)s, %(by_id)s
  FROM import_link WHERE child_is_new AND number BETWEEN %(first)s AND %(last)s
 ORDER BY child_id
"""
# A child takes the area of the sack that it goes into, and the lot that its label tells.
_OLD_CHILDREN = """
UPDATE bags_bag bag SET is_loose = false, area = link.area,
                        lot = CASE WHEN bag.lot = '' THEN link.lot ELSE bag.lot END
  FROM import_link link
 WHERE bag.id = link.child_id AND NOT link.child_is_new AND number BETWEEN %(first)s AND %(last)s
"""
_OLD_PARENTS = """
UPDATE bags_bag bag SET child_count = inside.count, is_loose = false,
                        state = CASE WHEN inside.count = bag.child_limit THEN 'closed' ELSE bag.state END
  FROM (SELECT parent_id, max(count) AS count FROM import_link
         WHERE parent_id IN (SELECT id FROM import_code WHERE NOT is_new) GROUP BY parent_id) AS inside
 WHERE bag.id = inside.parent_id
"""
_LINKS = """
INSERT INTO bags_link (parent_id, child_id, linked_at, linked_by_id, import_batch_id, end_reason)
SELECT parent_id, child_id, %(at)s, %(by_id)s, %(batch)s, ''
  FROM import_link WHERE number BETWEEN %(first)s AND %(last)s ORDER BY number
"""

_SIZE = (
    "SELECT coalesce(max(number), 0), count(*), coalesce(bool_or(NOT child_is_new), false) FROM import_link"
)
_ENTRIES = """
INSERT INTO audit_auditlog
       (at, actor, action, target_type, target_id, target_label, before, after, reason, request_id)
"""
_PARENTS_CREATED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.PARENT_CREATED}', 'bag', code.id::text, code.code, NULL,
       jsonb_build_object('product', product.name, 'area', code.area, 'state', 'open', 'import', %(batch)s),
       '', %(request)s
  FROM import_place judged
  JOIN import_code code ON code.id = judged.child_id
  JOIN bags_product product ON product.id = code.product_id
 WHERE judged.verdict = 'good' AND judged.kind = 'parent'
 ORDER BY code.id
"""  # noqa: S608 - composed of constants
_LONE_REGISTERED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.CHILD_REGISTERED}', 'bag', child_id::text, child, NULL,
       jsonb_build_object('area', child_area, 'lot', lot, 'import', %(batch)s), '', %(request)s
  FROM import_place WHERE verdict = 'good' AND kind = 'child' AND parent_id IS NULL
 ORDER BY child_id
"""  # noqa: S608 - composed of constants
_CHILDREN_LINKED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.CHILD_LINKED}', 'bag', child_id::text, child,
       CASE WHEN child_is_new THEN NULL
            WHEN child_area IS DISTINCT FROM area THEN jsonb_build_object('parent', NULL, 'area', child_area)
            ELSE jsonb_build_object('parent', NULL) END,
       CASE WHEN lot <> '' AND child_lot = '' THEN jsonb_build_object('lot', lot) ELSE '{{}}' END
       || CASE WHEN child_is_new OR child_area IS NOT DISTINCT FROM area THEN '{{}}'
               ELSE jsonb_build_object('area', area) END
       || jsonb_build_object('parent', parent, 'parent_id', parent_id, 'count', count, 'import', %(batch)s),
       '', %(request)s
  FROM import_link WHERE number BETWEEN %(first)s AND %(last)s ORDER BY number
"""  # noqa: S608 - composed of constants
_PARENTS_CLOSED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.PARENT_CLOSED}', 'bag', parent_id::text, parent, '{{"state": "open"}}',
       jsonb_build_object('state', 'closed', 'count', count, 'import', %(batch)s), '', %(request)s
  FROM import_link WHERE count = child_limit ORDER BY parent_id
"""  # noqa: S608 - composed of constants

_LOCK_PARENTS = """
SELECT count(*) FROM (
    SELECT id FROM bags_bag WHERE id IN (SELECT parent_id FROM bags_link WHERE import_batch_id = %(batch)s)
     ORDER BY id FOR UPDATE
) AS locked
"""
# `count` is how many the sack holds before this packet leaves it.
_LEAVING = """
CREATE TEMPORARY TABLE import_leaving ON COMMIT DROP AS
SELECT link.id, link.child_id, child.qr_id AS child, link.parent_id, parent.qr_id AS parent, parent.state,
       parent.child_count + 1 - row_number() OVER (PARTITION BY link.parent_id ORDER BY link.id DESC) AS count
  FROM bags_link link
  JOIN bags_bag parent ON parent.id = link.parent_id
  JOIN bags_bag child ON child.id = link.child_id
 WHERE link.import_batch_id = %(batch)s AND link.unlinked_at IS NULL
"""
_UNLINK = """
UPDATE bags_link link SET unlinked_at = %(at)s, unlinked_by_id = %(by_id)s, end_reason = 'import'
  FROM import_leaving leaving WHERE link.id = leaving.id
"""
_REOPEN = """
UPDATE bags_bag bag SET state = 'open', closed_by_scan = NULL, child_count = rest.count - 1,
                        is_loose = rest.count = 1
  FROM (SELECT parent_id, min(count) AS count FROM import_leaving GROUP BY parent_id) AS rest
 WHERE bag.id = rest.parent_id
"""
_LOOSEN = """
UPDATE bags_bag bag SET is_loose = true FROM import_leaving leaving WHERE bag.id = leaving.child_id
"""
_CHILDREN_UNLINKED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.CHILD_UNLINKED}', 'bag', child_id::text, child,
       jsonb_build_object('parent', parent, 'parent_id', parent_id, 'count', count),
       jsonb_build_object('parent', NULL, 'why', 'import', 'import', %(batch)s), '', %(request)s
  FROM import_leaving ORDER BY parent_id, count DESC
"""  # noqa: S608 - composed of constants
_PARENTS_REOPENED = f"""{_ENTRIES}
SELECT %(at)s, %(by)s, '{Action.PARENT_REOPENED}', 'bag', parent_id::text, min(parent),
       '{{"state": "closed"}}', jsonb_build_object('state', 'open', 'count', min(count) - 1), '', %(request)s
  FROM import_leaving WHERE state = 'closed' GROUP BY parent_id ORDER BY parent_id
"""  # noqa: S608 - composed of constants


def write(
    *, batch_id: int, at: datetime, by_id: int, by: str, request_id: str, progress: Progress
) -> dict[str, int]:
    """Write what `judge` found good. Returns how many parents, children and links it made. Raises
    IntegrityError where a scan was quicker with one of the new codes."""
    params: dict[str, Any] = {"batch": batch_id, "at": at, "by_id": by_id, "by": by, "request": request_id}
    with connection.cursor() as cursor:
        # Checked with each step, the keys to other tables do not pile up until the commit.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_NEW_PARENTS, params)
        parents = cursor.rowcount
        cursor.execute(_LONE_CHILDREN, params)
        children = cursor.rowcount
        cursor.execute(_OLD_PARENTS, params)
        cursor.execute(_PARENTS_CREATED, params)
        cursor.execute(_LONE_REGISTERED, params)
        cursor.execute(_SIZE)
        last, links, has_old_children = cursor.fetchone()
        for first in range(1, last + 1, STEP):
            progress("write", first, last)
            step = {**params, "first": first, "last": first + STEP - 1}
            cursor.execute(_NEW_CHILDREN, step)
            children += cursor.rowcount
            if has_old_children:
                cursor.execute(_OLD_CHILDREN, step)
            cursor.execute(_LINKS, step)
            cursor.execute(_CHILDREN_LINKED, step)
        cursor.execute(_PARENTS_CLOSED, params)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return {"parents": parents, "children": children, "links": links}


def lock_parents(batch_id: int) -> None:
    """Lock the sacks that an import put packets into, in id order."""
    with connection.cursor() as cursor:
        for setting in SETTINGS:
            cursor.execute(setting)
        cursor.execute(_LOCK_PARENTS, {"batch": batch_id})


def write_back(*, batch_id: int, at: datetime, by_id: int, by: str, request_id: str) -> int:
    """End the links of an import whose sacks are locked; they open again. Returns how many packets left."""
    params: dict[str, Any] = {
        "batch": batch_id,
        "at": at,
        "by_id": by_id,
        "by": by,
        "request": request_id,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.import_leaving")
        cursor.execute(_LEAVING, params)
        left = cursor.rowcount
        for statement in (_UNLINK, _LOOSEN, _REOPEN, _CHILDREN_UNLINKED, _PARENTS_REOPENED):
            cursor.execute(statement, params)
    return left
