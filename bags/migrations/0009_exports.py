"""Files that people asked for, until they are removed."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bags", "0008_links_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, primary_key=True, serialize=False, verbose_name="id"
                    ),
                ),
                ("name", models.CharField(max_length=20, verbose_name="list")),
                ("format", models.CharField(max_length=4, verbose_name="format")),
                ("filters", models.JSONField(verbose_name="filters")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being made"),
                            ("done", "Ready"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("rows", models.PositiveIntegerField(null=True, verbose_name="rows")),
                ("asked_at", models.DateTimeField(verbose_name="asked")),
                ("expires_at", models.DateTimeField(verbose_name="removed after")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "export",
                "verbose_name_plural": "exports",
                "constraints": [
                    models.CheckConstraint(
                        name="export_format_is_known", condition=models.Q(format__in=["csv", "xlsx"])
                    ),
                    models.CheckConstraint(
                        name="export_state_is_known",
                        condition=models.Q(state__in=["waiting", "running", "done", "failed"]),
                    ),
                    models.CheckConstraint(
                        name="export_done_was_counted",
                        condition=~models.Q(state="done") | models.Q(rows__isnull=False),
                    ),
                ],
            },
        ),
    ]
