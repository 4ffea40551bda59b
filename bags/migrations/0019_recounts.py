"""Recounts: a sack counted blind, what differed, and what was decided about it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bags", "0018_parked_codes_estimated"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Recount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Being counted"),
                            ("finished", "Finished"),
                            ("dropped", "Given up"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="begun")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended")),
                ("expected", models.PositiveSmallIntegerField(null=True, verbose_name="expected")),
                ("found", models.PositiveSmallIntegerField(null=True, verbose_name="found")),
                ("differences", models.PositiveSmallIntegerField(default=0, verbose_name="differences")),
                ("undecided", models.PositiveSmallIntegerField(default=0, verbose_name="not decided")),
                (
                    "ended_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "overtaken_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.recount",
                        verbose_name="overtaken by",
                    ),
                ),
                (
                    "sack",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recounts",
                        to="bags.bag",
                        verbose_name="sack",
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
            ],
            options={
                "verbose_name": "recount",
                "verbose_name_plural": "recounts",
            },
        ),
        migrations.CreateModel(
            name="RecountLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(db_collation="C", max_length=256, verbose_name="code")),
                ("taken_back_at", models.DateTimeField(null=True, verbose_name="taken back")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("found", "Found"), ("missing", "Missing"), ("unexpected", "Unexpected")],
                        max_length=10,
                        verbose_name="outcome",
                    ),
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
                    "link",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.link",
                        verbose_name="link",
                    ),
                ),
                (
                    "recount",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="bags.recount",
                        verbose_name="recount",
                    ),
                ),
                (
                    "scan",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.scan",
                        verbose_name="scan",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of a recount",
                "verbose_name_plural": "lines of recounts",
            },
        ),
        migrations.CreateModel(
            name="RecountDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("decided_at", models.DateTimeField(verbose_name="decided")),
                ("undone_at", models.DateTimeField(null=True, verbose_name="taken back")),
                (
                    "undone_reason",
                    models.CharField(blank=True, max_length=500, verbose_name="why taken back"),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[("apply", "Corrected"), ("dismiss", "Left as it is")],
                        max_length=8,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
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
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.scan",
                        verbose_name="corrected by scan",
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
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="bags.recountline",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision on a recount",
                "verbose_name_plural": "decisions on recounts",
            },
        ),
        migrations.AddIndex(
            model_name="recount",
            index=models.Index(condition=models.Q(("state", "open")), fields=["-id"], name="recount_open"),
        ),
        migrations.AddIndex(
            model_name="recount",
            index=models.Index(
                condition=models.Q(("differences__gt", 0)), fields=["-id"], name="recount_differs"
            ),
        ),
        migrations.AddIndex(
            model_name="recount",
            index=models.Index(
                condition=models.Q(("overtaken_by__isnull", True), ("undecided__gt", 0)),
                fields=["-id"],
                name="recount_to_decide",
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("sack",), name="recount_open_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True), ("state", "open")),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("state__in", ["finished", "dropped"]),
                    ),
                    _connector="OR",
                ),
                name="recount_end_is_complete",
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expected__isnull", False), ("found__isnull", False), ("state", "finished")),
                    models.Q(
                        models.Q(("state", "finished"), _negated=True),
                        ("differences", 0),
                        ("expected__isnull", True),
                        ("found__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="recount_finished_has_figures",
            ),
        ),
        migrations.AddConstraint(
            model_name="recount",
            constraint=models.CheckConstraint(
                condition=models.Q(("undecided__lte", models.F("differences"))),
                name="recount_decides_its_differences",
            ),
        ),
        migrations.AddConstraint(
            model_name="recountline",
            constraint=models.UniqueConstraint(
                condition=models.Q(("taken_back_at__isnull", True)),
                fields=("recount", "code"),
                name="recount_counts_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="recountline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("bag__isnull", False),
                        ("link__isnull", False),
                        ("outcome", "missing"),
                        ("scan__isnull", True),
                    ),
                    models.Q(("outcome__in", ["", "found", "unexpected"]), ("scan__isnull", False)),
                    _connector="OR",
                ),
                name="recount_line_missing_was_not_scanned",
            ),
        ),
        migrations.AddConstraint(
            model_name="recountline",
            constraint=models.CheckConstraint(
                condition=models.Q(("taken_back_at__isnull", True), ("outcome", ""), _connector="OR"),
                name="recount_line_taken_back_has_no_outcome",
            ),
        ),
        migrations.AddConstraint(
            model_name="recountdecision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at__isnull", True)), fields=("line",), name="recount_decided_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="recountdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "apply"), ("scan__isnull", False)),
                    models.Q(("decision", "dismiss"), ("scan__isnull", True)),
                    _connector="OR",
                ),
                name="recount_correction_names_its_scan",
            ),
        ),
        migrations.AddConstraint(
            model_name="recountdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="recount_decision_has_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="recountdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undone_at__isnull", True), ("undone_by__isnull", True), ("undone_reason", "")),
                    models.Q(
                        ("undone_at__isnull", False),
                        ("undone_by__isnull", False),
                        models.Q(("undone_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="recount_undo_is_complete",
            ),
        ),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER never_deleted BEFORE DELETE ON bags_{table} "
                "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
                f"DROP TRIGGER never_deleted ON bags_{table}",
            )
            for table in ("recount", "recountline", "recountdecision")
        ],
    ]
