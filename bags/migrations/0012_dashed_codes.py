"""Old, odd codes are few; those with a dash are some products' sacks, and many. An index for each."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0011_record_at_any_depth")]

    operations = [
        AddIndexConcurrently(
            "bag",
            models.Index(
                fields=["-id"], name="bag_odd_codes", condition=models.Q(qr_id__regex="[^A-Za-z0-9-]")
            ),
        ),
        AddIndexConcurrently(
            "bag",
            models.Index(fields=["-id"], name="bag_dashed_codes", condition=models.Q(qr_id__contains="-")),
        ),
        RemoveIndexConcurrently("bag", "bag_unusual_codes"),
    ]
