"""deploy/postgresql/roles.sql on a new server: an owner that is no superuser does all that it has to."""

import json
import os
import subprocess

import psycopg
import pytest
from django.conf import settings

from tests.deploy.cluster import new_cluster
from tests.house.conftest import MANAGE

ROLES = settings.BASE_DIR / "deploy" / "postgresql" / "roles.sql"
POWERS = """
SELECT rolname, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles
 WHERE rolname LIKE 'traitortrack%' ORDER BY rolname
"""


@pytest.fixture(scope="module")
def server(django_db_setup):
    """A new server on which roles.sql ran, twice."""
    with new_cluster(settings.DATABASE_DIRECT_URL) as cluster:
        cluster.fresh("postgres")
        cluster.start()
        for _ in range(2):
            words = ["-v", "ON_ERROR_STOP=1", "-v", "owner_password=o", "-v", "app_password=it's"]
            cluster.run(
                "psql", *words, "--quiet", "--dbname", url(cluster, "postgres", "postgres"), stdin=ROLES
            )
        yield cluster


def url(cluster, role, database="traitortrack"):
    return f"postgresql://{role}@:5432/{database}?host={cluster.folder / 'run'}"


def manage(cluster, home, *words):
    named = {
        "DATABASE_URL": url(cluster, "traitortrack_app"),
        "DATABASE_DIRECT_URL": url(cluster, "traitortrack"),
        "BACKUP_DIR": str(home),
    }
    command = [*MANAGE, *words]
    done = subprocess.run(
        command, env={**os.environ, **named}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_owner_migrates_backs_up_and_restores(server, tmp_path):
    with psycopg.connect(url(server, "postgres", "postgres")) as there:
        assert there.execute(POWERS).fetchall() == [
            ("traitortrack", False, True, False),
            ("traitortrack_app", False, False, False),
        ]
    manage(server, tmp_path, "migrate_safely")
    told = json.loads(manage(server, tmp_path, "backup", "--verify", "--json"))
    assert told["verified_at"]
    # The app is at work meanwhile, and its session has to end.
    with psycopg.connect(url(server, "traitortrack_app"), autocommit=True) as app:
        [settings_kept] = app.execute("SELECT current_setting('plan_cache_mode')").fetchone()
        assert settings_kept == "force_generic_plan"
        told = json.loads(manage(server, tmp_path, "restore", told["file"], "--replace", "--json"))
        with pytest.raises(psycopg.OperationalError):
            app.execute("SELECT 1")
    assert told["set_aside"].startswith("traitortrack_before_")
    with psycopg.connect(url(server, "traitortrack_app")) as app:
        assert app.execute(
            "SELECT count(*) FROM pg_tables WHERE tableowner = 'traitortrack_app'"
        ).fetchone() == (0,)
