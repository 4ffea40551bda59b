"""Finds the scans that undo calls want to take back, and what those had changed."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from accounts.operators import Operator
from audit.database import execute
from bags.scanning.floor import Child, Earlier, Floor, Link, Parent
from bags.scanning.results import UNDOABLE
from bags.scanning.rules import Pull

UNDO = "undo"

_OWN_LAST = """
SELECT id, code, bag_id, parent_id, bill FROM bags_scan
 WHERE operator_id = %s AND code = ANY(%s) AND undone_at IS NULL
 ORDER BY id DESC LIMIT 1
"""

_BY_KEY = "SELECT id, code, bag_id, parent_id, bill FROM bags_scan WHERE key = %s"

_PARENTS_OF_CHILD = "SELECT parent_id FROM bags_link WHERE child_id = ANY(%s)"

# With the link that a move ended at the moment of the scan, if it was one.
_EARLIER = """
SELECT scan.id, scan.code, scan.operator_id, scan.received_at, scan.bag_id, scan.parent_id, scan.bill,
       scan.undone_at IS NOT NULL, was.id, was.parent_id, was.linked_at, who.username, was.linked_by_id,
       was.scan_id, was.import_batch_id
  FROM bags_scan scan
  LEFT JOIN bags_link was ON was.child_id = scan.bag_id AND was.end_reason = 'move'
                         AND was.unlinked_at = scan.received_at
  LEFT JOIN accounts_user who ON who.id = was.linked_by_id
 WHERE scan.id = ANY(%s)
"""


@dataclass(slots=True)
class Wanted:
    """For each undo, by its key: the id of the scan it names; and what must be locked and read for it."""

    scan_ids: dict[UUID, int] = field(default_factory=dict)
    bag_ids: set[int] = field(default_factory=set)
    parent_ids: set[int] = field(default_factory=set)
    bills: set[str] = field(default_factory=set)
    earlier: dict[UUID, Earlier] = field(default_factory=dict)


def wanted_by(pulls: list[Pull], operator: Operator) -> Wanted:
    """What the undo calls among the pulls name; an undo without a key means the operator's own last."""
    wanted = Wanted()
    for pull in pulls:
        if pull.mode != UNDO:
            continue
        if pull.raw:
            rows = execute(_BY_KEY, [UUID(pull.raw)])
        else:
            rows = execute(_OWN_LAST, [operator.id, [str(code) for code in UNDOABLE]])
        for scan_id, code, bag_id, parent_id, bill in rows:
            wanted.scan_ids[pull.key] = scan_id
            wanted.bag_ids |= {bag_id} - {None}
            wanted.parent_ids |= {parent_id} - {None}
            if bill and code in UNDOABLE:
                wanted.bills.add(bill)
    if wanted.bag_ids:
        wanted.parent_ids |= {row[0] for row in execute(_PARENTS_OF_CHILD, [list(wanted.bag_ids)])}
    return wanted


def load_earlier(wanted: Wanted, floor: Floor) -> None:
    """Read the wanted scans again, now that everything that they touch is locked."""
    if not wanted.scan_ids:
        return
    by_id = {bag.id: bag for bag in floor.bags.values()}
    found = {}
    for scan_id, code, operator_id, at, bag_id, parent_id, bill, is_undone, *was in execute(
        _EARLIER, [list(wanted.scan_ids.values())]
    ):
        parent = by_id.get(parent_id)
        found[scan_id] = Earlier(
            id=scan_id,
            code=code,
            operator_id=operator_id,
            received_at=at,
            bag=by_id.get(bag_id),
            parent=parent if isinstance(parent, Parent) else None,
            bill=bill,
            is_undone=is_undone,
            came_from=_link(by_id, was),
        )
    wanted.earlier = {key: found[scan_id] for key, scan_id in wanted.scan_ids.items()}


def _link(bags: dict[int, Parent | Child], row: list[Any]) -> Link | None:
    link_id, parent_id, since, by, by_id, scan_id, import_id = row
    parent = bags.get(parent_id)
    if not isinstance(parent, Parent):
        return None
    return Link(
        id=link_id,
        parent=parent,
        since=since,
        by=by,
        by_id=by_id,
        scan_id=scan_id,
        import_id=import_id,
    )
