"""Imports: what was uploaded, which rows did not go in; a link is made by a scan or by an import."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0010_promotions_notifications_email_changes"),
        ("bags", "0012_dashed_codes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.BinaryField(verbose_name="content")),
            ],
            options={
                "verbose_name": "part of a file",
                "verbose_name_plural": "parts of files",
            },
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField(verbose_name="place in the file")),
                ("sheet", models.CharField(blank=True, max_length=100, verbose_name="sheet")),
                ("line", models.PositiveIntegerField(verbose_name="row")),
                ("code", models.CharField(max_length=24, verbose_name="reason")),
                ("facts", models.JSONField(verbose_name="facts of the reason")),
                (
                    "cells",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), size=None, verbose_name="cells"
                    ),
                ),
            ],
            options={
                "verbose_name": "row that did not go in",
                "verbose_name_plural": "rows that did not go in",
            },
        ),
        migrations.AlterField(
            model_name="link",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("undo", "Undone"),
                    ("move", "Moved"),
                    ("unlink", "Taken out"),
                    ("import", "Import taken back"),
                ],
                max_length=8,
                verbose_name="why it ended",
            ),
        ),
        migrations.AlterField(
            model_name="link",
            name="scan",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="bags.scan",
                verbose_name="scan",
            ),
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("bags", "Bags"),
                            ("batches", "Batches of packets"),
                            ("bills", "Sacks on bills"),
                        ],
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Being checked"),
                            ("checked", "Checked"),
                            ("confirmed", "Waiting"),
                            ("running", "Going in"),
                            ("done", "Done"),
                            ("returning", "Being taken back"),
                            ("taken_back", "Taken back"),
                            ("dropped", "Dropped"),
                            ("failed", "Failed"),
                        ],
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="file")),
                ("total", models.PositiveIntegerField(default=0, verbose_name="rows")),
                ("good", models.PositiveIntegerField(default=0, verbose_name="good rows")),
                ("known", models.PositiveIntegerField(default=0, verbose_name="rows known before")),
                ("bad", models.PositiveIntegerField(default=0, verbose_name="bad rows")),
                ("made", models.JSONField(default=dict, verbose_name="what it made")),
                ("code", models.CharField(blank=True, max_length=24, verbose_name="reason")),
                ("facts", models.JSONField(default=dict, verbose_name="facts of the reason")),
                ("created_at", models.DateTimeField(verbose_name="uploaded")),
                ("done_at", models.DateTimeField(null=True, verbose_name="done")),
                ("taken_back_at", models.DateTimeField(null=True, verbose_name="taken back")),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        db_column="area",
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.area",
                        verbose_name="area of new sacks",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "taken_back_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="taken back by",
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
            },
        ),
        migrations.AddField(
            model_name="link",
            name="import_batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="links",
                to="bags.importbatch",
                verbose_name="import",
            ),
        ),
        AddConstraintNotValid(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("import_batch__isnull", True), ("scan__isnull", False)),
                    models.Q(("import_batch__isnull", False), ("scan__isnull", True)),
                    _connector="OR",
                ),
                name="link_is_scanned_or_imported",
            ),
        ),
        migrations.AddField(
            model_name="importpart",
            name="batch",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="parts",
                to="bags.importbatch",
                verbose_name="import",
            ),
        ),
        migrations.AddField(
            model_name="importproblem",
            name="batch",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="problems",
                to="bags.importbatch",
                verbose_name="import",
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["bags", "batches", "bills"])), name="import_kind_is_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="importbatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("done_at__isnull", True),
                        ("state__in", ["uploaded", "checked", "confirmed", "running", "dropped", "failed"]),
                        ("taken_back_at__isnull", True),
                        ("taken_back_by__isnull", True),
                    ),
                    models.Q(
                        ("done_at__isnull", False),
                        ("state__in", ["done", "returning"]),
                        ("taken_back_at__isnull", True),
                        ("taken_back_by__isnull", True),
                    ),
                    models.Q(
                        ("done_at__isnull", False),
                        ("state", "taken_back"),
                        ("taken_back_at__isnull", False),
                        ("taken_back_by__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="import_state_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="importproblem",
            constraint=models.UniqueConstraint(fields=("batch", "place"), name="import_problem_once"),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER never_deleted BEFORE DELETE ON bags_importbatch "
            "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
            "DROP TRIGGER never_deleted ON bags_importbatch",
        ),
    ]
