"""The app's role owns no table, so it may not ANALYZE one; after writing in bulk it must."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION traitortrack_analyze() RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ ANALYZE $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_searched_newest_first")]

    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION traitortrack_analyze()")]
