"""Writes all effects of a call: one statement, two where links end."""

from typing import Any

import orjson

from audit import log
from audit.database import execute
from bags.scanning import sighting
from bags.scanning.floor import Child, Ended, Floor, Parent

# Updates name their ids twice: the planner takes a JSON array for a hundred rows and would read the whole
# table to join it; an array of ids it looks up.

# An ending link must be out of the unique index before the child's next link enters it.
_END_LINKS = """
UPDATE bags_link link
   SET unlinked_at = ended.at, unlinked_by_id = ended.by, end_reason = ended.why
  FROM jsonb_to_recordset(%s::jsonb) AS ended(id bigint, at timestamptz, by bigint, why text)
 WHERE link.id = ended.id AND link.id = ANY(%s)
"""

_NEW_BAGS = """
INSERT INTO bags_bag (id, qr_id, kind, product_id, area, lot, state, child_count, child_limit,
                      held_by, held_final, closed_by_scan, needs_recount, is_loose, created_at, created_by_id)
SELECT id, qr_id, kind, product_id, area, lot, state, child_count, child_limit,
       held_by, false, closed_by_scan, needs_recount, is_loose, created_at, created_by_id
  FROM jsonb_to_recordset(%s::jsonb) AS bag(
       id bigint, qr_id text, kind text, product_id bigint, area text, lot text, state text,
       child_count smallint, child_limit smallint, held_by text, closed_by_scan bigint, needs_recount boolean,
       is_loose boolean, created_at timestamptz, created_by_id bigint)
"""

_CHANGED_BAGS = """
UPDATE bags_bag bag
   SET state = now.state, child_count = now.child_count, held_by = now.held_by,
       closed_by_scan = now.closed_by_scan, needs_recount = now.needs_recount, is_loose = now.is_loose,
       area = now.area, lot = now.lot
  FROM jsonb_to_recordset(%s::jsonb) AS now(
       id bigint, area text, lot text, state text, child_count smallint, held_by text, closed_by_scan bigint,
       needs_recount boolean, is_loose boolean)
 WHERE bag.id = now.id AND bag.id = ANY(%s)
"""

_NEW_LINKS = """
INSERT INTO bags_link (id, parent_id, child_id, linked_at, linked_by_id, scan_id, import_batch_id,
                       unlinked_at, unlinked_by_id, end_reason)
SELECT id, parent_id, child_id, linked_at, linked_by_id, scan_id, import_batch_id,
       unlinked_at, unlinked_by_id, coalesce(end_reason, '')
  FROM jsonb_to_recordset(%s::jsonb) AS link(
       id bigint, parent_id bigint, child_id bigint, linked_at timestamptz, linked_by_id bigint,
       scan_id bigint, import_batch_id bigint, unlinked_at timestamptz, unlinked_by_id bigint,
       end_reason text)
"""

_NEW_SCANS = """
INSERT INTO bags_scan (id, key, device_id, seq, operator_id, mode, source, raw, parent_code, bill, code,
                       reason_code, bag_id, parent_id, captured_at, received_at, offline, repairs, answer)
SELECT id, key, device_id, seq, operator_id, mode, source, raw, parent_code, bill, code,
       reason_code, bag_id, parent_id, captured_at, received_at, offline, repairs, answer
  FROM jsonb_to_recordset(%s::jsonb) AS scan(
       id bigint, key uuid, device_id uuid, seq bigint, operator_id bigint, mode text, source text,
       raw text, parent_code text, bill text, code text, reason_code text, bag_id bigint,
       parent_id bigint, captured_at timestamptz, received_at timestamptz, offline boolean,
       repairs text[], answer jsonb)
"""

_TAKEN_BACK = """
UPDATE bags_scan scan SET undone_at = undo.at, undone_by_id = undo.by
  FROM jsonb_to_recordset(%s::jsonb) AS undo(id bigint, at timestamptz, by bigint)
 WHERE scan.id = undo.id AND scan.id = ANY(%s) AND scan.undone_at IS NULL
"""


def write(
    floor: Floor,
    *,
    scans: list[dict[str, Any]],
    entries: list[log.Entry],
    signed: log.Signature,
    actor_id: int,
    device: sighting.Sighting | None,
) -> None:
    """Write what `floor` says has changed, the scans, the audit entries, the device: at least one row.

    Raises IntegrityError where another call was quicker with the same bag, link or key.
    """
    new_links = {link.id for link, _child in floor.new_links}
    ended = {end.link.id: end for end in floor.ended}
    if old := [_end(end, actor_id) for end in floor.ended if end.link.id not in new_links]:
        execute(_END_LINKS, _update(old))
    # Only parts with rows are sent, so few texts get prepared.
    changed = [_state(bag) for bag in floor.changed.values() if not bag.is_new]
    parts = [
        ("device", sighting.INSERT, _insert([sighting.row(device)] if device else [])),
        ("new_bags", _NEW_BAGS, _insert(_new_bags(floor, scans, actor_id))),
        ("changed_bags", _CHANGED_BAGS, _update(changed)),
        ("new_links", _NEW_LINKS, _insert(_new_links(floor, ended, actor_id))),
        ("taken_back", _TAKEN_BACK, _update(_taken_back(floor))),
        ("entries", log.INSERT, [log.rows(entries, signed)] if entries else []),
        ("scans", _NEW_SCANS, _insert(scans)),
    ]
    *first, (_, last, last_params) = [part for part in parts if part[2]]
    before = ", ".join(f"{name} AS ({sql})" for name, sql, _ in first)
    params = [param for _, _, params in first for param in params] + last_params
    execute(f"WITH {before} {last}" if first else last, params)


def _insert(rows: list[dict[str, Any]]) -> list[Any]:
    return [_json(rows)] if rows else []


def _update(rows: list[dict[str, Any]]) -> list[Any]:
    return [_json(rows), [row["id"] for row in rows]] if rows else []


def _json(rows: Any) -> str:
    return orjson.dumps(rows).decode()


def _new_bags(floor: Floor, scans: list[dict[str, Any]], actor_id: int) -> list[dict[str, Any]]:
    born = {scan["bag_id"]: scan["received_at"] for scan in reversed(scans)}
    return [
        {
            **_state(bag),
            "qr_id": bag.code,
            "kind": bag.kind,
            "product_id": bag.product.id if isinstance(bag, Parent) else None,
            "child_limit": bag.limit if isinstance(bag, Parent) else 0,
            "created_at": born[bag.id],
            "created_by_id": actor_id,
        }
        # In one order everywhere: calls that bring the same new bags wait for each other, not in a ring.
        for bag in sorted(floor.changed.values(), key=lambda bag: bag.code)
        if bag.is_new
    ]


def _state(bag: Parent | Child) -> dict[str, Any]:
    if isinstance(bag, Child):
        return {
            "id": bag.id,
            "area": bag.area,
            "lot": bag.lot,
            "state": "",
            "child_count": 0,
            "held_by": "",
            "needs_recount": False,
            "is_loose": bag.link is None,
        }
    return {
        "id": bag.id,
        "area": bag.area,
        "lot": "",
        "state": bag.state,
        "child_count": bag.count,
        "held_by": bag.held_by,
        "closed_by_scan": bag.closed_by_scan,
        "needs_recount": bag.needs_recount,
        "is_loose": bag.count == 0,
    }


def _new_links(floor: Floor, ended: dict[int, Ended], actor_id: int) -> list[dict[str, Any]]:
    rows = []
    for link, child in floor.new_links:
        row = {
            "id": link.id,
            "parent_id": link.parent.id,
            "child_id": child.id,
            "linked_at": link.since,
            "linked_by_id": link.by_id,
            "scan_id": link.scan_id,
            "import_batch_id": link.import_id,
        }
        if end := ended.get(link.id):
            row |= {"unlinked_at": end.at, "unlinked_by_id": actor_id, "end_reason": end.why}
        rows.append(row)
    return rows


def _end(end: Ended, actor_id: int) -> dict[str, Any]:
    return {"id": end.link.id, "at": end.at, "by": actor_id, "why": end.why}


def _taken_back(floor: Floor) -> list[dict[str, Any]]:
    return [
        {"id": scan_id, "at": moment.at, "by": moment.scan_id} for scan_id, moment in floor.taken_back.items()
    ]
