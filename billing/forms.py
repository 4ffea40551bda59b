"""What people type about bills. Forms read it; whether it may be so, the services decide."""

from collections.abc import Mapping
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from bags.forms import FilterForm
from billing.models import Bill, Return
from billing.services import EDITABLE


class _FactsForm(forms.Form):
    destination = forms.CharField(label=_("Destination"), max_length=200, required=False)
    vehicle_number = forms.CharField(label=_("Vehicle number"), max_length=40, required=False)
    target = forms.IntegerField(
        label=_("Sacks expected"),
        min_value=1,
        max_value=500,
        required=False,
        help_text=_("1 to 500, or empty. More sacks than expected may be put on; it is shown."),
    )
    description = forms.CharField(
        label=_("Description"), max_length=1000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for field in self.fields.values():
            field.widget.attrs |= {"class": "field", "autocomplete": "off"}


class NewBillForm(_FactsForm):
    number = forms.CharField(
        label=_("Number"), max_length=64, help_text=_("As on the paper. Never used twice.")
    )

    field_order = ("number", "destination", "vehicle_number", "target", "description")


class EditBillForm(_FactsForm):
    """Carries the version that its reader saw, and what each field held then, so that only what he changed
    himself is saved."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    measured_weight_kg = forms.DecimalField(
        label=_("Measured weight, kg"),
        min_value=0,
        max_digits=12,
        decimal_places=3,
        required=False,
        help_text=_("From the weighbridge. It stands beside the computed weight and never replaces it."),
    )

    field_order = ("destination", "vehicle_number", "target", "measured_weight_kg", "description")

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for name in EDITABLE:
            self.fields[name].show_hidden_initial = True

    @classmethod
    def of(cls, bill: Bill, changed: Mapping[str, Any] | None = None) -> Self:
        """The form as of the bill's present version; `changed` is what its reader had changed already."""
        now = {name: getattr(bill, name) for name in EDITABLE}
        blank = cls()
        told = {blank.add_initial_prefix(name): value for name, value in now.items()}
        return cls({**now, **told, **(changed or {}), "version": bill.version}, initial=now)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in EDITABLE if name in self.changed_data}

    def changed_meanwhile(self, bill: Bill) -> list[dict[str, Any]]:
        """What others changed since this form was read: {"label", "before", "now"}."""
        fields = [(self[name], getattr(bill, name)) for name in EDITABLE]
        seen = {
            field.name: field.field.to_python(self.data.get(field.html_initial_name))
            for field, _now in fields
        }
        return [
            {"label": field.label, "before": seen[field.name], "now": now}
            for field, now in fields
            if (seen[field.name] or None) != (now or None)
        ]


class BillFilterForm(FilterForm):
    q = forms.CharField(label=_("Number, destination or vehicle"), max_length=64, required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", _("All")), *Bill.State.choices])
    created_by = forms.CharField(label=_("Made by"), max_length=150, required=False)


class ReturnFilterForm(FilterForm):
    bill = forms.CharField(label=_("Of bill"), max_length=64, required=False)
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("All")), *Return.State.choices]
    )
    area = forms.CharField(label=_("Area"), max_length=40, required=False)


class NewReturnForm(forms.Form):
    area = forms.ModelChoiceField(
        Area.objects.all(), label=_("Area where the sacks came in"), empty_label=None
    )
    notes = forms.CharField(
        label=_("Notes"),
        max_length=1000,
        required=False,
        widget=forms.Textarea({"rows": 3, "class": "field"}),
        help_text=_("Who sends them back, and why."),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["area"].widget.attrs["class"] = "field"
