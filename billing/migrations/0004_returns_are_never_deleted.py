from django.db import migrations


def guard(table: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"CREATE TRIGGER never_deleted BEFORE DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION traitortrack_never_deleted()",
        f"DROP TRIGGER never_deleted ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_returns"), ("bags", "0003_nothing_is_deleted")]

    operations = [guard("billing_return"), guard("billing_returnline")]
