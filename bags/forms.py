"""The filters of lists, as they stand in the address bar."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bags.models import Bag
from bags.scanning.codes import storable

YES_OR_NO = {"true": True, "false": False}


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(9000, 1, 1))],
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )


class FilterForm(forms.Form):
    """A list's filters with the days from and until which things were made. `to` is the last day, and all of
    it."""

    first_day, last_day = _("Made from"), _("Made until")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields |= {"from": _day(self.first_day), "to": _day(self.last_day)}
        for field in self.fields.values():
            field.widget.attrs |= {"class": "field", "autocomplete": "off"}

    @property
    def filters(self) -> dict[str, Any]:
        """As the functions that read lists take them."""
        told = dict(self.cleaned_data)
        first, last = told["from"], told["to"]
        told["from"] = first and _first_moment(first)
        told["to"] = last and _first_moment(last + timedelta(days=1))
        return told


class BagFilterForm(FilterForm):
    first_day, last_day = _("First seen from"), _("First seen until")

    q = forms.CharField(
        label=_("Code, or a part of it"),
        max_length=256,
        required=False,
        strip=False,
        widget=forms.TextInput({"type": "search", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("All")), (Bag.Kind.PARENT, _("Sacks")), (Bag.Kind.CHILD, _("Packets"))],
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Bag.State.choices])
    product = forms.CharField(label=_("Product"), max_length=40, required=False)
    area = forms.CharField(label=_("Area"), max_length=40, required=False)
    linked = forms.ChoiceField(
        label=_("Packed"),
        required=False,
        choices=[("", _("All")), ("true", _("In a sack, or holding packets")), ("false", _("Neither"))],
    )
    billed = forms.ChoiceField(
        label=_("On a bill"), required=False, choices=[("", _("All")), ("true", _("Yes")), ("false", _("No"))]
    )

    @property
    def filters(self) -> dict[str, Any]:
        told = super().filters
        chosen = {name: YES_OR_NO.get(told[name]) for name in ("linked", "billed")}
        return {**told, **chosen, "q": storable(told["q"])}


def _first_moment(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
