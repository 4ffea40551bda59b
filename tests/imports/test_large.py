"""Memory does not grow with the file; a large workbook is read in seconds."""

import os
import re
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection

from bags.models import Bag, Link
from tests.imports.conftest import workbook

PACKETS = 100_000
# Runs the command and tells the most memory that it ever held, in MB. Not by getrusage, which begins with
# what the process that started it holds.
MEASURED = """
import pathlib, sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(["manage.py", *sys.argv[1:]])
finally:
    held = pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
    print("PEAK", int(held) // 1024)
"""


def rows(packets, first=0):
    for number in range(packets):
        sack = f"SB{(first + number) // 30:05}"
        if number % 30 == 0:
            yield [sack, "parent", ""]
        yield [f"{30_000_000 + first + number}", "child", sack]


def measured(*args):
    """Runs a command in a process of its own; returns its peak in MB."""
    url = urlunsplit(
        urlsplit(django_settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}")
    )
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "REDIS_URL": django_settings.REDIS_URL,
        "DJANGO_SETTINGS_MODULE": "traitortrack.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *map(str, args)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(re.search(r"PEAK (\d+)", done.stdout)[1])


@pytest.mark.django_db(transaction=True)
def test_memory_does_not_grow_with_a_csv_file(people, tmp_path, holds):
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    for file, packets, first in ((small, 3_000, 0), (large, PACKETS, 30_000)):
        lines = (",".join(row) for row in rows(packets, first))
        file.write_text("\n".join(["qr_id,type,parent_qr_id", *lines]))
    least = measured("import_bags", small)
    most = measured("import_bags", large)
    assert Link.objects.count() == PACKETS + 3_000
    assert most < 200
    # Blocks of STEP rows are all that is kept of a larger file.
    assert most - least < 60
    holds()


@pytest.mark.django_db
def test_a_workbook_of_100_000_rows(take_in, holds):
    content = workbook([["qr_id", "type", "parent_qr_id"], *rows(96_750)], constant_memory=True)
    began = time.monotonic()
    batch, told = take_in(content)
    assert (batch.total, batch.good, told) == (99_975, 99_975, {})
    assert time.monotonic() - began < 120
    assert Bag.objects.count() == 99_975
    holds()
