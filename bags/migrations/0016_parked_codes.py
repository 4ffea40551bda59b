"""Decisions on parked codes: scans whose text was no bag can be settled, as conflicts are."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bags", "0015_labels"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ParkedDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("register", "Registered"),
                            ("map", "It is this bag"),
                            ("dismiss", "Dismissed"),
                        ],
                        max_length=8,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="taken back")),
                (
                    "undone_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why taken back"),
                ),
                (
                    "bag",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.bag",
                        verbose_name="bag",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "scan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parked_decisions",
                        to="bags.scan",
                        verbose_name="newest scan",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on a parked code",
                "verbose_name_plural": "decisions on parked codes",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("scan",),
                        name="parked_decided_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("bag__isnull", False), ("decision__in", ["register", "map"])),
                            models.Q(
                                ("bag__isnull", True),
                                ("decision", "dismiss"),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="parked_decision_names_its_bag",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("undone_at__isnull", True),
                                ("undone_by__isnull", True),
                                ("undone_reason", ""),
                            ),
                            models.Q(
                                ("undone_at__isnull", False),
                                ("undone_by__isnull", False),
                                models.Q(("undone_reason", ""), _negated=True),
                                models.Q(("decision", "register"), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="parked_undo_is_complete",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER never_deleted BEFORE DELETE ON bags_parkeddecision "
            "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
            "DROP TRIGGER never_deleted ON bags_parkeddecision",
        ),
        migrations.AlterField(
            model_name="scan",
            name="settled_at",
            field=models.DateTimeField(null=True, verbose_name="settled"),
        ),
        migrations.RemoveConstraint(model_name="scan", name="scan_settled_is_a_conflict"),
        AddConstraintNotValid(
            model_name="scan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("settled_at__isnull", True),
                    ("code__in", ["conflict", "unknown", "unreadable"]),
                    _connector="OR",
                ),
                name="scan_settled_was_open",
            ),
        ),
    ]
