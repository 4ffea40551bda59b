"""The record of scans by device, by result and by time, at any depth."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0010_loose_bags")]

    operations = [
        AddIndexConcurrently("scan", models.Index(fields=["device", "-id"], name="scan_of_device")),
        AddIndexConcurrently("scan", models.Index(fields=["-received_at", "-id"], name="scan_at")),
        AddIndexConcurrently(
            "scan",
            models.Index(fields=["code", "-id"], name="scan_by_code", condition=~models.Q(code="linked")),
        ),
    ]
