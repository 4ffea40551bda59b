"""What happened with a bag, and what was inside or around it at a moment.

Both are read from intervals that are never deleted: links, and the holds of labels (bill lines). Outside the
operator's area a bag does not exist, so what it shared with one out of sight is left out.
"""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from accounts.operators import Operator
from bags.holds import Hold, holds_of
from bags.models import Bag, Link
from bags.reading import scan_told, scans_of, visible

ENTRIES_AT_MOST = 1_000


def timeline(
    bag: Bag, operator: Operator, *, limit: int = ENTRIES_AT_MOST, each_once: bool = False
) -> dict[str, Any]:
    """{"qr_id", "kind", "timeline", "is_whole"}: scans, links and bill lines, newest first by `at`. Of a bag
    with more than `limit` of one kind the oldest are left out, and it is not whole. each_once: a link that a
    scan made is told by that scan."""
    links = visible(_links(bag), operator, "child", "parent").order_by("-linked_at", "-pk")
    if each_once and bag.kind == Bag.Kind.PARENT:  # a packet's few are asked for its bill lines too
        links = links.filter(scan=None)
    rows = [list(kind[: limit + 1]) for kind in (scans_of(bag, operator), links)]
    entries = [
        *({"type": "scan", "at": scan.received_at, **scan_told(scan, operator)} for scan in rows[0][:limit]),
        *(
            {"type": "link", "at": link.linked_at, **_link_told(link)}
            for link in rows[1][:limit]
            if not (each_once and link.scan_id)
        ),
        *({"type": "bill_line", "at": hold.since, **line} for hold, line in _lines(bag, rows[1][:limit])),
    ]
    return {
        "qr_id": bag.qr_id,
        "kind": bag.kind,
        "timeline": sorted(entries, key=lambda entry: entry["at"], reverse=True),
        "is_whole": all(len(kind) <= limit for kind in rows),
    }


def moment(bag: Bag, operator: Operator, at: datetime) -> dict[str, Any]:
    """What was inside the bag, around it, and which bill it was on at `at`. `registered` is False before the
    bag's first day; a child is on its parent's bill; `count` and `weight_kg` are those of `children`."""
    stood = _links(bag).filter(Q(unlinked_at=None) | Q(unlinked_at__gt=at), linked_at__lte=at)
    links = list(visible(stood, operator, "child", "parent").order_by("linked_at", "pk"))
    inside = [link for link in links if link.parent_id == bag.pk]
    around = next((link for link in links if link.child_id == bag.pk), None)
    parent_id = around.parent_id if around else bag.pk
    hold = next((hold for hold in holds_of([parent_id]) if hold.stood(at)), None)
    is_parent = bag.kind == Bag.Kind.PARENT
    return {
        "qr_id": bag.qr_id,
        "kind": bag.kind,
        "at": at,
        "registered": bag.created_at <= at,
        "count": len(inside) if is_parent else None,
        "weight_kg": f"{len(inside) * bag.product.kg_per_child:.3f}" if bag.product else None,
        "children": [
            {"qr_id": link.child.qr_id, "lot": link.child.lot or None, **_linked(link)} for link in inside
        ],
        "parent": {"qr_id": around.parent.qr_id, **_linked(around)} if around else None,
        "bill": {"number": hold.label, "added_at": hold.since, "added_by": hold.since_by} if hold else None,
    }


def _links(bag: Bag) -> QuerySet[Link]:
    links = Link.objects.select_related("parent", "child", "linked_by", "unlinked_by")
    return links.filter(parent=bag) if bag.kind == Bag.Kind.PARENT else links.filter(child=bag)


def _lines(bag: Bag, links: list[Link]) -> list[tuple[Hold, dict[str, Any]]]:
    """A parent's own lines; of a child those that its parent had while it sat there."""
    if bag.kind == Bag.Kind.PARENT:
        return [(hold, _line_told(hold, bag.qr_id)) for hold in holds_of([bag.pk])]
    holds = holds_of({link.parent_id for link in links})
    return [
        (hold, _line_told(hold, link.parent.qr_id))
        for link in links
        for hold in holds
        if hold.parent_id == link.parent_id and hold.overlaps(link.linked_at, link.unlinked_at)
    ]


def _linked(link: Link) -> dict[str, Any]:
    return {"linked_at": link.linked_at, "linked_by": link.linked_by.username}


def _link_told(link: Link) -> dict[str, Any]:
    return {
        "parent": link.parent.qr_id,
        "child": link.child.qr_id,
        **_linked(link),
        "unlinked_at": link.unlinked_at,
        "unlinked_by": link.unlinked_by.username if link.unlinked_by else None,
        "end_reason": link.end_reason or None,
        "scan_id": link.scan_id,
        "import_id": link.import_batch_id,
    }


def _line_told(hold: Hold, parent: str) -> dict[str, Any]:
    return {
        "bill": hold.label,
        "parent": parent,
        "added_at": hold.since,
        "added_by": hold.since_by,
        "removed_at": hold.until,
        "removed_by": hold.until_by,
        "returned_at": hold.returned_at,
    }
