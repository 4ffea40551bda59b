"""The cache that the dashboard reads, and the triggers that note what it has to count.

Triggers, because no door can forget them: scans, imports by COPY, the admin, made data, old code beside new
one in a rolling restart. They only append, so that nobody waits for anybody.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

# A new sack's state tells its kind as well; a packet has none.
FUNCTIONS = [
    (
        "monitoring_count_bags",
        """
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO monitoring_statisticsdelta (measure, area, label, amount)
        VALUES ('bags', coalesce(OLD.area, ''), coalesce(nullif(OLD.state, ''), OLD.kind), -1),
               ('bags', coalesce(NEW.area, ''), coalesce(nullif(NEW.state, ''), NEW.kind), 1);
    ELSE
        INSERT INTO monitoring_statisticsdelta (measure, area, label, amount)
        SELECT 'bags', coalesce(area, ''), coalesce(nullif(state, ''), kind),
               CASE TG_OP WHEN 'DELETE' THEN -count(*) ELSE count(*) END
          FROM touched GROUP BY 2, 3;
    END IF;
""",
    ),
    # Only today's are counted, in whatever zone "today" is; its hours begin at a quarter of an hour of UTC.
    (
        "monitoring_count_scans",
        """
    INSERT INTO monitoring_statisticsdelta (measure, area, label, quarter, operator_id, amount)
    SELECT 'scans', coalesce(sack.area, ''), touched.code,
           date_bin('15 minutes', touched.received_at, 'epoch'), touched.operator_id, count(*)
      FROM touched LEFT JOIN bags_bag sack ON sack.id = touched.parent_id
     WHERE touched.received_at > now() - interval '25 hours'
     GROUP BY 2, 3, 4, 5;
""",
    ),
    (
        "monitoring_count_bills",
        """
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO monitoring_statisticsdelta (measure, area, label, amount)
        VALUES ('bills', '', OLD.state, -1);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO monitoring_statisticsdelta (measure, area, label, amount)
        VALUES ('bills', '', NEW.state, 1);
    END IF;
""",
    ),
]
NEW, OLD = "REFERENCING NEW TABLE AS touched", "REFERENCING OLD TABLE AS touched"
TRIGGERS = [
    ("bags_bag", "count_new", f"AFTER INSERT ON bags_bag {NEW} FOR EACH STATEMENT", "bags"),
    ("bags_bag", "count_gone", f"AFTER DELETE ON bags_bag {OLD} FOR EACH STATEMENT", "bags"),
    # Of each row, so that the many updates which change neither cost next to nothing.
    (
        "bags_bag",
        "count_changed",
        "AFTER UPDATE OF area, state ON bags_bag FOR EACH ROW "
        "WHEN (OLD.area IS DISTINCT FROM NEW.area OR OLD.state <> NEW.state)",
        "bags",
    ),
    ("bags_scan", "count_new", f"AFTER INSERT ON bags_scan {NEW} FOR EACH STATEMENT", "scans"),
    ("billing_bill", "count_new_or_gone", "AFTER INSERT OR DELETE ON billing_bill FOR EACH ROW", "bills"),
    (
        "billing_bill",
        "count_changed",
        "AFTER UPDATE OF state ON billing_bill FOR EACH ROW WHEN (OLD.state <> NEW.state)",
        "bills",
    ),
]


def function(name: str, body: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$",
        f"DROP FUNCTION {name}()",
    )


def trigger(table: str, name: str, when: str, counts: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION monitoring_count_{counts}()",
        f"DROP TRIGGER {name} ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("monitoring", "0003_health"),
        ("bags", "0007_lists_at_scale"),
        ("billing", "0004_returns_are_never_deleted"),
    ]

    operations = [
        migrations.CreateModel(
            name="StatisticsCache",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("numbers", models.JSONField(verbose_name="numbers")),
                ("zone", models.CharField(max_length=64, verbose_name="time zone of its days")),
                ("folded_at", models.DateTimeField(verbose_name="last folded")),
                ("reconciled_at", models.DateTimeField(verbose_name="last counted anew")),
            ],
            options={
                "verbose_name": "statistics cache",
                "verbose_name_plural": "statistics cache",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(id=1), name="statistics_cache_is_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="StatisticsDelta",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("measure", models.CharField(max_length=8, verbose_name="what is counted")),
                ("area", models.CharField(max_length=50, verbose_name="area")),
                ("label", models.CharField(max_length=24, verbose_name="kind, state or code")),
                ("quarter", models.DateTimeField(null=True, verbose_name="quarter of an hour")),
                ("operator_id", models.BigIntegerField(null=True, verbose_name="operator")),
                ("amount", models.IntegerField(verbose_name="how many more")),
            ],
            options={
                "verbose_name": "statistics delta",
                "verbose_name_plural": "statistics deltas",
            },
        ),
        *[function(name, body) for name, body in FUNCTIONS],
        *[trigger(*one) for one in TRIGGERS],
    ]
