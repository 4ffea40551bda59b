"""Imported links are found by their import, and every link names what made it; while scanning goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0013_imports")]

    operations = [
        AddIndexConcurrently(
            "link",
            models.Index(
                fields=["import_batch"],
                name="link_by_import",
                condition=models.Q(import_batch__isnull=False),
            ),
        ),
        ValidateConstraint("link", "link_is_scanned_or_imported"),
    ]
