"""Large exports: asked for, made by the worker, downloaded by their asker alone, removed after a while."""

import os
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Role, User
from audit.models import AuditLog
from bags.exports import writing
from bags.exports.making import remove_expired
from bags.jobs import make_export
from bags.models import Export
from tests.exports.conftest import content, csv_rows

pytestmark = pytest.mark.django_db
ASKED = "/exports/bags.csv?kind=parent"


@pytest.fixture
def large(settings, fill):
    settings.EXPORT_AT_ONCE_ROWS = 2
    for number in (1, 2, 3):
        fill("ravi", f"SB0000{number}", 1)


@pytest.fixture
def asked(large, signed_in):
    """Kavya's client; the worker has not begun."""
    kavya = signed_in("kavya")
    assert kavya.post(ASKED).headers["Location"] == "/exports/"
    return kavya


@pytest.fixture
def made(asked):
    make_export(str(Export.objects.get().pk))
    return asked


def file_path():
    return f"/exports/{Export.objects.get().pk}/"


def test_looking_makes_nothing(large, signed_in):
    answer = signed_in("kavya").get(ASKED)
    assert answer.status_code == 200
    assert "Make the file" in answer.content.decode()
    assert not Export.objects.exists()
    assert not AuditLog.objects.filter(action="exported").exists()


def test_a_short_list_needs_no_worker(large, signed_in):
    assert len(csv_rows(content(signed_in("kavya").get("/exports/bags.csv?q=SB00001")))) == 1


def test_asked_made_downloaded(made):
    assert [row["qr_id"] for row in csv_rows(content(made.get(file_path())))] == [
        "SB00003",
        "SB00002",
        "SB00001",
    ]
    [told] = made.get("/api/v1/exports").json()["results"]
    assert (told["name"], told["state"], told["rows"]) == ("bags", "done", 3)
    assert file_path() in made.get("/exports/").content.decode()
    entry = AuditLog.objects.get(action="exported")
    assert (entry.actor, entry.after) == ("kavya", {"filters": {"kind": "parent"}, "rows": 3})
    assert entry.target_id == str(Export.objects.get().pk)
    assert "Your file bags.csv is ready: 3 rows." in made.get("/notifications/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_worker_makes_it(asked, settings, tmp_path):
    path = f"/{connection.settings_dict['NAME']}"
    places = {
        "DATABASE_URL": urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=path)),
        "REDIS_URL": settings.REDIS_URL,
        "TRAITORTRACK_HOME": str(tmp_path),
    }
    command = [sys.executable, "manage.py", "worker", "--until-idle"]
    subprocess.run(command, cwd=settings.BASE_DIR, env={**os.environ, **places}, check=True, timeout=120)
    assert Export.objects.get().state == "done"
    assert len(csv_rows(content(asked.get(file_path())))) == 3


def test_asked_twice_it_is_one(asked):
    asked.post(ASKED)
    assert Export.objects.count() == ProcrastinateJob.objects.count() == 1
    asked.post("/exports/bags.xlsx?kind=parent")
    assert Export.objects.count() == 2


def test_a_fourth_waits_until_one_is_made(asked):
    for kind in ("child", "parent"):
        asked.post(f"/exports/bags.xlsx?kind={kind}")
    page = asked.post("/exports/links.csv", follow=True).content.decode()
    assert "still being made" in page
    assert Export.objects.count() == 3


def test_nobody_else_may_download_it(made, signed_in):
    for name in ("asha", "ravi"):
        assert signed_in(name).get(file_path()).status_code == 404
        assert signed_in(name).get("/api/v1/exports").json() == {"results": []}


def test_who_lost_the_right_downloads_nothing(made, people, signed_in):
    User.objects.filter(pk=people["kavya"].pk).update(role=Role.DISPATCHER, area="lucknow")
    assert signed_in("kavya").get(file_path()).status_code == 404


def test_who_lost_the_right_meanwhile_gets_no_file(asked, people):
    User.objects.filter(pk=people["kavya"].pk).update(role=Role.DISPATCHER, area="lucknow")
    make_export(str(Export.objects.get().pk))
    assert Export.objects.get().state == "failed"
    assert not AuditLog.objects.filter(action="exported").exists()


def test_after_its_time_it_is_gone(made):
    place = Export.objects.get().place
    path = file_path()
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert made.get(path).status_code == 404
    assert made.get("/api/v1/exports").json() == {"results": []}
    assert place.exists()
    remove_expired()
    assert not place.exists()
    assert not Export.objects.exists()


def test_what_a_killed_worker_left_is_removed(made, settings):
    folder = Path(settings.EXPORT_FOLDER)
    old, young, orphan = folder / "old.part", folder / "young.part", folder / f"{uuid.uuid4()}.csv"
    for place in (old, young, orphan):
        place.touch()
    os.utime(old, (0, 0))
    remove_expired()
    assert sorted(folder.iterdir()) == sorted([young, Export.objects.get().place])


def test_a_file_that_is_gone_is_not_found(made):
    Export.objects.get().place.unlink()
    assert made.get(file_path()).status_code == 404


def test_a_break_leaves_no_part_and_can_be_made_again(asked, settings, monkeypatch):
    export = Export.objects.get()
    with monkeypatch.context() as broken:
        broken.setattr("bags.exports.making.write_export", _full_disk)
        with pytest.raises(OSError, match="disk"):
            make_export(str(export.pk))
    assert Export.objects.get().state == "failed"
    assert list(Path(settings.EXPORT_FOLDER).iterdir()) == []
    make_export(str(export.pk))
    assert len(csv_rows(content(asked.get(file_path())))) == 3


def _full_disk(*_args, **_named):
    raise OSError("no space left on the disk")


def test_progress_is_told(large, signed_in, monkeypatch):
    """Before the worker says how many rows there are, the page knows how many are written."""
    monkeypatch.setattr(writing, "TELL_EVERY", 2)
    kavya = signed_in("kavya")
    kavya.post(ASKED)
    make_export(str(Export.objects.get().pk))
    Export.objects.update(state="running", rows=None)
    assert kavya.get("/api/v1/exports").json()["results"][0]["rows"] == 2
