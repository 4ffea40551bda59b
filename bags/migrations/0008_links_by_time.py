"""Events are told in the order of their time; the indexes are made while scanning goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0007_lists_at_scale")]

    operations = [
        AddIndexConcurrently("link", models.Index(fields=["linked_at", "id"], name="link_by_time")),
        AddIndexConcurrently(
            "link",
            models.Index(
                fields=["unlinked_at", "id"],
                name="link_end_by_time",
                condition=models.Q(unlinked_at__isnull=False),
            ),
        ),
    ]
