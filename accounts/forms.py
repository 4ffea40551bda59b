"""What people type about people. Forms read it; whether it may be so, the services decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Area, Role, User


class _Fields(forms.Form):
    """Widgets that look like ours."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        for field in self.fields.values():
            field.widget.attrs = {"autocomplete": "off", **field.widget.attrs, "class": "field"}


class UserFilterForm(_Fields):
    """The list's filters, as they stand in the address bar."""

    q = forms.CharField(label=_("Name or e-mail"), max_length=150, required=False)
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("All")), *Role.choices])
    area = forms.ModelChoiceField(Area.objects.all(), label=_("Area"), required=False, empty_label=_("All"))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("active", _("Active")), ("inactive", _("Not active"))],
    )


class EditUserForm(_Fields):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    area = forms.ModelChoiceField(
        Area.objects.all(),
        label=_("Area"),
        required=False,
        empty_label=_("None"),
        help_text=_("A dispatcher works in one area, and sees nothing without one."),
    )
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Where a link for a new password goes. May be empty.")
    )

    @classmethod
    def of(cls, user: User, data: Any = None) -> "EditUserForm":
        return cls(data, initial={"role": user.role, "area": user.area_id, "email": user.email})

    @property
    def changes(self) -> dict[str, Any]:
        """As accounts.people.edit_person takes them."""
        area = self.cleaned_data["area"]
        return {
            "role": self.cleaned_data["role"],
            "area_id": area and area.pk,
            "email": self.cleaned_data["email"],
        }


class NewUserForm(EditUserForm):
    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        help_text=_("Letters, digits and @ . + - _ only. It stays as it is."),
    )

    field_order = ("username", "role", "area", "email")


class EraseForm(_Fields):
    """The name typed once more shows that this person is meant, and no other."""

    name = forms.CharField(label=_("Type the user name"), max_length=150)
    words = forms.CharField(
        label=_("Other names in texts"),
        max_length=1000,
        required=False,
        help_text=_("One a line, such as the full name. They are taken out of texts too."),
        widget=forms.Textarea({"rows": 3}),
    )


class LanguageForm(_Fields):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class EmailForm(_Fields):
    """The password shows that it is the owner who asks, not somebody at an open screen."""

    email = forms.EmailField(label=_("New e-mail"), widget=forms.EmailInput({"autocomplete": "email"}))
    password = forms.CharField(
        label=_("Your password"),
        max_length=4096,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class PromotionForm(_Fields):
    reason = forms.CharField(
        label=_("Why do you need to be admin?"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


class RejectForm(_Fields):
    answer = forms.CharField(label=_("Why not? The person reads this."), max_length=500)
