"""The database's two roles: the owner makes tables and migrates, the app works in them and owns nothing.

What stands in the audit log, its seals and anchors, the app reads and adds to. It can neither change nor
delete nor truncate it, nor disable the triggers that would refuse it.
"""

from typing import Any

from django.conf import settings
from django.db import connections, transaction
from environ import Env
from psycopg import sql

ADDED_TO_ONLY = ("audit_auditlog", "audit_seal", "audit_anchor")

_GRANTS = [
    "GRANT TEMPORARY ON DATABASE {database} TO {app}",
    "GRANT USAGE ON SCHEMA {schema} TO {app}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {app}",
    "GRANT SELECT, USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {app}",
    "REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON {added_to_only} FROM {app}",
    "REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {app}",
]


def let_the_app_work(using: str, **_signal: Any) -> None:
    """After each migration, by the owner: what the role of DATABASE_URL may do. With one role for both there
    is nobody to give it to, and `check --deploy` says so."""
    app = Env.db_url_config(settings.DATABASE_URL).get("USER")
    connection = connections[using]
    with transaction.atomic(using), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_database(), current_schema()")
        owner, database, schema = cursor.fetchone()
        if not app or app == owner:
            return
        names = {
            "app": sql.Identifier(app),
            "database": sql.Identifier(database),
            "schema": sql.Identifier(schema),
            "added_to_only": sql.SQL(", ").join(map(sql.Identifier, ADDED_TO_ONLY)),
        }
        for grant in _GRANTS:
            cursor.execute(sql.SQL(grant).format(**names))
