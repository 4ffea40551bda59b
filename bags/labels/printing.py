"""Printing the labels of a range. What was printed before is printed again only with a reason."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.labels.drawing import Label, draw_labels
from bags.labels.layouts import Paper
from bags.labels.models import LabelPrint, LabelRange
from bags.labels.refusal import LabelsRefused
from bags.scanning.codes import clean

AT_MOST = 1_000  # labels in one file: about a second of work


@transaction.atomic
def print_labels(
    *, range_id: int, first: str, last: str, paper: Paper, reason: str, by: Operator
) -> tuple[LabelPrint, bytes]:
    """The labels from code `first` to code `last` as PDF, and the record of it. Raises LabelsRefused
    `not_allowed`, `unknown`, `not_in_range`, `no_labels`, `too_many`, `reason_needed` or
    `label_too_small`."""
    if not by.is_admin:
        raise LabelsRefused("not_allowed", _("Only admins reserve and print labels. Nothing was changed."))
    found = _lock_range(range_id)
    if found is None:
        raise LabelsRefused("unknown", _("There is no such range of labels. Nothing was printed."))
    begin, end = _number(found, first), _number(found, last)
    numbers = _to_print(found, begin, end)
    is_reprint = found.prints.filter(first__lte=end, last__gte=begin).exists()
    if is_reprint and not reason.strip():
        raise LabelsRefused(
            "reason_needed",
            _(
                "Some of these labels were printed before. Say why again: the reason is kept. "
                "Nothing was printed."
            ),
        )
    body = draw_labels([_label(found, number) for number in numbers], paper, title=str(found))
    made = LabelPrint.objects.create(
        range=found,
        first=begin,
        last=end,
        labels=len(numbers),
        is_reprint=is_reprint,
        reason=reason.strip(),
        paper=paper.facts,
        printed_at=database_now(),
        printed_by_id=by.id,
    )
    _record(made, by)
    return made, body


def _lock_range(range_id: int) -> LabelRange | None:
    """So that of two who print the same at once the second is told."""
    ranges = LabelRange.objects.select_for_update(of=("self",)).select_related("product")
    return ranges.filter(pk=range_id).first()


def _number(found: LabelRange, code: str) -> int:
    text = clean(code)
    digits = text.removeprefix(found.prefix)
    is_number = len(digits) == found.digits and digits.isascii() and digits.isdigit()
    if not (text.startswith(found.prefix) and is_number and found.first <= int(digits) <= found.last):
        raise LabelsRefused(
            "not_in_range",
            _("This range has the labels {first} to {last}. Nothing was printed.").format(
                first=found.first_code, last=found.last_code
            ),
        )
    return int(digits)


def _to_print(found: LabelRange, begin: int, end: int) -> list[int]:
    skipped = set(found.skipped)
    numbers = [number for number in range(begin, end + 1) if number not in skipped]
    if not numbers:
        raise LabelsRefused(
            "no_labels",
            _("From {first} to {last} there is no label. Nothing was printed.").format(
                first=found.code(begin), last=found.code(end)
            ),
        )
    if len(numbers) > AT_MOST:
        raise LabelsRefused(
            "too_many",
            _("A file holds {most} labels at most. Nothing was printed. Print the range in parts.").format(
                most=AT_MOST
            ),
        )
    return numbers


def _label(found: LabelRange, number: int) -> Label:
    if found.product:
        facts = [found.product.name]
    else:
        facts = [f"LOT NO.: {found.lot}", f"D.O.T.: {found.tested_on:%d/%m/%Y}"]
    return Label(found.text(number), found.code(number), facts)


def _record(made: LabelPrint, by: Operator) -> None:
    after: dict[str, Any] = {"first": made.first_code, "last": made.last_code, "labels": made.labels}
    entry = Entry(
        at=made.printed_at,
        action=Action.LABELS_REPRINTED if made.is_reprint else Action.LABELS_PRINTED,
        target_type="labels",
        target_id=str(made.range_id),
        target_label=str(made.range),
        before=None,
        after=after,
        reason=made.reason,
    )
    record(entry, signed=by.signature)
