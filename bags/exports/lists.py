"""The lists of this storey that can be exported. Columns are named as in the JSON."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Case, F, FilteredRelation, Func, Q, QuerySet, Value, When
from django.db.models.fields import TextField
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.operators import Operator
from bags.exports.catalogue import Column, Kind, Listing
from bags.models import Bag, Scan
from bags.parked.reading import fact_of, parked_texts
from bags.reading import bags_asked, links_asked, scans_asked
from bags.schemas import BagFilters, LinkFilters, NoFilters, ScanFilters

ONE_DAY = timedelta(days=1)


def _bags(operator: Operator, wanted: Mapping[str, Any]) -> QuerySet[Any]:
    around = FilteredRelation("parent_links", condition=Q(parent_links__unlinked_at=None))
    return bags_asked(operator, wanted).alias(around=around)


def _of_parents(field: str) -> Case:
    return Case(When(kind=Bag.Kind.PARENT, then=field))


BAGS = Listing(
    name="bags",
    title=_("Bags"),
    filters=BagFilters,
    columns=[
        Column("qr_id", Kind.TEXT, "qr_id"),
        Column("kind", Kind.WORD, "kind"),
        Column("parent", Kind.TEXT, "around__parent__qr_id"),
        Column("product", Kind.TEXT, "product__name"),
        Column("area", Kind.TEXT, "area_id"),
        Column("lot", Kind.TEXT, "lot"),
        Column("state", Kind.WORD, "state"),
        Column("count", Kind.WHOLE, _of_parents("child_count")),
        Column("limit", Kind.WHOLE, _of_parents("child_limit")),
        Column("weight_kg", Kind.KG, F("child_count") * F("product__kg_per_child")),
        Column("bill", Kind.TEXT, "held_by"),
        Column("needs_recount", Kind.FLAG, _of_parents("needs_recount")),
        Column("created_at", Kind.TIME, "created_at"),
        Column("created_by", Kind.TEXT, "created_by__username"),
    ],
    asked=_bags,
    may=lambda operator: operator.sees_all,
)

LINKS = Listing(
    name="links",
    title=_("Links"),
    filters=LinkFilters,
    columns=[
        Column("parent", Kind.TEXT, "parent__qr_id"),
        Column("child", Kind.TEXT, "child__qr_id"),
        Column("lot", Kind.TEXT, "child__lot"),
        Column("area", Kind.TEXT, "parent__area_id"),
        Column("linked_at", Kind.TIME, "linked_at"),
        Column("linked_by", Kind.TEXT, "linked_by__username"),
        Column("unlinked_at", Kind.TIME, "unlinked_at"),
        Column("unlinked_by", Kind.TEXT, "unlinked_by__username"),
        Column("end_reason", Kind.WORD, "end_reason"),
    ],
    asked=links_asked,
    may=lambda operator: operator.sees_all,
)


def _scans(operator: Operator, wanted: Mapping[str, Any]) -> QuerySet[Scan]:
    """Dispatchers export one day of their own scans: that of `from`, or today."""
    if operator.sees_all:
        return scans_asked(operator, wanted)
    start = wanted.get("from") or timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    end = min(wanted.get("to") or start + ONE_DAY, start + ONE_DAY)
    return scans_asked(operator, {**wanted, "from": start, "to": end})


SCANS = Listing(
    name="scans",
    title=_("Scans"),
    filters=ScanFilters,
    columns=[
        Column("scan_id", Kind.WHOLE, "pk"),
        Column("key", Kind.WORD, "key"),
        Column("device", Kind.WORD, "device_id"),
        Column("seq", Kind.WHOLE, "seq"),
        Column("operator", Kind.TEXT, "operator__username"),
        Column("mode", Kind.WORD, "mode"),
        Column("source", Kind.WORD, "source"),
        Column("raw", Kind.TEXT, "raw"),
        Column("code", Kind.WORD, "code"),
        Column("reason_code", Kind.WORD, "reason_code"),
        Column("message", Kind.TEXT, KT("answer__message")),
        Column("bag", Kind.TEXT, "bag__qr_id"),
        Column("parent", Kind.TEXT, "parent__qr_id"),
        Column("bill", Kind.TEXT, "bill"),
        Column("captured_at", Kind.TIME, "captured_at"),
        Column("received_at", Kind.TIME, "received_at"),
        Column("offline", Kind.FLAG, "offline"),
        Column(
            "repairs",
            Kind.WORD,
            Func("repairs", Value(" "), function="array_to_string", output_field=TextField()),
        ),
        Column("undone_at", Kind.TIME, "undone_at"),
    ],
    asked=_scans,
    may=lambda _operator: True,
)


def _words(name: str) -> Func:
    return Func(fact_of(name), Value(" "), function="array_to_string", output_field=TextField())


PARKED = Listing(
    name="parked",
    title=_("Parked codes"),
    filters=NoFilters,
    columns=[
        Column("raw", Kind.TEXT, "raw"),
        Column("count", Kind.WHOLE, fact_of("count")),
        Column("first_at", Kind.TIME, fact_of("first_at")),
        Column("last_at", Kind.TIME, fact_of("last_at")),
        Column("operators", Kind.TEXT, _words("operators")),
        Column("devices", Kind.WORD, _words("devices")),
        Column("results", Kind.WORD, _words("results")),
        Column("scan_id", Kind.WHOLE, "pk"),
    ],
    asked=lambda _operator, _wanted: parked_texts(),
    may=lambda operator: operator.may_bill,
    in_order=True,  # out of order all later scans are read first: ten seconds at two million parked ones
)
