"""The numbers of the dashboard, as one viewer may see them, out of the StatisticsCache."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from accounts.areas import area_names
from accounts.operators import Operator
from audit.database import execute
from bags.models import Scan
from bags.scanning.results import SUCCESS
from billing.models import Bill
from monitoring.statistics import folding

DEVICES_SHOWN = 20
ACCEPTED = frozenset(code.value for code in SUCCESS)
NOWHERE = "-"  # no area's slug: a dispatcher without area sees nothing

# What is counted has been counted up to the oldest delta that waits. Names come along, for a cache keeps ids.
_READ = f"""
SELECT cache.numbers::text, to_char(statement_timestamp() AT TIME ZONE %(zone)s, 'YYYY-MM-DD"T"HH24'),
       coalesce(oldest.at, statement_timestamp()),
       cache.id IS NULL OR coalesce(
           oldest.at < statement_timestamp() - interval '{folding.LATE_AFTER_SECONDS} seconds', false),
       (SELECT json_object_agg(id, json_build_array(username, coalesce(area_id, '')))::text
          FROM accounts_user WHERE id IN (
               SELECT split_part(key, '|', 4)::bigint FROM jsonb_object_keys(cache.numbers) AS key
                WHERE key LIKE 'hour|%%'))
  FROM (SELECT min(at) AS at FROM monitoring_statisticsdelta) AS oldest
  LEFT JOIN monitoring_statisticscache AS cache ON true
"""  # noqa: S608 - composed of constants

_WAITING = """
SELECT device.id, who.username, device.unsent, device.attention, sum(device.unsent) OVER ()
  FROM bags_device AS device JOIN accounts_user AS who ON who.id = device.last_operator_id
 WHERE (device.unsent > 0 OR device.attention > 0) AND (%(area)s::text IS NULL OR who.area_id = %(area)s)
 ORDER BY device.unsent + device.attention DESC, device.id LIMIT %(limit)s
"""


Counts = dict[Any, int]


@dataclass(slots=True)
class Work:
    """Scans of today: by hour (0 to 23) and by result code."""

    hours: Counts = field(default_factory=dict)
    codes: Counts = field(default_factory=dict)

    def add(self, more: "Work") -> None:
        _add(self.hours, more.hours)
        _add(self.codes, more.codes)

    @property
    def scans(self) -> int:
        return sum(self.codes.values())

    @property
    def refused(self) -> int:
        return sum(n for code, n in self.codes.items() if code not in ACCEPTED)


@dataclass(slots=True)
class Numbers:
    """The cache, read: bags by area and kind or state, bills by state, today's work by area and operator.

    Where a scan concerned no sack, its area is the operator's own; empty where there is none.
    """

    bags: dict[str, Counts] = field(default_factory=dict)
    bills: Counts = field(default_factory=dict)
    work: dict[tuple[str, int], Work] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a viewer may see: an area's slug, or None for all; the team's pace or only the own."""

    area: str | None
    own_id: int | None

    @classmethod
    def of(cls, viewer: Operator) -> "Scope":
        return cls(None, None) if viewer.sees_all else cls(viewer.area or NOWHERE, viewer.id)


def dashboard_numbers(viewer: Operator) -> dict[str, Any]:
    """What `viewer` may see: everything, or the own area (bags, scans, devices) and only the own pace.

    Bills by state and open conflicts for those who may see bills, else None. "Today" is the day in the
    setting TIME_ZONE. `late` says that the numbers stand still since `as_of`.
    """
    told, now, as_of, is_late, people = execute(_READ, folding.zone())[0]
    scope = Scope.of(viewer)
    figures = _figures(told or "{}", people or "{}", now, scope)
    if not viewer.may_bill:
        figures = {**figures, "bills_by_state": None}
    return {
        **figures,
        "open_conflicts": Scan.objects.open_conflicts().count() if viewer.may_bill else None,
        "areas": _named(figures["areas"]),
        **_waiting_devices(scope),
        "as_of": as_of,
        "late": is_late,
    }


# Between two folds the same texts come again: what was made of them for a role and an area is kept.
@lru_cache(maxsize=64)
def _figures(told: str, people: str, now: str, scope: Scope) -> dict[str, Any]:
    """The figures of a cache's text for one scope, at the hour `now`."""
    day, _, hour = now.partition("T")
    read = _read(told, people, day)
    work = {key: done for key, done in read.work.items() if scope.area in (None, key[0])}
    areas: dict[str, Work] = {}
    total = Work()
    for (area, _operator), done in work.items():
        areas.setdefault(area, Work()).add(done)
        total.add(done)
    sacks = {area: counts for area, counts in read.bags.items() if scope.area in (None, area)}
    bags: Counts = {}
    for counts in sacks.values():
        _add(bags, counts)
    span = range(min(total.hours, default=int(hour)), int(hour) + 1)
    return {
        "bags_parents": bags.get("open", 0) + bags.get("closed", 0),
        "bags_children": bags.get("child", 0),
        "open_parents": bags.get("open", 0),
        "scans_today": total.scans,
        "accepted_today": total.scans - total.refused,
        "refused_today": total.refused,
        "bills_by_state": {state: read.bills.get(state, 0) for state in Bill.State.values},
        "hours": [{"hour": one, "scans": total.hours.get(one, 0)} for one in span],
        "areas": _areas(sacks, areas, span),
        "refusals": _refusals(total.codes),
        "operators": _pace(read, scope.own_id, int(hour)),
    }


def _read(told: str, people: str, day: str) -> Numbers:
    who = {int(key): value for key, value in orjson.loads(people).items()}
    read = Numbers(names={key: name for key, (name, _area) in who.items()})
    for key, amount in orjson.loads(told).items():
        what, *facts = key.split("|")
        if what == "bags":
            read.bags.setdefault(facts[0], {})[facts[1]] = amount
        elif what == "bills":
            read.bills[facts[0]] = amount
        elif facts[0].startswith(day):
            operator = int(facts[-1])
            place = (facts[-2] or who[operator][1], operator)
            work = read.work.get(place)
            if work is None:
                work = read.work[place] = Work()
            counts, name = (work.hours, int(facts[0][-2:])) if what == "hour" else (work.codes, facts[1])
            counts[name] = counts.get(name, 0) + amount
    return read


def _add(sums: Counts, more: Counts) -> None:
    for name, n in more.items():
        sums[name] = sums.get(name, 0) + n


def _areas(sacks: dict[str, Counts], work: dict[str, Work], span: range) -> list[dict[str, Any]]:
    """Each area that has an open sack or scans of today."""
    nothing = Work()
    found = [
        {
            "area": area,
            "open_parents": sacks.get(area, {}).get("open", 0),
            "scans_today": work.get(area, nothing).scans,
            "hours": [work.get(area, nothing).hours.get(hour, 0) for hour in span],
        }
        for area in {*sacks, *work}
    ]
    return [area for area in found if area["open_parents"] or area["scans_today"]]


def _named(areas: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """With the areas' names and in their order; scans that belong to no area come last."""
    names = area_names()
    told = [{**area, "area": area["area"] or None, "name": names.get(area["area"])} for area in areas]
    return sorted(told, key=lambda area: (area["name"] is None, area["name"]))


def _refusals(codes: Counts) -> list[dict[str, Any]]:
    """Scans that were not accepted, by result code, most frequent first."""
    refused = [(code, n) for code, n in codes.items() if code not in ACCEPTED]
    return [{"code": code, "scans": n} for code, n in sorted(refused, key=lambda one: (-one[1], one[0]))]


def _pace(read: Numbers, own_id: int | None, hour: int) -> list[dict[str, Any]]:
    """Operators with scans of today, the busiest first. `pace` is scans in each hour that had one."""
    by_operator: dict[int, Work] = {}
    for (_area, operator), done in read.work.items():
        if own_id in (None, operator):
            by_operator.setdefault(operator, Work()).add(done)
    told = [
        {
            "operator": read.names[operator],
            "scans": done.scans,
            "refused": done.refused,
            "this_hour": done.hours.get(hour, 0),
            "pace": round(done.scans / max(1, len(done.hours))),
        }
        for operator, done in by_operator.items()
    ]
    return sorted(told, key=lambda row: (-row["scans"], row["operator"]))


def _waiting_devices(scope: Scope) -> dict[str, Any]:
    """Devices that told of scans not sent yet, up to DEVICES_SHOWN, most scans first; and all these scans."""
    rows = execute(_WAITING, {"area": scope.area, "limit": DEVICES_SHOWN})
    devices = [
        {"device": str(device)[:8], "operator": name, "unsent": unsent or 0, "attention": attention or 0}
        for device, name, unsent, attention, _sum in rows
    ]
    return {"unsent_scans": int(rows[0][-1] or 0) if rows else 0, "waiting_devices": devices}
