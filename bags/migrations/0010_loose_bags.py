"""Bags that are linked to nothing, and those with unusual codes, are found at once among millions."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models

BATCH = 20_000


def mark_linked(_apps, _schema_editor):
    """In batches, so that scanning goes on meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM bags_bag")
        last = cursor.fetchone()[0]
        for first in range(0, last + 1, BATCH):
            cursor.execute(
                """UPDATE bags_bag bag SET is_loose = false
                    WHERE id >= %s AND id < %s AND is_loose
                      AND (child_count > 0 OR EXISTS (SELECT FROM bags_link link
                            WHERE link.child_id = bag.id AND link.unlinked_at IS NULL))""",
                [first, first + BATCH],
            )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0009_exports")]

    operations = [
        migrations.AddField(
            "bag", "is_loose", models.BooleanField(db_default=True, verbose_name="linked to nothing")
        ),
        migrations.RunPython(mark_linked, migrations.RunPython.noop),
        AddIndexConcurrently(
            "bag", models.Index(fields=["-id"], name="bag_loose", condition=models.Q(is_loose=True))
        ),
        AddIndexConcurrently(
            "bag",
            models.Index(
                fields=["-id"],
                name="bag_unusual_codes",
                condition=models.Q(qr_id__regex="[^A-Za-z0-9]"),
            ),
        ),
    ]
