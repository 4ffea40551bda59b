"""The table on the screen and the figures in a file."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

GROWTH = 2  # from 18,600 bags to 1.8 million
RESULTS = Path(__file__).parent / "results"


def percentile(latencies: list[float], percent: int) -> float:
    """In ms."""
    return round(quantiles(latencies, n=100, method="inclusive")[percent - 1] * 1000, 2)


def machine() -> dict[str, Any]:
    return {
        "name": platform.node(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
    }


def print_machine(facts: dict[str, Any], extra: str) -> None:
    print(f"{facts['name']}: {facts['cores']} cores, load {facts['load'][0]} before the start, {extra}")


def print_scans(rows: list[dict[str, Any]]) -> None:
    print(
        f"\n{'scans':32}{'scans/s':>9}{'floor/s':>9}{'ratio':>7}{'asked':>7}{'p50':>8}{'p95':>8}{'p99 ms':>8}"
        f"{'web':>7}{'db':>7}{'client':>8}{'wrong':>7}"
    )
    for row in rows:
        print(
            f"{row['what']:32}{row['per_second']:9.0f}{row['floor']:9.0f}{row['ratio']:7.2f}{row['asked']:7.2f}"
            f"{row['p50']:8.1f}{row['p95']:8.1f}{row['p99']:8.1f}"
            f"{row['web_ms']:7.2f}{row['db_ms']:7.2f}{row['client_cpu']:8.0%}{row['wrong']:7}"
        )
    print("web, db: ms of CPU for each scan. client: share of one core that the load client took.")


def print_statements(rows: list[dict[str, Any]]) -> None:
    print(f"\n{'statements in one scan request':46}{'all':>6}{'asked':>8}")
    for row in rows:
        print(f"{row['what']:46}{row['statements']:6}{row['asked']:>8}")


def print_reads(rows: list[dict[str, Any]]) -> None:
    print(f"\n{'one client':46}{'p50':>8}{'p95 ms':>8}{'asked':>8}{'wrong':>7}{'growth':>8}{'asked':>7}")
    for row in rows:
        mark = "" if row["p95"] <= row["asked"] else "  <- slow"
        mark += "" if row["growth"] <= GROWTH else "  <- grows"
        print(
            f"{row['what']:46}{row['p50']:8.1f}{row['p95']:8.1f}{row['asked']:8.0f}{row['wrong']:7}"
            f"{row['growth']:8.1f}{GROWTH:7}{mark}"
        )
    print("growth: p50 here divided by p50 at 18,600 bags, in the same run.")


def print_shift(rows: list[dict[str, Any]]) -> None:
    print(
        f"\n{'one scan a second each':46}{'scans/s':>9}{'p50':>8}{'p95':>8}{'p99 ms':>8}{'screens':>9}"
        f"{'wrong':>7}{'lost':>6}{'slower':>8}"
    )
    for row in rows:
        slower = f"{row['slower']:8.2f}" if "slower" in row else ""
        print(
            f"{row['what']:46}{row['per_second']:9.0f}{row['p50']:8.1f}{row['p95']:8.1f}{row['p99']:8.1f}"
            f"{row['screens_p95']:9.1f}{row['wrong']:7}{row['lost']:6}{slower}"
        )
    print("screens: p95 of the dashboard's numbers on ten screens. slower: p95 here divided by that above.")


def print_files(what: str, rows: list[dict[str, Any]]) -> None:
    print(f"\n{what:32}{'rows/s':>10}{'floor/s':>10}{'ratio':>7}{'asked':>7}{'peak MB':>9}{'asked':>7}")
    for row in rows:
        mark = "" if row["ratio"] >= row["asked"] and row["peak_mb"] <= row["asked_mb"] else "  <- slow"
        print(
            f"{row['what']:32}{row['per_second']:10,.0f}{row['floor']:10,.0f}{row['ratio']:7.2f}"
            f"{row['asked']:7.2f}{row['peak_mb']:9.0f}{row['asked_mb']:7}{mark}"
        )


def print_page(rows: list[dict[str, Any]]) -> None:
    print(f"\n{'the packing page, CPU / 6':46}{'':>8}{'':>8}{'asked':>8}")
    for row in rows:
        asked, mark = row["asked"] or "", "  <- slow" if row["asked"] and row["value"] > row["asked"] else ""
        print(f"{row['what']:46}{row['value']:8.1f}{row['unit']:>8}{asked:>8}{mark}")


def save(figures: dict[str, Any]) -> Path:
    RESULTS.mkdir(exist_ok=True)
    place = RESULTS / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{figures['scale']}.json"
    place.write_text(json.dumps(figures, indent=1) + "\n")
    return place
