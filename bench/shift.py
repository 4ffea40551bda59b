"""A shift: a hundred operators at one scan a second each, the dashboard open on ten screens; then the same
while a large file is imported."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from bench import database, imports, load, programs, report
from bench.database import Person
from bench.server import Web

EVERY_SECONDS = 1.0
SCREENS, SCREEN_SECONDS = 10, 5.0
FIRST_SECONDS = 5.0  # code loaded, statements prepared, connections made
IMPORTED_SACKS = {"small": 1_000, "full": 33_333}  # a million rows
P95, P99 = 50, 150
MOST_SLOWER = 2.0


def rows(web: Web, packers: list[Person], viewer: Person, scale: str, seconds: float) -> list[dict[str, Any]]:
    """Two rows, of `seconds` and of as long as the import takes."""
    _played(web, packers, viewer, 700, FIRST_SECONDS)
    alone = _told(f"100 operators, {seconds:.0f} s", *_played(web, packers, viewer, 701, seconds))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bags.csv"
        count = imports.write_file(place, IMPORTED_SACKS[scale], digit=8)
        database.settle()
        program = programs.start("import_bags", str(place), "--area", "lucknow")
        played = _played(web, packers, viewer, 702, seconds, goes_on=lambda: program.poll() is None)
        programs.end(program)
    beside = _told(f"… while {count:,} bags are imported", *played)
    alone |= {"asked_p95": P95, "asked_p99": P99}
    beside |= {"slower": beside["p95"] / alone["p95"], "asked_slower": MOST_SLOWER}
    return [alone, beside]


def _played(
    web: Web,
    packers: list[Person],
    viewer: Person,
    run: int,
    seconds: float,
    goes_on: Callable[[], bool] = lambda: True,
) -> tuple[load.Tally, load.Tally, int]:
    """What came to the operators and to the screens, and how many acknowledged scans the database lacks."""
    screen = (load.get(viewer, web.port, "/api/v1/stats"), 0)
    operators = [load.Wire(web.port, load.scans_of(person, run, 1, web.port)) for person in packers]
    screens = [load.Wire(web.port, iter(lambda: screen, None)) for _ in range(SCREENS)]
    paces = [*((wire, EVERY_SECONDS) for wire in operators), *((wire, SCREEN_SECONDS) for wire in screens)]
    try:
        tallies = load.drive_at_pace(paces, seconds, goes_on)
    finally:
        for wire in [*operators, *screens]:
            wire.socket.close()
    scans, looks = (load.together(tallies[wire] for wire in wires) for wires in (operators, screens))
    return scans, looks, scans.scans - _stored(run)


def _stored(run: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bags_scan"
            " WHERE code IN ('linked', 'linked_last') AND parent_code LIKE %(sack)s"
            "    OR code = 'parent_opened' AND raw LIKE %(sack)s",
            {"sack": f"BY-{run:03}%"},
        )
        stored: int = cursor.fetchone()[0]
    return stored


def _told(what: str, scans: load.Tally, looks: load.Tally, lost: int) -> dict[str, Any]:
    return {
        "what": what,
        "per_second": scans.per_second,
        **{f"p{percent}": report.percentile(scans.latencies, percent) for percent in (50, 95, 99)},
        "screens_p95": report.percentile(looks.latencies, 95),
        "wrong": len(scans.wrong) + len(looks.wrong),
        "lost": lost,
        "seconds": scans.seconds,
        "load": report.machine()["load"][0],
    }
