from django import forms
from django.utils.translation import gettext_lazy as _

from bags.models import ConflictDecision


class ReasonForm(forms.Form):
    """An empty reason is the service's to refuse."""

    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)


class DecisionForm(ReasonForm):
    decision = forms.ChoiceField(choices=ConflictDecision.Kind.choices)
    seen = forms.IntegerField(min_value=0, max_value=2**63 - 1)
