"""What admins ask of the audit log. Forms read it; what it finds, `reading` decides."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.words import TARGETS, WORDS

KINDS = [("", _("All")), *TARGETS.items()]
ACTIONS = [("", _("All")), *((str(action), words) for action, words in WORDS.items())]


class SearchForm(forms.Form):
    """The search's filters, as they stand in the address bar."""

    actor = forms.CharField(label=_("Who"), max_length=150, required=False)
    action = forms.ChoiceField(label=_("What happened"), required=False, choices=ACTIONS)
    kind = forms.ChoiceField(label=_("To which kind of thing"), required=False, choices=KINDS)
    target = forms.CharField(label=_("Its code, number or name"), max_length=256, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        for field in self.fields.values():
            field.widget.attrs = {"autocomplete": "off", **field.widget.attrs, "class": "field"}

    def clean(self) -> dict[str, Any]:
        asked = self.cleaned_data
        if asked.get("kind") and not asked.get("target"):
            raise forms.ValidationError(_("Say which one, too: its code, number or name."))
        return asked
