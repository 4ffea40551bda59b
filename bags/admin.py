from typing import Any

from django.contrib import admin

from accounts.tables import RecordedResource, SmallTableAdmin
from bags.models import Product


class ProductResource(RecordedResource):
    class Meta:
        model = Product
        fields = ("name", "prefix", "digits", "children_per_parent", "kg_per_child")
        import_id_fields = ("name",)
        clean_model_instances = True
        skip_unchanged = True


@admin.register(Product)
class ProductAdmin(SmallTableAdmin):
    resource_classes = [ProductResource]
    list_display = ["name", "prefix", "digits", "children_per_parent", "kg_per_child"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False
