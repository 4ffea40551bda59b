"""What an admin types about labels."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from bags.labels.layouts import GRIDS, ROLL, Paper
from bags.labels.models import MAX_DIGITS
from bags.labels.reserving import AT_MOST
from bags.models import Product

PAPERS = [
    ("a4-2x4", _("A4, 2 × 4 labels, 99.1 × 67.7 mm")),
    ("a4-2x7", _("A4, 2 × 7 labels, 99.1 × 38.1 mm")),
    ("a4-3x7", _("A4, 3 × 7 labels, 63.5 × 38.1 mm")),
    ("a4-3x8", _("A4, 3 × 8 labels, 70 × 37 mm")),
    ("a4-3x8-gap", _("A4, 3 × 8 labels, 63.5 × 33.9 mm")),
    ("a4-4x10", _("A4, 4 × 10 labels, 48.5 × 25.4 mm")),
    ("a4-5x13", _("A4, 5 × 13 labels, 38.1 × 21.2 mm")),
    (ROLL, _("Roll, of the size below")),
]
MOST_PLACES = max(grid.places for grid in GRIDS.values())


class _LabelForm(forms.Form):
    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "field", "autocomplete": "off"}


class _ReserveForm(_LabelForm):
    key = forms.UUIDField(initial=uuid4, widget=forms.HiddenInput)
    count = forms.IntegerField(label=_("How many"), min_value=1, max_value=AT_MOST, initial=100)


class SacksForm(_ReserveForm):
    product = forms.ModelChoiceField(
        Product.objects.all(), label=_("Product"), to_field_name="name", empty_label=None
    )
    first = forms.IntegerField(
        label=_("First number"),
        min_value=0,
        max_value=10**MAX_DIGITS - 1,
        required=False,
        help_text=_("Empty: the next one that nobody has."),
    )

    field_order = ("product", "count", "first")

    @property
    def facts(self) -> dict[str, Any]:
        """As bags.labels.reserving.reserve_sacks takes them."""
        return {**self.cleaned_data, "product": self.cleaned_data["product"].name}


class PacketsForm(_ReserveForm):
    first = forms.CharField(
        label=_("First label number"),
        max_length=MAX_DIGITS,
        help_text=_("With its leading zeros, such as 0012345."),
        widget=forms.TextInput({"inputmode": "numeric"}),
    )
    lot = forms.CharField(
        label=_("Lot"), max_length=64, help_text=_("Letters, digits and / _ . - as in MST-24-118.")
    )
    tested_on = forms.DateField(
        label=_("Day of the test (D.O.T.)"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )

    field_order = ("first", "count", "lot", "tested_on")

    @property
    def facts(self) -> dict[str, Any]:
        """As bags.labels.reserving.reserve_packets takes them."""
        return dict(self.cleaned_data)


def _millimetres(label: Any, least: int, most: int, **more: Any) -> forms.FloatField:
    return forms.FloatField(label=label, min_value=least, max_value=most, step_size=0.1, **more)


class PaperForm(_LabelForm):
    """The paper alone, as the ruler page needs it."""

    layout = forms.ChoiceField(label=_("Paper"), choices=PAPERS, initial="a4-3x8")
    start = forms.IntegerField(
        label=_("Begin at label"),
        min_value=1,
        max_value=MOST_PLACES,
        initial=1,
        help_text=_("Counted along the rows, for a sheet that is partly used."),
    )
    width = _millimetres(_("Width of a roll's label, mm"), 20, 210, required=False)
    height = _millimetres(_("Height of a roll's label, mm"), 15, 300, required=False)
    right = _millimetres(_("Move to the right, mm"), -20, 20, initial=0)
    down = _millimetres(
        _("Move down, mm"), -20, 20, initial=0, help_text=_("What the ruler page shows at a label's edge.")
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or self.cleaned_data
        if told.get("layout") == ROLL:
            for name in ("width", "height"):
                if name not in self.errors and told.get(name) is None:
                    self.add_error(name, _("Needed for a roll."))
            if "start" in told and told["start"] != 1:
                self.add_error("start", _("A roll begins at its first label."))
        elif told.get("layout") in GRIDS and told.get("start", 1) > GRIDS[told["layout"]].places:
            self.add_error("start", _("The sheet has fewer labels."))
        return told

    @property
    def paper(self) -> Paper:
        told = self.cleaned_data
        is_roll = told["layout"] == ROLL
        return Paper(
            layout=told["layout"],
            size=(told["width"], told["height"]) if is_roll else None,
            start=told["start"],
            right=told["right"],
            down=told["down"],
        )


class PrintForm(PaperForm):
    first = forms.CharField(label=_("From label"), max_length=40)
    last = forms.CharField(label=_("To label"), max_length=40)
    reason = forms.CharField(
        label=_("Why again"),
        max_length=500,
        required=False,
        help_text=_("Only for labels that were printed before. It is kept."),
    )

    field_order = ("first", "last", "layout", "start", "width", "height", "right", "down", "reason")

    @property
    def facts(self) -> dict[str, Any]:
        """As bags.labels.printing.print_labels takes them."""
        told = self.cleaned_data
        return {name: told[name] for name in ("first", "last", "reason")} | {"paper": self.paper}
