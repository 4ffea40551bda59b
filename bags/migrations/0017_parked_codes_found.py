"""Parked codes are found among millions of scans; indexes are made while scanning goes on."""

from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models.functions import MD5

PARKED = models.Q(code__in=["unknown", "unreadable"]) & ~models.Q(mode="close")


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("bags", "0016_parked_codes")]

    operations = [
        AddIndexConcurrently(
            "scan",
            models.Index(MD5("raw"), models.F("id").desc(), name="scan_parked_text", condition=PARKED),
        ),
        AddIndexConcurrently(
            "scan",
            models.Index(
                fields=["-id"], name="scan_parked", condition=PARKED & models.Q(settled_at__isnull=True)
            ),
        ),
        ValidateConstraint("scan", "scan_settled_was_open"),
    ]
