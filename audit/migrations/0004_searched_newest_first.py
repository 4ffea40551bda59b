"""Indexes for the search of the audit log, made without holding up whoever writes to it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0003_signed_and_sealed")]

    operations = [
        AddIndexConcurrently("auditlog", models.Index(fields=["at", "id"], name="audit_by_time")),
        AddIndexConcurrently("auditlog", models.Index(fields=["actor", "at", "id"], name="audit_by_actor")),
        AddIndexConcurrently("auditlog", models.Index(fields=["action", "at", "id"], name="audit_by_action")),
        AddIndexConcurrently(
            "auditlog", models.Index(fields=["actor", "action", "at", "id"], name="audit_by_actor_action")
        ),
    ]
