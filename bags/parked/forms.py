from django import forms
from django.utils.translation import gettext_lazy as _

from bags.models import ParkedDecision
from bags.scanning.codes import MAX_LENGTH


class ParkedForm(forms.Form):
    """What is missing is the service's to refuse."""

    decision = forms.ChoiceField(choices=ParkedDecision.Kind.choices)
    area = forms.CharField(label=_("Area"), max_length=50, required=False)
    code = forms.CharField(label=_("Code"), max_length=MAX_LENGTH, required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, required=False)
