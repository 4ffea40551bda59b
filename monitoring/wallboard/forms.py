"""What an admin types about a link."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Area


class LinkForm(forms.Form):
    name = forms.CharField(
        label=_("Where the screen hangs"),
        max_length=80,
        widget=forms.TextInput({"class": "field", "autocomplete": "off"}),
    )
    area = forms.ModelChoiceField(
        Area.objects.all(),
        label=_("What it shows"),
        required=False,
        empty_label=_("All areas"),
        widget=forms.Select({"class": "field"}),
    )

    @property
    def facts(self) -> dict[str, Any]:
        """As monitoring.wallboard.links.make_link takes them."""
        area = self.cleaned_data["area"]
        return {"name": self.cleaned_data["name"], "area": area and area.pk}
