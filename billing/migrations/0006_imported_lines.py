"""A bill line is made by a scan or by an import."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bags", "0014_imported_links"),
        ("billing", "0005_lines_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="billbag",
            name="import_batch",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="bill_lines",
                to="bags.importbatch",
                verbose_name="import",
            ),
        ),
        migrations.AlterField(
            model_name="billbag",
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
        AddConstraintNotValid(
            model_name="billbag",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("import_batch__isnull", True), ("scan__isnull", False)),
                    models.Q(("import_batch__isnull", False), ("scan__isnull", True)),
                    _connector="OR",
                ),
                name="bill_line_is_scanned_or_imported",
            ),
        ),
    ]
