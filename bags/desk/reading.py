"""Conflicts as the desk shows them: what the device meant, and what is so now."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Trim, Upper

from accounts.paging import keyset_page
from bags.models import Bag, BagQuerySet, ConflictDecision, Link, Scan
from bags.products import known_products
from bags.scanning.codes import read
from bags.scanning.results import Result

PAGE = 20
DECIDED_SHOWN = 20
TO_COUNT_SHOWN = 50


def scanned_code(scan: Scan) -> str:
    """The code of what was scanned: of the bag, or of a packet that was not registered then. A scan that
    closes a sack read nothing: then it is the sack's."""
    if scan.bag:
        return scan.bag.qr_id
    reading = read(scan.raw, known_products().values())
    return reading.code or (scan.parent.qr_id if scan.parent else reading.text)


def scanned_bag(scan: Scan) -> BagQuerySet:
    """The bag that was scanned, if it is registered by now."""
    if scan.bag_id:
        return Bag.objects.filter(pk=scan.bag_id)
    return Bag.objects.with_code(scanned_code(scan))


def can_move(scan: Scan) -> bool:
    """Whether the device meant a packet to be in a sack. A label of another lot never gets in there."""
    is_packet = scan.mode in ("pack", "move") and (scan.bag is None or scan.bag.kind == Bag.Kind.CHILD)
    return is_packet and scan.reason_code != Result.LOT_DIFFERS


def open_link(packet: Bag) -> Link | None:
    return Link.objects.filter(child=packet, unlinked_at=None).first()


def open_conflicts(*, after: str | None) -> dict[str, Any]:
    """A page of the conflicts that no decision has settled, newest first."""
    page = keyset_page(
        Scan.objects.open_conflicts(), after=after, limit=PAGE, describe=lambda scan: {"id": scan.pk}
    )
    rows = _told(Scan.objects.filter(pk__in=[row["id"] for row in page["results"]]))
    return {**page, "results": rows}


def _told(scans: QuerySet[Scan]) -> list[dict[str, Any]]:
    """Each scan with the packet's open link now; three statements, however many."""
    found = list(scans.select_related("operator", "bag", "parent").order_by("-pk"))
    new = {scanned_code(scan) for scan in found if scan.bag_id is None}
    registered = dict(
        Bag.objects.annotate(cleaned=Upper(Trim("qr_id")))
        .filter(cleaned__in=new)
        .values_list("cleaned", "pk")
    )
    ids = {scan.pk: scan.bag_id or registered.get(scanned_code(scan)) for scan in found}
    links = Link.objects.filter(child__in=set(ids.values()) - {None}, unlinked_at=None)
    inside = {link.child_id: link for link in links.select_related("parent", "linked_by")}
    return [_row(scan, inside.get(ids[scan.pk] or 0)) for scan in found]


def _row(scan: Scan, link: Link | None) -> dict[str, Any]:
    return {
        "scan": scan,
        "code": scanned_code(scan),
        "link": link,
        "seen": link.pk if link else 0,
        "is_packet": can_move(scan),
        "has_room": scan.parent is not None and scan.parent.state == Bag.State.OPEN,
        "sacks": _sacks(scan, link),
    }


def _sacks(scan: Scan, link: Link | None) -> list[Bag]:
    """The sack that the device meant and the one that the packet is in, each once."""
    sacks = {bag.pk: bag for bag in (scan.parent, link.parent if link else None) if bag}
    return list(sacks.values())


def decided_lately() -> QuerySet[ConflictDecision]:
    decisions = ConflictDecision.objects.select_related(
        "scan__bag", "scan__parent", "decided_by", "undone_by"
    )
    return decisions.order_by("-pk")[:DECIDED_SHOWN]


def to_count_again() -> QuerySet[Bag]:
    return Bag.objects.filter(needs_recount=True).order_by("-pk")[:TO_COUNT_SHOWN]
