"""An audit entry is written once: the database refuses to change or delete one."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION traitortrack_written_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is written once: % is refused', TG_OP
          USING ERRCODE = 'restrict_violation';
END $$
"""
TRIGGER = """
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON audit_auditlog
FOR EACH ROW EXECUTE FUNCTION traitortrack_written_once()
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_audit_log")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION traitortrack_written_once()"),
        migrations.RunSQL(TRIGGER, "DROP TRIGGER written_once ON audit_auditlog"),
    ]
