"""A day on which everything happens that an event can tell, minute by minute."""

import json
import re
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from django.core.management import call_command

from audit.database import played_at
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.returns import cancel_return, commit_return, create_return
from billing.services import cancel_bill, complete_bill, create_bill, reopen_bill
from tests.api.conftest import _plain_statics  # noqa: F401 - used by all here

SCHEMA = Path("../shared/data/epcis/EPCIS-JSON-Schema.json")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\"<>\\^`{|}]+")
DAY = datetime(2026, 11, 24, 9, 0, tzinfo=ZoneInfo("Asia/Kolkata"))


@pytest.fixture(scope="session")
def valid():
    """valid(document): it is what GS1's schema asks for, formats included."""
    checker = jsonschema.FormatChecker([])
    # The library checks these two only with packages that nothing else needs.
    checker.checks("uri")(lambda value: not isinstance(value, str) or bool(URI.fullmatch(value)))
    checker.checks("date-time", raises=ValueError)(
        lambda value: not isinstance(value, str) or bool(datetime.fromisoformat(value).tzinfo)
    )
    validator = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=checker)

    def check(document):
        assert [error.message for error in validator.iter_errors(document)] == []

    return check


@pytest.fixture
def at():
    return lambda minute: DAY + timedelta(minutes=minute)


@pytest.fixture
def at_work(at):
    """at_work.scan(minute, by, mode, raw, …) must succeed; so must undo(…) and then(minute, operation, …)."""
    device = uuid.uuid4()

    def scan(minute, by, mode, raw, **rest):
        pull = Pull(key=uuid.uuid4(), mode=mode, raw=raw, **rest)
        with played_at(at(minute)):
            told = process(pulls=[pull], operator=by, device=device)[0]
        assert told["severity"] == "success", told
        return pull

    def undo(minute, by, pull):
        scan(minute, by, "undo", str(pull.key))

    def then(minute, operation, **facts):
        with played_at(at(minute)):
            return operation(**facts)

    return SimpleNamespace(scan=scan, undo=undo, then=then)


@pytest.fixture
def day(operator, at_work):
    """What the minutes bring; returns the number of the return."""
    kavya, ravi = operator("kavya"), operator("ravi")
    scan, undo = at_work.scan, at_work.undo

    def then(minute, operation, **facts):
        return at_work.then(minute, operation, by=kavya, **facts)

    scan(0, ravi, "pack", "SB00001")
    scan(1, ravi, "pack", "LABEL NO.0000001 LOT NO.:MST-24-118", parent="SB00001")
    scan(1, ravi, "pack", "1000002", parent="SB00001")
    closed = scan(3, ravi, "close", "", parent="SB00001")
    undo(4, ravi, closed)
    third = scan(5, ravi, "pack", "1000003", parent="SB00001")
    undo(6, ravi, third)
    scan(7, ravi, "close", "", parent="SB00001")
    scan(10, ravi, "pack", "SB00002")
    scan(11, kavya, "move", "1000002", parent="SB00002")
    scan(12, kavya, "unlink", "1000002", reason="torn")
    scan(15, ravi, "pack", "SB00003")
    scan(15, ravi, "pack", "1000004", parent="SB00003")
    then(20, create_bill, number="B/1")
    then(20, create_bill, number="B/2")
    billed = scan(20, kavya, "bill", "SB00001", bill="B/1")
    undo(21, kavya, billed)
    scan(22, kavya, "bill", "SB00001", bill="B/1")
    scan(23, kavya, "bill", "SB00003", bill="B/1")
    scan(24, kavya, "unbill", "SB00003", bill="B/1")
    then(30, complete_bill, number="B/1")
    then(31, reopen_bill, number="B/1", reason="count again")
    then(32, complete_bill, number="B/1")
    number = then(40, create_return, area="lucknow").number
    scan(40, kavya, "return", "SB00001", bill=number)
    then(40, commit_return, number=number)
    then(41, cancel_return, number=number, reason="the wrong truck")
    scan(50, kavya, "bill", "SB00003", bill="B/2")
    then(51, cancel_bill, number="B/2")
    return number


@pytest.fixture
def export(capsys):
    """export("--to", …) -> (the document's text, what was said)."""

    def run(*options):
        call_command("export_epcis", *options)
        said = capsys.readouterr()
        return said.out, said.err

    return run


@pytest.fixture
def events(export):
    return lambda *options: json.loads(export(*options)[0])["epcisBody"]["eventList"]
