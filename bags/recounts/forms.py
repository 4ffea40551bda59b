from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bags.desk.forms import ReasonForm
from bags.recounts.models import RecountDecision


class RecountFilterForm(forms.Form):
    show = forms.ChoiceField(
        label=_("Show"),
        required=False,
        choices=[
            ("", _("All")),
            ("open", _("Being counted")),
            ("differences", _("With differences")),
            ("undecided", _("Waiting for a decision")),
        ],
        widget=forms.Select({"class": "field"}),
    )

    @property
    def filters(self) -> dict[str, Any]:
        return self.cleaned_data if self.is_valid() else {}


class LinesForm(ReasonForm):
    """Which lines are chosen, the view reads."""

    decision = forms.ChoiceField(choices=RecountDecision.Kind.choices)
