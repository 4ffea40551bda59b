"""What is known of bags and scans, as pages and the JSON interface tell it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.operators import Operator
from accounts.paging import keyset_page
from bags.models import Bag, BagQuerySet, Link, Scan, ScanQuerySet
from bags.products import known_products
from bags.scanning.codes import clean
from bags.scanning.results import Result, severity
from bags.searching import matching


def list_bags(
    operator: Operator, filters: dict[str, Any], *, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of the bags that exist for the operator; `filters` as GET /api/v1/bags takes them."""
    rows, many = _filtered(Bag.objects.visible_to(operator), filters), None
    if filters.get("q"):
        rows, many = matching(rows, clean(filters["q"]))
    only_q = operator.sees_all and not any(value for name, value in filters.items() if name != "q")
    return keyset_page(
        rows.select_related("product"),
        after=after,
        limit=limit,
        describe=summary,
        by_time="created_at" if filters.get("from") or filters.get("to") else "",
        is_countable=many is None,
        about=many if only_q else None,
    )


def _filtered(rows: BagQuerySet, filters: dict[str, Any]) -> BagQuerySet:
    for name in ("kind", "state"):
        if filters.get(name):
            rows = rows.filter(**{name: filters[name]})
    if filters.get("area"):
        rows = rows.filter(area_id=filters["area"])
    if filters.get("product"):
        product = known_products().get(filters["product"])
        rows = rows.parents().filter(product_id=product.id) if product else rows.none()
    if filters.get("from"):
        rows = rows.filter(created_at__gte=filters["from"])
    if filters.get("to"):
        rows = rows.filter(created_at__lt=filters["to"])
    if filters.get("linked") is not None:
        is_linked = Q(child_count__gt=0) | Q(
            Exists(Link.objects.filter(child=OuterRef("pk"), unlinked_at=None))
        )
        rows = rows.filter(is_linked if filters["linked"] else ~is_linked)
    if filters.get("billed") is not None:
        rows = rows.parents().exclude(held_by="") if filters["billed"] else rows.filter(held_by="")
    return rows


def summary(bag: Bag) -> dict[str, Any]:
    is_parent = bag.kind == Bag.Kind.PARENT
    return {
        "qr_id": bag.qr_id,
        "kind": bag.kind,
        "product": bag.product.name if bag.product else None,
        "area": bag.area_id,
        "lot": bag.lot or None,
        "state": bag.state or None,
        "count": bag.child_count if is_parent else None,
        "limit": bag.child_limit if is_parent else None,
        "weight_kg": f"{bag.child_count * bag.product.kg_per_child:.3f}" if bag.product else None,
        "needs_recount": bag.needs_recount if is_parent else None,
        "created_at": bag.created_at,
    }


def find_bag(operator: Operator, qr_id: str) -> Bag | None:
    """The bag of a code as it stands on the bag or in the address, if it exists for the operator."""
    if "\0" in qr_id:
        return None
    bags = Bag.objects.visible_to(operator).select_related("product", "created_by")
    return bags.with_code(clean(qr_id)).first()


def bag_detail(bag: Bag) -> dict[str, Any]:
    """The bag as GET /api/v1/bags/<qr_id> tells it."""
    links = Link.objects.filter(unlinked_at=None).select_related("linked_by", "parent", "child")
    inside = links.filter(parent=bag).order_by("linked_at", "pk")
    around = links.filter(child=bag).first()
    last_scan = (
        Scan.objects.filter(Q(bag=bag) | Q(parent=bag)).select_related("operator").order_by("-pk").first()
    )
    bill = bag.held_by or (around.parent.held_by if around else "")
    final = bag.held_final or (around.parent.held_final if around else False)
    return {
        **summary(bag),
        "parent": {**_linked(around), "qr_id": around.parent.qr_id} if around else None,
        "children": [{**_linked(link), "qr_id": link.child.qr_id} for link in inside],
        "bill": {"number": bill, "state": "completed" if final else "processing"} if bill else None,
        "created_by": bag.created_by.username,
        "last_scan": scan_row(last_scan) if last_scan else None,
    }


def _linked(link: Link) -> dict[str, Any]:
    return {"linked_at": link.linked_at, "linked_by": link.linked_by.username}


def list_scans(
    operator: Operator, filters: dict[str, Any], *, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of the record, refusals included. Dispatchers see their own scans."""
    rows = Scan.objects.select_related("operator", "bag", "parent")
    if not operator.sees_all:
        rows = rows.filter(operator_id=operator.id)
    rows = _filtered_scans(rows, filters)
    return keyset_page(rows, after=after, limit=limit, describe=scan_row)


def _filtered_scans(rows: ScanQuerySet, filters: dict[str, Any]) -> ScanQuerySet:
    names = {
        "operator": "operator__username__iexact",
        "device": "device_id",
        "code": "code",
        "from": "received_at__gte",
        "to": "received_at__lt",
    }
    return rows.filter(**{field: filters[name] for name, field in names.items() if filters.get(name)})


def scan_row(scan: Scan) -> dict[str, Any]:
    return {
        "scan_id": scan.pk,
        "key": str(scan.key),
        "device": str(scan.device_id) if scan.device_id else None,
        "seq": scan.seq,
        "operator": scan.operator.username,
        "mode": scan.mode,
        "source": scan.source or None,
        "raw": scan.raw,
        "code": scan.code,
        "reason_code": scan.reason_code or None,
        "severity": severity(Result(scan.code)),
        "message": scan.answer["message"],
        "bag": scan.bag.qr_id if scan.bag else None,
        "parent": scan.parent.qr_id if scan.parent else None,
        "bill": scan.bill or None,
        "captured_at": scan.captured_at,
        "received_at": scan.received_at,
        "offline": scan.offline,
        "repairs": scan.repairs,
        "undone_at": scan.undone_at,
    }
