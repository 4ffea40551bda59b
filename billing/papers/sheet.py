"""A bill as rows: CSV for other programs, XLSX for people."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from bags.sheets import Sheet, csv_bytes, xlsx_bytes
from billing.models import Bill

HEAD = ("bill", "state", "destination", "vehicle_number", "sack", "product", "packets", "weight_kg", "short")


def bill_csv(bill: dict[str, Any]) -> bytes:
    """One row for each sack, with the bill's own facts in each. `bill` as reading.bill_detail tells it."""
    facts = (bill["number"], bill["state"], bill["destination"], bill["vehicle_number"])
    return csv_bytes([HEAD, *((*facts, *sack) for sack in _sacks(bill))])


def bill_xlsx(bill: dict[str, Any]) -> bytes:
    """A sheet with the bill's facts and figures, and one with its sacks."""
    head = (_("Sack"), _("Product"), _("Packets"), _("Weight, kg"), _("Short"))
    total = (_("Total"), "", bill["children"], Decimal(bill["actual_kg"]), "")
    return xlsx_bytes(
        [
            Sheet(_("Bill"), _facts(bill), heads=0, widths=[22, 40]),
            Sheet(_("Sacks"), [head, *_sacks(bill), total], widths=[24, 20, 10, 14, 8]),
        ]
    )


def _sacks(bill: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    for line in bill["lines"]:
        short = "short" if line["short"] else ""
        yield line["qr_id"], line["product"], line["children"], Decimal(line["weight_kg"]), short


def _facts(bill: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    measured = bill["measured_weight_kg"]
    yield _("Bill"), bill["number"]
    yield _("State"), Bill.State(bill["state"]).label
    yield _("Destination"), bill["destination"]
    yield _("Vehicle"), bill["vehicle_number"]
    yield _("Description"), bill["description"]
    yield _("Sacks expected"), bill["target"]
    yield _("Sacks"), bill["parents"]
    yield _("Packets"), bill["children"]
    yield _("Actual kg"), Decimal(bill["actual_kg"])
    yield _("Expected kg"), Decimal(bill["expected_kg"])
    yield _("Difference kg"), Decimal(bill["variance_kg"])
    yield _("Measured kg"), None if measured is None else Decimal(measured)
    yield _("Made"), bill["created_at"]
    yield _("Made by"), bill["created_by"]
    yield _("Completed"), bill["completed_at"]
    yield _("Completed by"), bill["completed_by"]
