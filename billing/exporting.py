"""The list of bills as a file. Columns are named as in the JSON."""

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bags.exports.catalogue import Column, Kind, Listing
from billing.api import BillFilters
from billing.reading import bills_asked, with_totals

_ACTUAL = Coalesce(F("actual_kg"), F("live_kg"))
_EXPECTED = Coalesce(F("expected_kg"), F("full_kg"))

BILLS = Listing(
    name="bills",
    title=_("Bills"),
    filters=BillFilters,
    columns=[
        Column("number", Kind.TEXT, "number"),
        Column("state", Kind.WORD, "state"),
        Column("description", Kind.TEXT, "description"),
        Column("destination", Kind.TEXT, "destination"),
        Column("vehicle_number", Kind.TEXT, "vehicle_number"),
        Column("target", Kind.WHOLE, "target"),
        Column("parents", Kind.WHOLE, "parents"),
        Column("children", Kind.WHOLE, "children"),
        Column("actual_kg", Kind.KG, _ACTUAL),
        Column("expected_kg", Kind.KG, _EXPECTED),
        Column("variance_kg", Kind.KG, _ACTUAL - _EXPECTED),
        Column("measured_weight_kg", Kind.KG, "measured_weight_kg"),
        Column("created_at", Kind.TIME, "created_at"),
        Column("created_by", Kind.TEXT, "created_by__username"),
        Column("completed_at", Kind.TIME, "completed_at"),
        Column("completed_by", Kind.TEXT, "completed_by__username"),
    ],
    asked=lambda _operator, wanted: with_totals(bills_asked(wanted)),
    may=lambda operator: operator.may_bill,
)
