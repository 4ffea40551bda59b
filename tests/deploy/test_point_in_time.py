"""The drill of docs/operations.md, "Back to a moment": base backup, archived WAL, a mistake, and the moment
before it."""

import re

import psycopg
import pytest
from django.conf import settings

from tests.deploy.cluster import conninfo, new_cluster
from tests.house.conftest import eventually
from traitortrack.services.places import make_folder

pytestmark = pytest.mark.django_db(transaction=True)
ARCHIVE = settings.BASE_DIR / "deploy" / "postgresql" / "archive.conf"
FOLDER = "/var/lib/traitortrack/wal"


@pytest.fixture
def primary(direct_url):
    """A server of its own that archives its WAL as deploy/postgresql/archive.conf says."""
    with new_cluster(direct_url) as cluster:
        cluster.copy_of(conninfo(direct_url), "--wal-method=stream")
        archive = cluster.folder / "wal"
        make_folder(archive, 0o700, cluster.account)
        cluster.archive = archive
        told = dict(re.findall(r"^(\w+) = '?(.*?)'?$", ARCHIVE.read_text(), re.MULTILINE))
        assert FOLDER in told["archive_command"]
        told["archive_command"] = told["archive_command"].replace(FOLDER, str(archive))
        cluster.start(**told)
        yield cluster


def test_the_moment_before_a_mistake_comes_back(primary, direct_url):
    with new_cluster(direct_url) as restored:
        # Every night.
        restored.copy_of(conninfo(primary.url(direct_url)), "--wal-method=none")
        with psycopg.connect(primary.url(direct_url), autocommit=True) as there:
            there.execute("CREATE TABLE scanned_after_the_backup (code text)")
            there.execute("INSERT INTO scanned_after_the_backup VALUES ('SB00001')")
            [moment] = there.execute("SELECT clock_timestamp()").fetchone()
            there.execute("SELECT pg_sleep(0.01)")
            there.execute("TRUNCATE scanned_after_the_backup")  # the mistake
            [last] = there.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert eventually((primary.archive / last).exists, 20)
        # Into a folder of its own: the server with the mistake is left as it is.
        (restored.data / "recovery.signal").touch()
        restored.start(
            archive_mode="off",
            restore_command=f"cp {primary.archive}/%f %p",
            recovery_target_time=moment.isoformat(),
            recovery_target_action="promote",
        )
        with psycopg.connect(restored.url(direct_url), autocommit=True) as back:
            assert eventually(lambda: not back.execute("SELECT pg_is_in_recovery()").fetchone()[0], 30)
            assert back.execute("SELECT code FROM scanned_after_the_backup").fetchall() == [("SB00001",)]
        with psycopg.connect(primary.url(direct_url)) as there:
            assert there.execute("SELECT code FROM scanned_after_the_backup").fetchall() == []
