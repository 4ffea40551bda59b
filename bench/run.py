"""The bench from end to end."""

import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import database, exports, floor, imports, load, page, reads, report, server, shift
from bench.database import Person
from traitortrack.management.static_files import collect_if_changed

SACKS = {"small": 600, "full": 58_000}  # of 30 children: 18,600 bags, 1.8 million
SHIFT_SECONDS = {"small": 30, "full": 300}
IMPORTED_SACKS = {"small": 2_000, "full": 56_130}  # 62,000 rows, 1.74 million
READS = 150


def main(server_url: str, scale: str, seconds: float) -> None:
    """Measure at `scale`, 2 x `seconds` for each row of scans; print and save the figures, also those before
    something broke."""
    figures: dict[str, Any] = {"scale": scale, "machine": report.machine()}
    with database.own_database(server_url, settings.DATABASE_DIRECT_URL):
        call_command("migrate_safely")
        collect_if_changed()
        try:
            _measure(figures, scale, seconds)
        finally:
            print(f"\nSaved in {os.path.relpath(report.save(figures))}")


def _measure(figures: dict[str, Any], scale: str, seconds: float) -> None:
    packers = database.sign_in_people(100, role="dispatcher", area="lucknow")
    [biller] = database.sign_in_people(1, role="biller", area=None)
    [admin] = database.sign_in_people(1, role="admin", area=None)
    took = database.fill(1, SACKS["small"], packers[0])
    floor.prepare()
    reads.prepare(biller)
    database.catch_up()
    with server.running() as web:
        at_small = {row["what"]: row["p50"] for row in _read_rows(web, biller, admin, SACKS["small"])}
    took += database.fill(SACKS["small"] + 1, SACKS[scale], packers[0])
    database.catch_up()
    bags = SACKS[scale] * (database.CHILDREN_PER_SACK + 1)
    report.print_machine(figures["machine"], f"{_postgres_version()}, {bags:,} bags (filled in {took:.0f} s)")
    figures["statements"] = _statements(packers[0])
    report.print_statements(figures["statements"])
    with server.running() as web:
        figures["scans"] = list(_scan_rows(web, packers, seconds))
        report.print_scans(figures["scans"])
        figures["reads"] = [
            {**row, "growth": row["p50"] / at_small[row["what"]]}
            for row in _read_rows(web, biller, admin, SACKS[scale])
        ]
        report.print_reads(figures["reads"])
        figures["page"] = list(page.rows(web.port, packers[0], load.CSRF))
        report.print_page(figures["page"])
        figures["shift"] = shift.rows(web, packers, biller, scale, SHIFT_SECONDS[scale])
        report.print_shift(figures["shift"])
    figures["exports"] = list(exports.rows())
    report.print_files("exports", figures["exports"])
    figures["imports"] = list(imports.rows(IMPORTED_SACKS[scale]))
    report.print_files("imports", figures["imports"])


def _scan_rows(web: server.Web, packers: list[Person], seconds: float) -> Iterator[dict[str, Any]]:
    runs = itertools.count(100)  # each with sacks and children of its own
    for what, clients, batch, asked in (
        ("one scan, 20 clients", 20, 1, 0.30),
        ("one scan, 100 clients", 100, 1, 0.30),
        ("a batch of 50, 20 clients", 20, 50, 1.5),
    ):
        people = packers[:clients]
        _send(web, people, next(runs), batch, 1)  # code loaded, statements prepared, connections made
        floors = [_floor(people, next(runs), seconds / 2)]
        database.settle()
        web_cpu, db_cpu = web.cpu_seconds(), server.backends_cpu_seconds()
        tally = _send(web, people, next(runs), batch, seconds)
        web_cpu, db_cpu = web.cpu_seconds() - web_cpu, server.backends_cpu_seconds() - db_cpu
        floors.append(_floor(people, next(runs), seconds / 2))
        for answer in tally.wrong[:1]:
            print(f"A wrong answer: {answer.decode(errors='replace')}")
        yield {
            "what": what,
            "per_second": tally.per_second,
            "floor": sum(floors) / 2,
            "floors": floors,
            "ratio": tally.per_second / (sum(floors) / 2),
            "asked": asked,
            **{f"p{percent}": report.percentile(tally.latencies, percent) for percent in (50, 95, 99)},
            "web_ms": web_cpu / tally.scans * 1000,
            "db_ms": db_cpu / tally.scans * 1000,
            "client_cpu": tally.own_cpu,
            "wrong": len(tally.wrong),
            "load": report.machine()["load"][0],
        }


def _floor(people: list[Person], run: int, seconds: float) -> float:
    database.settle()
    return floor.measure(people, run, seconds)


def _send(web: server.Web, people: list[Person], run: int, batch: int, seconds: float) -> load.Tally:
    wires = [load.Wire(web.port, load.scans_of(person, run, batch, web.port)) for person in people]
    try:
        return load.drive(wires, seconds)
    finally:
        for wire in wires:
            wire.socket.close()


def _read_rows(web: server.Web, biller: Person, admin: Person, sacks: int) -> Iterator[dict[str, Any]]:
    for what, asked, path in reads.rows(sacks):
        request = _asking(admin if path().startswith("/admin/") else biller, web.port, path)
        load.one_by_one(web.port, 20, request)
        tally = load.one_by_one(web.port, READS, request)
        for answer in tally.wrong[:1]:
            print(f"A wrong answer: {answer.decode(errors='replace')}")
        p50, p95 = (report.percentile(tally.latencies, percent) for percent in (50, 95))
        yield {"what": what, "p50": p50, "p95": p95, "asked": asked, "wrong": len(tally.wrong)}


def _asking(person: Person, port: int, path: Callable[[], str]) -> Callable[[int], bytes]:
    return lambda _number: load.get(person, port, path())


def _statements(person: Person) -> list[dict[str, Any]]:
    """How many statements a request of 1, 50 and 100 scans runs, session, BEGIN and COMMIT included."""
    client = Client(headers={"X-CSRFToken": load.CSRF, "Host": "127.0.0.1"})
    client.cookies.load({"session": person.session, "csrf": load.CSRF})
    rows = []
    for number, batch in enumerate((1, 1, 50, 100)):
        request, _ = next(load.scans_of(person, 900 + number, batch, 80))
        body = request.partition(b"\r\n\r\n")[2]
        with CaptureQueriesContext(connection) as seen:
            answer = client.post("/api/v1/scans", body, content_type="application/json")
        if answer.status_code != 200 or len(orjson.loads(answer.content)["results"]) != batch:
            raise ValueError(f"The scans were not taken: {answer.content!r}")
        if number:  # the first also reads the products, once in five seconds
            rows.append({"what": f"{batch} scans", "statements": len(seen), "asked": "<= 8"})
    return rows


def _postgres_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"
