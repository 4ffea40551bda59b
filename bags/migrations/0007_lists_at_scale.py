"""Lists and search find their way among millions; indexes are made while scanning goes on."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Trim, Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0006_conflict_desk")]

    operations = [
        TrigramExtension(),
        AddIndexConcurrently(
            "bag",
            models.Index(OpClass(Upper(Trim("qr_id")), name="text_pattern_ops"), name="bag_code_beginning"),
        ),
        AddIndexConcurrently(
            "bag",
            GinIndex(OpClass(Upper(Trim("qr_id")), name="gin_trgm_ops"), name="bag_code_parts"),
        ),
        AddIndexConcurrently(
            "bag",
            models.Index(
                fields=["area", "-id"], name="bag_parents_by_area", condition=models.Q(kind="parent")
            ),
        ),
        AddIndexConcurrently(
            "bag",
            models.Index(
                fields=["product", "-id"], name="bag_parents_by_product", condition=models.Q(kind="parent")
            ),
        ),
        AddIndexConcurrently(
            "bag",
            models.Index(
                fields=["-id"],
                name="bag_parents_without_bill",
                condition=models.Q(kind="parent", held_by=""),
            ),
        ),
        AddIndexConcurrently("bag", models.Index(fields=["-created_at", "-id"], name="bag_by_time")),
    ]
