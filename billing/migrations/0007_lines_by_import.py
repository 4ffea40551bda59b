"""Imported lines are found by their import, and every line names what made it; while scanning goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0006_imported_lines")]

    operations = [
        AddIndexConcurrently(
            "billbag",
            models.Index(
                fields=["import_batch"],
                name="bill_line_by_import",
                condition=models.Q(import_batch__isnull=False),
            ),
        ),
        ValidateConstraint("billbag", "bill_line_is_scanned_or_imported"),
    ]
