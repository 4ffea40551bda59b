"""The role of the app can add to what is written once, and nothing else, by any way; nor can its owner by
mistake."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from audit.models import AuditLog
from tests.owner import owner

pytestmark = pytest.mark.django_db(transaction=True)
TABLES = ["audit_auditlog", "audit_seal", "audit_anchor"]
REFUSED = {
    "update": "UPDATE {table} SET id = id",
    "delete": "DELETE FROM {table}",
    "truncate": "TRUNCATE {table}",
    "disable triggers": "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "drop": "DROP TABLE {table}",
    "own trigger": "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION "
    "traitortrack_written_once()",
    "as replica": "SET session_replication_role = replica",
    "as owner": "SET ROLE traitortrack",
    "take over": "ALTER TABLE {table} OWNER TO CURRENT_USER",
}


@pytest.fixture
def app(fill):
    """A connection as the app makes it, to a database in which something has happened."""
    fill("ravi", "SB00001", 1)
    name = connection.settings_dict["NAME"]
    with psycopg.connect(settings.DATABASE_URL, dbname=name, autocommit=True) as by_app:
        yield by_app


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", REFUSED.values(), ids=REFUSED)
def test_the_app_is_refused(app, statement, table):
    before = list(AuditLog.objects.order_by("pk").values())
    if table == "audit_seal":
        statement = statement.replace("SET id = id", "SET position = position")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement.format(table=table))
    assert list(AuditLog.objects.order_by("pk").values()) == before


def test_the_app_owns_nothing(app):
    owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
    assert app.execute(owned).fetchall() == []
    member = (
        "SELECT pg_has_role(current_user, %s, 'MEMBER'), rolsuper FROM pg_roles WHERE rolname = current_user"
    )
    with owner() as by_owner:
        name = by_owner.execute("SELECT current_user").fetchone()[0]
    assert app.execute(member, [name]).fetchone() == (False, False)


def test_the_app_works_in_all_other_tables(app):
    without = [
        name
        for (name,) in app.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND NOT (has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))"
            " ORDER BY relname"
        )
    ]
    assert without == ["audit_anchor", "audit_auditlog", "audit_seal", "django_migrations"]


@pytest.mark.parametrize("statement", ["UPDATE audit_auditlog SET actor = 'x'", "DELETE FROM audit_auditlog"])
def test_the_owner_is_warned_by_a_trigger(app, statement):
    with owner() as by_owner, pytest.raises(psycopg.Error, match="written once"):
        by_owner.execute(statement)
    assert AuditLog.objects.filter(actor="ravi").count() == 2


def test_importing_through_a_temporary_table_works(app):
    app.execute("CREATE TEMPORARY TABLE staging (code text)")
