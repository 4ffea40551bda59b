"""Files to import, and what became of them."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import xlsxwriter
from django.core.management import call_command
from django.db import connection

from bags.importing.models import ImportBatch
from bags.importing.refusal import ImportRefused
from bags.importing.service import import_file
from bags.models import Link

DATA = Path(__file__).parents[3] / "shared" / "data" / "imports"


def quiet(*_told):
    """Progress that nobody looks at."""


@pytest.fixture
def take_in(people, operator):
    """take_in(content, "bags") -> (ImportBatch, {row: code of its problem}); `content` is bytes or text."""

    def bring(content, kind="bags", *, by="asha", area=None, apply=True, name="file.csv"):
        told = {}

        def seen(batch):
            told.update({problem.line: problem.code for problem in batch.problems.order_by("place")})

        batch = import_file(
            kind=kind,
            file_name=name,
            file=io.BytesIO(content.encode() if isinstance(content, str) else content),
            by=operator(by),
            area=area,
            progress=quiet,
            seen=seen,
            apply=apply,
        )
        return batch, told

    return bring


@pytest.fixture
def refusal(take_in):
    """refusal(content, kind) -> the code with which the file is refused whole."""

    def refuse(content, kind="bags"):
        with pytest.raises(ImportRefused) as caught:
            take_in(content, kind)
        return caught.value.code

    return refuse


def bags_csv(*rows):
    return "\n".join(["qr_id,type,parent_qr_id", *rows])


def inside():
    """{sack: [packets]} of all open links."""
    found = {}
    links = Link.objects.filter(unlinked_at=None).order_by("pk").values_list("parent__qr_id", "child__qr_id")
    for parent, child in links:
        found.setdefault(parent, []).append(child)
    return found


def workbook(*sheets, **options):
    """An XLSX file; a sheet is a list of rows, or a function that fills the worksheet and its book."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, **options}) as book:
        for sheet in sheets:
            page = book.add_worksheet()
            if callable(sheet):
                sheet(page, book)
                continue
            for number, row in enumerate(sheet):
                page.write_row(number, 0, row)
    return out.getvalue()


@pytest.fixture
def command(people, capsys):
    """command("import_bags", path, …) -> (exit code, report of the first file)."""

    def run(name, *args):
        code = 0
        try:
            call_command(name, *map(str, args), "--json")
        except SystemExit as left:
            code = left.code
        return code, json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def batch_of():
    return lambda pk: ImportBatch.objects.get(pk=pk)


@pytest.fixture
def start_worker(settings):
    """start_worker(…) -> a started `manage.py worker` on the test's database."""
    started = []
    url = urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{connection.settings_dict['NAME']}"))

    def start(*args):
        environment = {**os.environ, "DATABASE_URL": url, "REDIS_URL": settings.REDIS_URL}
        command = [sys.executable, "manage.py", "worker", *args]
        started.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait(20)


@pytest.fixture
def worker_until_idle(start_worker):
    def work():
        assert start_worker("--until-idle").wait(120) == 0

    return work
