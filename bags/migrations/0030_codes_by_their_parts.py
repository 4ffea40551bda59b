"""A code is found by its beginning and by any part of it, while scanning goes on."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently, TrigramExtension
from django.db import migrations, models
from django.db.models.functions import Trim, Upper


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0003_nothing_is_deleted")]

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
    ]
