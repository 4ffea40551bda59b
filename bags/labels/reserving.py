"""Setting numbers aside for labels. Each number once, and one after the other.

Whoever reserves for a product holds its lock, so that the next one begins where this one ended; that no two
ranges overlap is kept by the database. What is registered already gets no label.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from bags.labels.models import MAX_DIGITS, LabelRange
from bags.labels.refusal import LabelsRefused
from bags.models import Bag, Product
from bags.products import known_products
from bags.scanning.codes import clean, read

AT_MOST = 10_000  # numbers in one range
LEAST_DIGITS = 4  # of a packet's label, as codes are read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """Numbers of one kind, before anybody has them."""

    key: UUID
    product_id: int | None
    prefix: str
    digits: int
    first: int
    last: int
    lot: str = ""
    tested_on: date | None = None

    def code(self, number: int) -> str:
        return f"{self.prefix}{number:0{self.digits}}"


@transaction.atomic
def reserve_sacks(*, key: UUID, product: str, count: int, first: int | None, by: Operator) -> LabelRange:
    """Set the next `count` numbers of a product aside, or those from `first` on. The next ones lie behind all
    that is reserved or registered. A known `key` gives what it gave before. Raises LabelsRefused
    `not_allowed`, `unknown`, `count`, `key_reused`, `no_numbers_left`, `reserved_already` or
    `registered_already`."""
    _assert_admin(by)
    _assert_count(count)
    found = _lock_product(product)
    if found is None:
        raise LabelsRefused("unknown", _("There is no such product. Nothing was reserved."))
    asked = {"product_id": found.pk, **({} if first is None else {"first": first})}
    if (before := _given_before(key, count, asked)) is not None:
        return before
    begins = next_number(found) if first is None else first
    wanted = _Wanted(
        key=key,
        product_id=found.pk,
        prefix=found.prefix,
        digits=found.digits,
        first=begins,
        last=begins + count - 1,
    )
    return _reserve(wanted, by)


@transaction.atomic
def reserve_packets(
    *, key: UUID, first: str, count: int, lot: str, tested_on: date, by: Operator
) -> LabelRange:
    """Set `count` labels of a lot's packets aside, from the label number `first` on, whose leading zeros
    count. A known `key` gives what it gave before. Raises LabelsRefused `not_allowed`, `count`,
    `number_unreadable`, `key_reused`, `label_unreadable`, `no_numbers_left`, `reserved_already` or
    `registered_already`."""
    _assert_admin(by)
    _assert_count(count)
    if not (first.isascii() and first.isdigit() and LEAST_DIGITS <= len(first) <= MAX_DIGITS):
        raise LabelsRefused(
            "number_unreadable",
            _("A label number has {least} to {most} digits. Nothing was reserved.").format(
                least=LEAST_DIGITS, most=MAX_DIGITS
            ),
        )
    asked = {"digits": len(first), "first": int(first), "lot": clean(lot), "tested_on": tested_on}
    if (before := _given_before(key, count, asked)) is not None:
        return before
    wanted = _Wanted(
        key=key,
        product_id=None,
        prefix="",
        digits=len(first),
        first=int(first),
        last=int(first) + count - 1,
        lot=clean(lot),
        tested_on=tested_on,
    )
    return _reserve(wanted, by)


def next_number(product: Product) -> int:
    """The one behind all that is reserved for the product and all of its sacks that are registered."""
    reserved = LabelRange.objects.filter(product=product).aggregate(Max("last"))["last__max"] or 0
    highest = f"{10**product.digits - 1}"
    shape = f"^{product.prefix}[0-9]{{{product.digits}}}$"
    lowest = highest.replace("9", "0")
    every = Bag.objects.codes_between(product.prefix + lowest, product.prefix + highest, shape)
    last = every.last()
    return int(max(reserved, int(last[len(product.prefix) :]) if last else 0)) + 1


def _assert_admin(by: Operator) -> None:
    if not by.is_admin:
        raise LabelsRefused("not_allowed", _("Only admins reserve and print labels. Nothing was changed."))


def _assert_count(count: int) -> None:
    if not 1 <= count <= AT_MOST:
        raise LabelsRefused(
            "count", _("Between 1 and {most} labels at once. Nothing was reserved.").format(most=AT_MOST)
        )


def _lock_product(name: str) -> Product | None:
    # Scans go on: making a sack only needs the product to stay.
    return Product.objects.select_for_update(no_key=True).filter(name=name).first()


def _given_before(key: UUID, count: int, asked: Mapping[str, Any]) -> LabelRange | None:
    """The range of a form that is sent once more, as it was then."""
    found = LabelRange.objects.filter(key=key).first()
    if found is None:
        return None
    is_same = all(getattr(found, name) == value for name, value in asked.items())
    if not is_same or found.last - found.first + 1 != count:
        raise LabelsRefused(
            "key_reused",
            _(
                "This form was sent before and reserved {range}. Nothing more was reserved. "
                "Load the page again for another range."
            ).format(range=found),
        )
    return found


def _reserve(wanted: _Wanted, by: Operator) -> LabelRange:
    _assert_fits(wanted)
    if (taken := _reserved_before(wanted)) is not None:
        raise _reserved_already(taken)
    skipped = [int(code[len(wanted.prefix) :]) for code in _registered(wanted)]
    if len(skipped) == wanted.last - wanted.first + 1:
        raise LabelsRefused(
            "registered_already",
            _("All of {first} to {last} are registered already. Nothing was reserved.").format(
                first=wanted.code(wanted.first), last=wanted.code(wanted.last)
            ),
        )
    made = LabelRange(
        key=wanted.key,
        product_id=wanted.product_id,
        prefix=wanted.prefix,
        digits=wanted.digits,
        first=wanted.first,
        last=wanted.last,
        skipped=sorted(skipped),
        lot=wanted.lot,
        tested_on=wanted.tested_on,
        reserved_at=database_now(),
        reserved_by_id=by.id,
    )
    _assert_readable(made)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        taken = _reserved_before(wanted)
        if taken is None:
            raise
        if taken.key == wanted.key:
            return taken
        raise _reserved_already(taken) from None
    _record(made, by)
    return made


def _assert_fits(wanted: _Wanted) -> None:
    highest = 10**wanted.digits - 1
    if not 0 <= wanted.first <= wanted.last <= highest:
        left = max(0, highest - wanted.first + 1)
        told = ngettext(
            "With {digits} digits there is room for {left} label from there on. Nothing was reserved.",
            "With {digits} digits there is room for {left} labels from there on. Nothing was reserved.",
            left,
        )
        hint = _("Ask for fewer, or name the number to begin with.")
        raise LabelsRefused("no_numbers_left", f"{told.format(digits=wanted.digits, left=left)} {hint}")


def _assert_readable(made: LabelRange) -> None:
    """What will be printed is read as what it is."""
    reading = read(made.text(made.first), known_products().values())
    kind = "child" if made.product_id is None else "parent"
    if (reading.kind, reading.code, reading.lot or "") != (kind, made.first_code, made.lot):
        raise LabelsRefused(
            "label_unreadable",
            _(
                "No scanner would read the right number and lot from such a label. Nothing was reserved. "
                "A lot has capital letters, digits and / _ . -, and begins and ends with a letter or digit."
            ),
        )


def _reserved_before(wanted: _Wanted) -> LabelRange | None:
    same = LabelRange.objects.filter(first__lte=wanted.last, last__gte=wanted.first)
    if wanted.product_id is None:
        same = same.filter(product=None, digits=wanted.digits)
    else:
        same = same.filter(product_id=wanted.product_id)
    return same.select_related("reserved_by").order_by("first").first()


def _registered(wanted: _Wanted) -> QuerySet[Bag, str]:
    """Those of the codes that bags carry already."""
    shape = f"^{wanted.prefix}[0-9]{{{wanted.digits}}}$"
    return Bag.objects.codes_between(wanted.code(wanted.first), wanted.code(wanted.last), shape)


def _reserved_already(taken: LabelRange) -> LabelsRefused:
    return LabelsRefused(
        "reserved_already",
        _("{first} to {last} were reserved already, by {name}. Nothing was reserved now.").format(
            first=taken.first_code, last=taken.last_code, name=taken.reserved_by.username
        ),
    )


def _record(made: LabelRange, by: Operator) -> None:
    after: dict[str, Any] = {"first": made.first_code, "last": made.last_code, "labels": made.labels}
    if made.lot:
        after["lot"] = made.lot
    entry = Entry(
        at=made.reserved_at,
        action=Action.LABELS_RESERVED,
        target_type="labels",
        target_id=str(made.pk),
        target_label=str(made),
        before=None,
        after=after,
    )
    record(entry, signed=by.signature)
