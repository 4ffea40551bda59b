"""Loads and locks what one call needs, and writes all its effects together.

The number of statements does not grow with the number of scans. Lock first, then read: in READ
COMMITTED the reading statement sees what the former holder of a lock committed. Bags that do not exist
yet cannot be locked; there the unique indexes decide, and the loser's call is judged again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from audit.database import as_played, execute
from bags.models import Bag
from bags.products import forget_products, known_products
from bags.scanning.floor import Child, Floor, Link, Parent, ProductFacts
from bags.scanning.sighting import Beat, Seen


class Stale(Exception):
    """What was locked is no longer what the call needs: judge it again."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a key stands for: the same key with another content is an error."""

    operator_id: int
    mode: str
    raw: str
    parent_code: str
    bill: str


@dataclass(frozen=True, slots=True)
class Known:
    """A scan that already stands in the record, with the answer as it was told."""

    content: Content
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Loaded:
    """All that one call reads: the floor, scans whose keys are known, the database's clock."""

    floor: Floor
    known: dict[UUID, Known]
    now: datetime
    scan_ids: list[int]
    device: Seen | None


# Looked up one by one through the index: the plan is made once, and on a young, empty table the planner
# would choose to read it whole, and go on so while it grows. OFFSET 0 keeps the look-ups apart.
_NAMED = """
SELECT bag.id FROM unnest({codes}::text[]) AS wanted(code) CROSS JOIN LATERAL
       (SELECT id FROM bags_bag WHERE upper(btrim(qr_id)) = wanted.code OFFSET 0) AS bag
"""
_OPEN_LINK = "SELECT * FROM bags_link WHERE child_id = {child} AND unlinked_at IS NULL OFFSET 0"

# Bags named by their code, and the parents that the children about to leave sit in. Children too: else the
# lot that a label tells could be overwritten by another label of the same number.
_LOCK = f"""
SELECT locked.id FROM unnest(ARRAY(
           SELECT id FROM (
               {_NAMED.format(codes="%s")}
                UNION
               SELECT link.parent_id FROM ({_NAMED.format(codes="%s")}) AS child
                CROSS JOIN LATERAL ({_OPEN_LINK.format(child="child.id")}) AS link
                UNION
               SELECT unnest(%s::bigint[])
           ) AS named ORDER BY id
       )) AS wanted(id)
 CROSS JOIN LATERAL (SELECT id FROM bags_bag WHERE id = wanted.id FOR UPDATE) AS locked
"""  # noqa: S608 - composed of constants

_LOAD = f"""
WITH named AS (
    {_NAMED.format(codes="%(codes)s")}
     UNION
    SELECT unnest(%(ids)s::bigint[])
), inside AS (
    SELECT link.*, who.username FROM named
     CROSS JOIN LATERAL ({_OPEN_LINK.format(child="named.id")}) AS link
     CROSS JOIN LATERAL (SELECT username FROM accounts_user WHERE id = link.linked_by_id OFFSET 0) AS who
)
SELECT clock_timestamp(),
       (SELECT json_agg(json_build_array(bag.id, upper(btrim(qr_id)), kind, product_id, area, lot, state,
                                         child_count, child_limit, held_by, held_final, closed_by_scan,
                                         needs_recount))
          FROM (SELECT id FROM named UNION SELECT parent_id FROM inside) AS wanted
         CROSS JOIN LATERAL (SELECT * FROM bags_bag WHERE id = wanted.id OFFSET 0) AS bag)::text,
       (SELECT json_agg(json_build_array(id, child_id, parent_id, linked_at, username, linked_by_id, scan_id,
                                         import_batch_id))
          FROM inside)::text,
       (SELECT json_agg(json_build_array(key, answer, operator_id, mode, raw, parent_code, bill))
          FROM unnest(%(keys)s::uuid[]) AS wanted(one)
         CROSS JOIN LATERAL (SELECT * FROM bags_scan WHERE key = wanted.one OFFSET 0) AS scan)::text,
       (SELECT json_build_array(last_seen_at, unsent, attention, version, storage)
          FROM bags_device WHERE id = %(device)s)::text,
       ARRAY(SELECT nextval('bags_bag_id_seq') FROM generate_series(1, %(new)s)),
       ARRAY(SELECT nextval('bags_link_id_seq') FROM generate_series(1, %(new)s)),
       ARRAY(SELECT nextval('bags_scan_id_seq') FROM generate_series(1, %(new)s))
"""  # noqa: S608 - composed of constants


def lock_bags(*, codes: Collection[str], leaving: Collection[str], ids: Collection[int]) -> set[int]:
    """Lock, in ascending id order, the bags of `codes` and `ids` and the parents that the children `leaving`
    sit in now. Returns the ids locked."""
    if not (codes or leaving or ids):
        return set()
    return {row[0] for row in execute(_LOCK, [list(codes), list(leaving), list(ids)])}


def load(
    *, codes: Collection[str], ids: Collection[int], keys: Sequence[UUID], device: UUID | None
) -> Loaded:
    """Read the bags of `codes` and `ids`, where each child sits, and the scans of `keys`: one statement."""
    params = {"codes": list(codes), "ids": list(ids), "keys": list(keys), "device": device, "new": len(keys)}
    now, bags, links, scans, device_row, bag_ids, link_ids, scan_ids = execute(_LOAD, params)[0]
    floor = Floor(products={}, bags={}, bag_ids=iter(bag_ids), link_ids=iter(link_ids))
    _place_bags(floor, orjson.loads(bags or "[]"), orjson.loads(links or "[]"))
    known = {UUID(key): Known(Content(*content), told) for key, told, *content in orjson.loads(scans or "[]")}
    return Loaded(floor, known, as_played(now), scan_ids, _seen(device_row))


def _seen(row: str | None) -> Seen | None:
    if row is None:
        return None
    at, unsent, attention, version, storage = orjson.loads(row)
    beat = Beat(unsent=unsent, attention=attention, version=version, storage=storage)
    return Seen(datetime.fromisoformat(at), beat)


def _place_bags(floor: Floor, bags: list[list[Any]], links: list[list[Any]]) -> None:
    products = {product.id: product for product in known_products().values()}
    if any(row[3] and row[3] not in products for row in bags):
        forget_products()
        products = {product.id: product for product in known_products().values()}
    floor.products = known_products()
    by_id = {row[0]: _bag(row, products) for row in bags}
    floor.bags = {bag.code: bag for bag in by_id.values()}
    for link_id, child_id, parent_id, since, by, by_id_, scan_id, import_id in links:
        child, parent = by_id[child_id], by_id[parent_id]
        if isinstance(child, Child) and isinstance(parent, Parent):
            child.link = Link(
                id=link_id,
                parent=parent,
                since=datetime.fromisoformat(since),
                by=by,
                by_id=by_id_,
                scan_id=scan_id,
                import_id=import_id,
            )


def _bag(row: list[Any], products: dict[int, ProductFacts]) -> Parent | Child:
    bag_id, code, kind, product_id, area, lot, state, count, limit, held_by, held_final, *rest = row
    if kind == Bag.Kind.CHILD:
        return Child(id=bag_id, code=code, area=area, lot=lot)
    return Parent(
        id=bag_id,
        code=code,
        product=products[product_id],
        limit=limit,
        area=area,
        state=state,
        count=count,
        held_by=held_by,
        held_final=held_final,
        closed_by_scan=rest[0],
        needs_recount=rest[1],
    )
