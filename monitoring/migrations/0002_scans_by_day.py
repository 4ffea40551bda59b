"""The index by which reports find the scans of a day. Rows are appended in the order of their time, so that a
few bytes for each stretch of the table are enough and a scan does not wait for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0001_day_mails"), ("bags", "0003_nothing_is_deleted")]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX scan_by_time ON bags_scan USING brin (received_at) "
            "WITH (pages_per_range = 32, autosummarize = on)",
            "DROP INDEX scan_by_time",
        ),
    ]
