"""manage.py export_bags, export_bills, export_links, export_parked, export_scans."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from audit.database import analyze
from audit.models import AuditLog
from bags.exports import writing
from billing.services import create_bill
from tests.exports.conftest import csv_rows, xlsx_rows

pytestmark = pytest.mark.django_db
HUNDRED_THOUSAND = """
INSERT INTO bags_bag (qr_id, kind, area, lot, state, child_count, child_limit, held_by, held_final,
                      created_at, created_by_id)
SELECT to_char(number, 'FM000000000'), 'child', 'lucknow', '', '', 0, 0, '', false, now(), %s
  FROM generate_series(1, 100000) number
"""


@pytest.fixture
def floor(fill, scan, operator):
    fill("ravi", "SB00001", 2)
    fill("arjun", "SB00002", 3)
    create_bill(number="B-1", by=operator("kavya"))
    for text in ("SB1", "SB1", "=1+1"):
        scan("ravi", text)


LISTS = [("bags", 7), ("links", 5), ("scans", 10), ("bills", 1), ("parked", 2)]


@pytest.mark.parametrize(("name", "rows"), LISTS)
def test_each_list_in_both_formats(floor, tmp_path, name, rows):
    as_csv, as_xlsx = tmp_path / "list.csv", tmp_path / "list.xlsx"
    call_command(f"export_{name}", output=as_csv)
    call_command(f"export_{name}", output=as_xlsx, format="xlsx")
    assert len(csv_rows(as_csv.read_bytes())) == len(xlsx_rows(as_xlsx.read_bytes())) == rows
    assert sorted(place.name for place in tmp_path.iterdir() if place.is_file()) == ["list.csv", "list.xlsx"]


def test_filters_as_those_of_the_interface(floor, tmp_path):
    place = tmp_path / "bags.csv"
    call_command("export_bags", "--kind", "child", "--area", "indore", "--linked", "true", "-o", str(place))
    assert [row["qr_id"] for row in csv_rows(place.read_bytes())] == [
        "0000200003",
        "0000200002",
        "0000200001",
    ]
    entry = AuditLog.objects.get(action="exported")
    assert entry.actor == "manage.py export_bags"
    assert entry.after == {"filters": {"kind": "child", "area": "indore", "linked": "true"}, "rows": 3}


@pytest.mark.parametrize("wrong", [("--kind", "box"), ("--from", "soon"), ("--linked", "perhaps")])
def test_what_is_not_understood_writes_nothing(floor, tmp_path, wrong):
    with pytest.raises(CommandError, match=rf"{wrong[0]}: .*Nothing was written"):
        call_command("export_bags", *wrong, "-o", str(tmp_path / "bags.csv"))
    assert not AuditLog.objects.filter(action="exported").exists()
    assert [place for place in tmp_path.iterdir() if place.is_file()] == []


def test_a_folder_that_is_not_there(floor, tmp_path):
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_bags", "-o", str(tmp_path / "nowhere" / "bags.csv"))


def test_stopped_in_the_middle_the_old_file_stays(floor, tmp_path, monkeypatch):
    place = tmp_path / "bags.csv"
    place.write_text("of yesterday")

    def stop(_rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(writing, "TELL_EVERY", 3)
    monkeypatch.setattr("bags.exports.commands.ExportCommand._tell", lambda self, rows: stop(rows))
    with pytest.raises(SystemExit) as stopped:
        call_command("export_bags", "-o", str(place))
    assert stopped.value.code == 1
    assert place.read_text() == "of yesterday"
    assert [one.name for one in tmp_path.iterdir() if one.is_file()] == ["bags.csv"]
    assert not AuditLog.objects.filter(action="exported").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hundred_thousand_rows_take_little_memory(people, tmp_path, kind):
    """In a process of its own, whose peak is asked afterwards; the program alone takes about 100 MB."""
    with connection.cursor() as cursor:
        cursor.execute(HUNDRED_THOUSAND, [people["asha"].pk])
    analyze()  # as a server does by itself after a while
    place = tmp_path / f"bags.{kind}"
    peak = _peak_mb_of(["export_bags", "--format", kind, "-o", str(place)])
    assert len((csv_rows if kind == "csv" else xlsx_rows)(place.read_bytes())) == 100_000
    assert peak < 200


def _peak_mb_of(command):
    code = (
        "import pathlib, sys, django; django.setup();"
        "from django.core.management import call_command; from django.db import connection;"
        "connection.settings_dict['NAME'] = sys.argv[1]; call_command(*sys.argv[2:]);"
        # Not getrusage, whose peak counts the parent's memory from before exec.
        "print(pathlib.Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, connection.settings_dict["NAME"], *command],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "traitortrack.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[-1]) / 1024
