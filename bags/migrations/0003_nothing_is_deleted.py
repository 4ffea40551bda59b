"""What happened is never deleted: the database refuses it, whoever asks."""

from django.db import migrations

TABLES = ["bags_bag", "bags_link", "bags_scan"]

FUNCTION = """
CREATE FUNCTION traitortrack_never_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is a record: nothing in it is ever deleted', TG_TABLE_NAME
          USING ERRCODE = 'restrict_violation';
END $$
"""


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
        f"DROP TRIGGER never_deleted ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("bags", "0002_products")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION traitortrack_never_deleted()"),
        *[guard(table) for table in TABLES],
    ]
