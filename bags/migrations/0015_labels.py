"""Numbers reserved for labels, and what was printed of them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bags", "0014_imported_links"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LabelRange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.UUIDField(unique=True, verbose_name="key")),
                ("prefix", models.CharField(blank=True, max_length=10, verbose_name="code prefix")),
                ("digits", models.PositiveSmallIntegerField(verbose_name="digits after the prefix")),
                ("first", models.BigIntegerField(verbose_name="first number")),
                ("last", models.BigIntegerField(verbose_name="last number")),
                (
                    "skipped",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        size=None,
                        verbose_name="registered before",
                    ),
                ),
                ("lot", models.CharField(blank=True, max_length=64, verbose_name="lot")),
                ("tested_on", models.DateField(null=True, verbose_name="day of the test")),
                ("reserved_at", models.DateTimeField(verbose_name="reserved")),
                (
                    "product",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="bags.product",
                        verbose_name="product",
                    ),
                ),
                (
                    "reserved_by",
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
                "verbose_name": "range of labels",
                "verbose_name_plural": "ranges of labels",
            },
        ),
        migrations.CreateModel(
            name="LabelPrint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first", models.BigIntegerField(verbose_name="first number")),
                ("last", models.BigIntegerField(verbose_name="last number")),
                ("labels", models.PositiveIntegerField(verbose_name="labels")),
                ("is_reprint", models.BooleanField(verbose_name="printed again")),
                ("reason", models.CharField(blank=True, max_length=500, verbose_name="reason")),
                ("paper", models.JSONField(verbose_name="paper")),
                ("printed_at", models.DateTimeField(verbose_name="printed")),
                (
                    "printed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "range",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prints",
                        to="bags.labelrange",
                        verbose_name="range",
                    ),
                ),
            ],
            options={
                "verbose_name": "printing of labels",
                "verbose_name_plural": "printings of labels",
            },
        ),
        migrations.AddIndex(
            model_name="labelrange",
            index=models.Index(fields=["product", "-last"], name="label_range_by_product"),
        ),
        migrations.AddConstraint(
            model_name="labelrange",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[
                    (
                        models.Func(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.comparison.Coalesce(
                                        models.F("product"),
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("digits"), "*", models.Value(-1)
                                        ),
                                    ),
                                    "*",
                                    models.Value(1000000000000),
                                ),
                                "+",
                                models.F("first"),
                            ),
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.comparison.Coalesce(
                                        models.F("product"),
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("digits"), "*", models.Value(-1)
                                        ),
                                    ),
                                    "*",
                                    models.Value(1000000000000),
                                ),
                                "+",
                                models.F("last"),
                            ),
                            models.Value("[]"),
                            function="int8range",
                            output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                        ),
                        "&&",
                    )
                ],
                name="label_numbers_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelrange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("digits__gte", 1),
                    ("digits__lte", 12),
                    ("first__gte", 0),
                    ("last__gte", models.F("first")),
                    ("last__lt", django.db.models.functions.math.Power(models.Value(10), models.F("digits"))),
                ),
                name="label_numbers_fit_their_digits",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelrange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("lot", ""),
                        ("product__isnull", False),
                        ("tested_on__isnull", True),
                        models.Q(("prefix", ""), _negated=True),
                    ),
                    models.Q(
                        ("prefix", ""),
                        ("product__isnull", True),
                        ("tested_on__isnull", False),
                        models.Q(("lot", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="label_of_sacks_or_packets",
            ),
        ),
        migrations.AddIndex(
            model_name="labelprint",
            index=models.Index(fields=["printed_by", "-id"], name="label_print_by_person"),
        ),
        migrations.AddConstraint(
            model_name="labelprint",
            constraint=models.CheckConstraint(
                condition=models.Q(("labels__gte", 1), ("last__gte", models.F("first"))),
                name="label_print_has_labels",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelprint",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_reprint", False), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="label_reprint_has_reason",
            ),
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
                f"DROP TRIGGER never_deleted ON {table}",
            )
            for table in ("bags_labelrange", "bags_labelprint")
        ),
    ]
