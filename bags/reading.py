"""What is known of bags and scans, as pages and the JSON interface tell it."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.operators import Operator
from accounts.paging import keyset_page
from bags.models import Bag, BagQuerySet, Link, Scan, ScanQuerySet
from bags.products import known_products
from bags.scanning.codes import clean
from bags.scanning.results import Result, severity
from bags.searching import first_fitting, fitting


def list_bags(
    operator: Operator, filters: dict[str, Any], *, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of the bags that exist for the operator; `filters` as GET /api/v1/bags takes them."""
    text = clean(filters.get("q") or "")
    return keyset_page(
        _filtered(Bag.objects.visible_to(operator), filters).select_related("product"),
        after=after,
        limit=limit,
        describe=summary,
        by_time="created_at" if filters.get("from") or filters.get("to") else "",
        find=(lambda page, most: first_fitting(page, text, most)) if text else None,
    )


def bags_asked(operator: Operator, filters: Mapping[str, Any]) -> BagQuerySet:
    """All bags of which `list_bags` shows a page."""
    rows = _filtered(Bag.objects.visible_to(operator), filters)
    text = clean(filters.get("q") or "")
    return fitting(rows, text) if text else rows


def _filtered(rows: BagQuerySet, filters: Mapping[str, Any]) -> BagQuerySet:
    if filters.get("kind"):
        rows = rows.filter(kind=filters["kind"])
    if filters.get("state"):
        rows = rows.parents().filter(state=filters["state"])
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
        rows = rows.filter(is_loose=False) if filters["linked"] else rows.loose()
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


def bag_detail(bag: Bag, operator: Operator) -> dict[str, Any]:
    """The bag as GET /api/v1/bags/<qr_id> tells it. `last_scan` is the last that exists for the operator."""
    links = Link.objects.filter(unlinked_at=None).select_related("linked_by")
    is_parent = bag.kind == Bag.Kind.PARENT
    inside = links.filter(parent=bag).select_related("child").order_by("linked_at", "pk")
    around = None if is_parent else links.filter(child=bag).select_related("parent").first()
    last_scan = scans_of(bag, operator).first()
    bill = bag.held_by or (around.parent.held_by if around else "")
    final = bag.held_final or (around.parent.held_final if around else False)
    return {
        **summary(bag),
        "parent": {**_linked(around), "qr_id": around.parent.qr_id} if around else None,
        "children": [{**_linked(link), "qr_id": link.child.qr_id} for link in (inside if is_parent else ())],
        "bill": {"number": bill, "state": "completed" if final else "processing"} if bill else None,
        "created_by": bag.created_by.username,
        "last_scan": scan_told(last_scan, operator) if last_scan else None,
    }


def _linked(link: Link) -> dict[str, Any]:
    return {"linked_at": link.linked_at, "linked_by": link.linked_by.username}


def list_scans(
    operator: Operator, filters: dict[str, Any], *, after: str | None, limit: int
) -> dict[str, Any]:
    """A page of the record, refusals included. Dispatchers see their own scans."""
    return keyset_page(
        scans_asked(operator, filters).select_related("operator", "bag", "parent"),
        after=after,
        limit=limit,
        describe=scan_row,
        by_time="received_at" if filters.get("from") or filters.get("to") else "",
    )


def scans_asked(operator: Operator, filters: Mapping[str, Any]) -> ScanQuerySet:
    """All scans of which `list_scans` shows a page."""
    rows = Scan.objects.all() if operator.sees_all else Scan.objects.filter(operator_id=operator.id)
    if filters.get("operator"):
        rows = rows.filter(operator_id__in=list(_ids_of(filters["operator"])))
    names = {"device": "device_id", "code": "code", "from": "received_at__gte", "to": "received_at__lt"}
    return rows.filter(**{field: filters[name] for name, field in names.items() if filters.get(name)})


def _ids_of(name: str) -> QuerySet[User, int]:
    """Asked before the rows, whose index then leads straight to those of one person."""
    return User.objects.filter(username__iexact=name).values_list("pk", flat=True)


def links_asked(operator: Operator, filters: Mapping[str, Any]) -> QuerySet[Link]:
    """Links of the parents that exist for the operator; `filters` as bags.schemas.LinkFilters tells them."""
    rows = Link.objects.all()
    if not operator.sees_all:
        rows = rows.filter(parent__in=Bag.objects.visible_to(operator))
    for end in ("parent", "child"):
        if filters.get(end):
            rows = rows.filter(**{f"{end}__in": Bag.objects.with_code(clean(filters[end]))})
    if filters.get("open") is not None:
        rows = rows.filter(unlinked_at__isnull=filters["open"])
    if filters.get("operator"):
        rows = rows.filter(linked_by_id__in=list(_ids_of(filters["operator"])))
    names = {"from": "linked_at__gte", "to": "linked_at__lt"}
    return rows.filter(**{field: filters[name] for name, field in names.items() if filters.get(name)})


def scans_of(bag: Bag, operator: Operator) -> QuerySet[Scan]:
    """The record of one bag as far as it exists for the operator, newest first."""
    scans = visible(Scan.objects.filter(Q(bag=bag) | Q(parent=bag)), operator, "bag", "parent")
    return scans.select_related("operator", "bag", "parent").order_by("-pk")


def visible(rows: QuerySet[Any], operator: Operator, *bags: str) -> QuerySet[Any]:
    """Those whose bags all exist for the operator."""
    for name in bags if not operator.sees_all else ():
        rows = rows.filter(Q(**{name: None}) | Q(**{f"{name}__area": operator.area}))
    return rows


def scan_told(scan: Scan, operator: Operator) -> dict[str, Any]:
    """Words that were meant for somebody of elsewhere may name bags of elsewhere: they are not repeated."""
    is_for_operator = operator.sees_all or scan.operator.area_id == operator.area
    return scan_row(scan) if is_for_operator else {**scan_row(scan), "message": None}


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
