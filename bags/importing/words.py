"""Every reason of an import in plain words: what is wrong with a row, why a file or a step is refused."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

# Functions, so that each sentence is looked up in the language of the person who is told.
ROWS: dict[str, Callable[[], str]] = {
    "unreadable": lambda: _("This is not a bag code. Compare it with the label."),
    "excel_number": lambda: _(
        "Stored as a number, so zeros in front or digits at the end may be lost. Make the column text and "
        "type the code again."
    ),
    "formula": lambda: _("This cell holds a formula. Put the code itself there."),
    "merged_cells": lambda: _("This cell is merged with others. Split it and fill each cell."),
    "unknown_type": lambda: _("The type is neither parent nor child."),
    "sack_in_sack": lambda: _("A sack cannot sit in a sack. Leave the last column empty."),
    "bad_sack": lambda: _("The code of its sack, {sack}, is not a sack's code."),
    "need_parent": lambda: _("No sack stands below these packets. Add its row."),
    "batch_too_long": lambda: _(
        "More packets stand here than the largest sack holds. Add the missing sacks."
    ),
    "parent_empty": lambda: _("No packet goes into this sack, so it was left out."),
    "unknown": lambda: _("Sack {sack} is not registered and has no row of its own here."),
    "wrong_kind": lambda: _("The code and the kind of bag do not fit together."),
    "doubled": lambda: _("This packet stands in row {line} already. That row counts."),
    "lot_differs": lambda: _("Registered with lot {known_lot}, this row says {lot}. Put it aside."),
    "in_other_parent": lambda: _("This packet is in sack {other}. Take it out there first."),
    "parent_billed": lambda: _("Sack {sack} is on bill {bill}: it takes no more."),
    "parent_full": lambda: _("Sack {sack} is full: it holds {limit}."),
    "parent_closed": lambda: _("Sack {sack} is closed: it takes no more."),
    "bad_number": lambda: _("This cannot be the number of a bill."),
    "need_bill": lambda: _("No bill stands below these sacks. Add its row."),
    "bad_bill": lambda: _("The number of its bill, {sack}, cannot be one."),
    "unknown_parent": lambda: _("This sack is not registered."),
    "sack_empty": lambda: _("This sack is empty. Put at least one packet in first."),
    "bill_final": lambda: _("Bill {bill} is finished: nothing on it can change."),
    "on_other_bill": lambda: _("This sack is on bill {other}. Take it off there first."),
    "bill_without_sacks": lambda: _("No sack goes onto this bill, so it was left out."),
}

FILES: dict[str, Callable[[], str]] = {
    "empty_file": lambda: _("The file is empty."),
    "too_large": lambda: _("The file is larger than {limit} MB. Send it in parts."),
    "not_a_table": lambda: _("This is no CSV or XLSX file, whatever its name says. Save it as one of these."),
    "broken_file": lambda: _("The file is damaged. Open it, save it again, and try once more."),
    "zip_bomb": lambda: _("The file unpacks to more than {limit} MB or far more than its size. Use CSV."),
    "use_csv": lambda: _("An XLSX file may have {limit} rows. Save this one as CSV."),
    "too_many_rows": lambda: _("The file has more than {limit} rows. Send it in parts."),
    "too_slow": lambda: _("Reading the file took longer than {seconds} seconds. Send it in parts."),
    "line_too_long": lambda: _("Row {line} is longer than any row of such a file."),
    "broken_quote": lambda: _("A quote that opens in row {line} does not close there."),
    "unknown_letters": lambda: _("The letters of this file are in no known encoding. Save it as UTF-8."),
    "no_header": lambda: _("The first row must name the columns. Missing: {columns}. Sheet: {sheet}"),
    "merged_cells": lambda: _("The file has too many merged cells. Split them."),
    "not_allowed": lambda: _("Only admins import files."),
    "not_now": lambda: _("Somebody else was quicker with this import, or it is over. Look at it again."),
    "nothing_good": lambda: _("No row of this file can go in."),
    "broke_down": lambda: _("Something of ours broke down. Try again, or tell an admin."),
    "child_left": lambda: _("Packet {bag} was taken out of sack {other} since."),
    "child_came": lambda: _("Packet {bag} was put into sack {other} since."),
    "sack_billed": lambda: _("Sack {bag} is on bill {other}."),
    "sack_closed": lambda: _("Sack {bag} was closed by a scan since."),
    "sack_doubted": lambda: _("Sack {bag} must be counted again since a scan made offline."),
    "line_changed": lambda: _("Sack {bag} was taken off bill {other} since."),
    "bill_changed": lambda: _("Bill {bag} was completed or cancelled since."),
    "bill_grew": lambda: _("Sack {other} was put onto bill {bag} since."),
}


def row_words(code: str, facts: Mapping[str, Any]) -> str:
    """What is wrong with a row and what to do."""
    return ROWS[code]().format_map(defaultdict(str, facts))


def file_words(code: str, facts: Mapping[str, Any]) -> str:
    """Why a file, or a step with it, was refused."""
    return FILES[code]().format_map(defaultdict(str, facts))
