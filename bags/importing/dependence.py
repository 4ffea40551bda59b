"""What stands on an import, so that it cannot be taken back any more: the first thing found is named."""

from django.db import connection

from bags.importing.models import ImportBatch
from bags.importing.refusal import ImportRefused

_SACKS = "SELECT parent_id FROM bags_link WHERE import_batch_id = %(batch)s"

# A link that ended and came back (a move that was undone) still names its import.
_CHILD_LEFT = """
SELECT child.qr_id, parent.qr_id
  FROM bags_link link
  JOIN bags_bag child ON child.id = link.child_id
  JOIN bags_bag parent ON parent.id = link.parent_id
 WHERE link.import_batch_id = %(batch)s AND link.unlinked_at IS NOT NULL
   AND NOT EXISTS (SELECT FROM bags_link again WHERE again.import_batch_id = %(batch)s
                      AND again.child_id = link.child_id AND again.unlinked_at IS NULL)
 LIMIT 1
"""
_CHILD_CAME = f"""
SELECT child.qr_id, parent.qr_id
  FROM bags_link link
  JOIN bags_bag child ON child.id = link.child_id
  JOIN bags_bag parent ON parent.id = link.parent_id
 WHERE link.parent_id IN ({_SACKS}) AND link.unlinked_at IS NULL AND link.linked_at > %(done_at)s
   AND link.import_batch_id IS DISTINCT FROM %(batch)s
 LIMIT 1
"""  # noqa: S608 - composed of constants
_SACK = """
SELECT qr_id, held_by FROM bags_bag WHERE id IN ({sacks}) AND {is_changed} ORDER BY id LIMIT 1
"""
_CHANGES = (
    ("child_left", _CHILD_LEFT),
    ("child_came", _CHILD_CAME),
    ("sack_billed", _SACK.format(sacks=_SACKS, is_changed="held_by <> ''")),
    ("sack_closed", _SACK.format(sacks=_SACKS, is_changed="closed_by_scan IS NOT NULL")),
    ("sack_doubted", _SACK.format(sacks=_SACKS, is_changed="needs_recount")),
)


def assert_nothing_depends(batch: ImportBatch) -> None:
    """Raises ImportRefused `child_left`, `child_came`, `sack_billed`, `sack_closed` or `sack_doubted`. The
    import's sacks are locked by the caller."""
    params = {"batch": batch.pk, "done_at": batch.done_at}
    for code, sql in _CHANGES:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            if found := cursor.fetchone():
                raise ImportRefused(code, bag=found[0], other=found[1])
