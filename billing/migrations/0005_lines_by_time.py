"""Events are told in the order of their time; the indexes are made while scanning goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("billing", "0004_returns_are_never_deleted")]

    operations = [
        AddIndexConcurrently("billbag", models.Index(fields=["added_at", "id"], name="bill_line_by_time")),
        AddIndexConcurrently(
            "billbag",
            models.Index(
                fields=["removed_at", "id"],
                name="bill_line_end_by_time",
                condition=models.Q(removed_at__isnull=False),
            ),
        ),
    ]
