"""Small tables as files in the Django admin. Not for bags: bags.importing is."""

from typing import Any

from django.core.exceptions import ValidationError
from import_export.admin import ImportExportModelAdmin
from import_export.formats.base_formats import CSV
from import_export.resources import ModelResource

from accounts import people
from accounts.models import Area, User
from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record


class SmallTable(ModelResource):
    """Rows of one table, brought in by an admin."""

    by: Operator

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        self.by = Operator.of(kwargs["user"])

    def after_import(self, dataset: Any, result: Any, **kwargs: Any) -> None:
        """Files give no ids, so no sequence has to follow them; the app's database role may not set one."""


class RecordedResource(SmallTable):
    """Rows are validated as a form's are; each that changes something leaves an audit entry."""

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        after = {field.column_name: field.export(instance) for field in self.get_import_fields()}
        entry = Entry(
            at=database_now(),
            action=Action.ROW_IMPORTED,
            target_type=instance._meta.model_name,
            target_id=str(instance.pk),
            target_label=str(instance),
            before=None,
            after=after,
        )
        record(entry, signed=self.by.signature)


class AreaResource(RecordedResource):
    class Meta:
        model = Area
        fields = ("slug", "name")
        import_id_fields = ("slug",)
        clean_model_instances = True
        skip_unchanged = True


class UserResource(SmallTable):
    """People without their passwords: whoever is new is given one on their page. By the services of
    accounts.people, so that all their rules hold."""

    class Meta:
        model = User
        fields = ("username", "role", "area", "email")
        import_id_fields = ("username",)
        skip_unchanged = True

    def do_instance_save(self, instance: User, is_create: bool) -> None:
        facts: dict[str, Any] = {"role": instance.role, "email": instance.email or ""}
        try:
            if is_create:
                people.create_person(username=instance.username, area=instance.area_id, by=self.by, **facts)
            else:
                people.edit_person(
                    user_id=instance.pk, changes={**facts, "area_id": instance.area_id}, by=self.by
                )
        except people.PersonRefused as refused:
            raise ValidationError(refused.message) from None


class SmallTableAdmin(ImportExportModelAdmin):
    """CSV in and out; the list itself is to look at."""

    formats = [CSV]
    show_change_form_export = False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False
