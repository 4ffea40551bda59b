"""Parked texts as their page shows them: each once, the one read last first."""

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Aggregate, Count, Exists, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import MD5, Trim, Upper

from accounts.paging import keyset_page
from bags.models import Bag, ParkedDecision, Scan, ScanQuerySet
from bags.products import known_products
from bags.scanning.codes import Reading, clean, read

PAGE = 20
DECIDED_SHOWN = 20
# The open ones are told apart in the sums, not in the filter: else the planner reads all that is parked.
_OPEN = Q(settled_at=None)
FACTS: dict[str, Aggregate] = {
    "count": Count("pk", filter=_OPEN),
    "first_at": Min("received_at", filter=_OPEN),
    "last_at": Max("received_at", filter=_OPEN),
    "operators": ArrayAgg("operator__username", distinct=True, filter=_OPEN),
    "devices": ArrayAgg("device_id", distinct=True, filter=_OPEN & Q(device__isnull=False), default=[]),
    "results": ArrayAgg("code", distinct=True, filter=_OPEN),
}


def reading_of(raw: str) -> Reading:
    return read(raw, known_products().values())


def named_bag(code: str) -> Bag | None:
    if "\0" in code:
        return None
    return Bag.objects.with_code(clean(code)).first()


def parked_texts() -> ScanQuerySet:
    """For each parked text the newest of its scans."""
    later = Scan.objects.parked().filter(pk__gt=OuterRef("pk"))
    return (
        Scan.objects.parked()
        .annotate(digest=MD5("raw"))
        .filter(~Exists(later.alias(same=MD5("raw")).filter(same=OuterRef("digest"))))
    )


def fact_of(name: str) -> Subquery:
    """One of FACTS, for each of `parked_texts`."""
    same = Scan.objects.of_parked_codes().annotate(same=MD5("raw")).filter(same=OuterRef("digest"))
    return Subquery(same.order_by().values("same").annotate(fact=FACTS[name]).values("fact"))


def list_parked(*, after: str | None) -> dict[str, Any]:
    """A page of the parked texts; three statements, however many scans each has. Each is {"scan", its newest,
    "count", "first_at", "last_at", "operators", "devices", "results", "kind", "code", "bag"}; `bag` is the
    one that is registered under that code by now: since, or out of the operator's sight."""
    page = keyset_page(
        parked_texts(),
        after=after,
        limit=PAGE,
        describe=lambda scan: {"scan": scan, "digest": scan.digest},
        find=_first,
    )
    facts = _facts([row["digest"] for row in page["results"]])
    rows = [row | facts[row["digest"]] | _told(row["scan"]) for row in page["results"]]
    bags = _registered({row["code"] for row in rows})
    return {**page, "results": [row | {"bag": bags.get(row["code"])} for row in rows]}


def _first(texts: QuerySet[Scan], most: int) -> tuple[list[Scan], int | None]:
    """Counted only where they end here: counting all texts took seconds at two million scans."""
    found = list(texts[:most])
    return found, None if len(found) == most else len(found)


def _told(scan: Scan) -> dict[str, Any]:
    reading = reading_of(scan.raw)
    return {"kind": reading.kind, "code": reading.code or reading.text}


def _facts(digests: list[str]) -> dict[str, dict[str, Any]]:
    texts = Scan.objects.of_parked_codes().annotate(digest=MD5("raw")).filter(digest__in=digests)
    rows = texts.order_by().values("digest").annotate(**FACTS)
    return {row["digest"]: dict(row) for row in rows}


def _registered(codes: set[str]) -> dict[str, Bag]:
    found = Bag.objects.annotate(cleaned=Upper(Trim("qr_id"))).filter(
        cleaned__in=[code for code in codes if "\0" not in code]
    )
    return {bag.cleaned: bag for bag in found}


def decided_lately() -> QuerySet[ParkedDecision]:
    made = ParkedDecision.objects.select_related("scan", "bag", "decided_by", "undone_by")
    return made.order_by("-pk")[:DECIDED_SHOWN]
