"""The numbers of the dashboard, as one viewer may see them, out of the StatisticsCache."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from accounts.models import Area
from accounts.operators import Operator
from audit.database import execute
from bags.models import Scan
from bags.scanning.results import SUCCESS
from billing.models import Bill
from monitoring.statistics import folding

DEVICES_SHOWN = 20

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


@dataclass(slots=True)
class Work:
    """Scans of today by one operator on sacks of one area: by hour (0 to 23) and by result code."""

    hours: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)

    @property
    def scans(self) -> int:
        return self.codes.total()

    @property
    def accepted(self) -> int:
        return sum(self.codes[code.value] for code in SUCCESS)


@dataclass(slots=True)
class Numbers:
    """The cache, read: bags by area and kind or state, bills by state, today's work by area and operator.

    Where a scan concerned no sack, its area is the operator's own. `as_of` is the moment up to which
    everything is counted; `is_late` says that nobody has folded for a while; `hour` is the present one.
    """

    as_of: datetime
    is_late: bool
    hour: int
    bags: dict[str, Counter[str]] = field(default_factory=dict)
    bills: Counter[str] = field(default_factory=Counter)
    work: dict[tuple[str, int], Work] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


def read_numbers() -> Numbers:
    """The whole cache, in one statement."""
    told, now, as_of, is_late, users = execute(_READ, folding.zone())[0]
    people = {int(key): value for key, value in orjson.loads(users or "{}").items()}
    day, _, hour = now.partition("T")
    read = Numbers(as_of, is_late, int(hour), names={key: name for key, (name, _area) in people.items()})
    for key, amount in orjson.loads(told or "{}").items():
        what, *facts = key.split("|")
        if what == "bags":
            read.bags.setdefault(facts[0], Counter())[facts[1]] = amount
        elif what == "bills":
            read.bills[facts[0]] = amount
        elif facts[0].startswith(day):
            operator = int(facts[-1])
            area = facts[-2] or people[operator][1]
            work = read.work.setdefault((area, operator), Work())
            if what == "hour":
                work.hours[int(facts[0][-2:])] += amount
            else:
                work.codes[facts[1]] += amount
    return read


def dashboard_numbers(viewer: Operator) -> dict[str, Any]:
    """What `viewer` may see: everything, or the own area (bags, scans, devices) and only the own pace.

    Bills by state and open conflicts for those who may see bills, else None. "Today" is the day in the
    setting TIME_ZONE. `late` says that the numbers stand still since `as_of`.
    """
    read = read_numbers()
    work = {key: done for key, done in read.work.items() if viewer.sees_all or key[0] == viewer.area}
    bags = sum((read.bags.get(area, Counter()) for area in _areas_of(viewer, read)), Counter())
    codes = sum((done.codes for done in work.values()), Counter())
    accepted = sum(done.accepted for done in work.values())
    own = {key: done for key, done in read.work.items() if key[1] == viewer.id}
    return {
        "bags_parents": bags["open"] + bags["closed"],
        "bags_children": bags["child"],
        "open_parents": bags["open"],
        "scans_today": codes.total(),
        "accepted_today": accepted,
        "refused_today": codes.total() - accepted,
        "bills_by_state": _bills(read) if viewer.may_bill else None,
        "open_conflicts": Scan.objects.open_conflicts().count() if viewer.may_bill else None,
        "hours": _by_hour(work.values(), read.hour),
        "areas": _areas(viewer, read, work),
        "refusals": _refusals(codes),
        "operators": _pace(work if viewer.sees_all else own, read),
        **_waiting_devices(viewer),
        "as_of": read.as_of,
        "late": read.is_late,
    }


def _areas_of(viewer: Operator, read: Numbers) -> list[str]:
    return list(read.bags) if viewer.sees_all else [viewer.area or "no area"]


def _bills(read: Numbers) -> dict[str, int]:
    return {state: read.bills[state] for state in Bill.State.values}


def _by_hour(done: Iterable[Work], now: int) -> list[dict[str, int]]:
    """Scans from the first hour that has some up to the present one."""
    hours = sum((one.hours for one in done), Counter())
    return [{"hour": hour, "scans": hours[hour]} for hour in range(min(hours, default=now), now + 1)]


def _areas(viewer: Operator, read: Numbers, work: dict[tuple[str, int], Work]) -> list[dict[str, Any]]:
    """Each area that has an open sack or scans of today; the scans that belong to none come last."""
    names = dict(Area.objects.values_list("slug", "name"))
    first = min((hour for done in work.values() for hour in done.hours), default=read.hour)
    told = []
    for slug in [*names, ""] if viewer.sees_all else [viewer.area or ""]:
        hours = sum((done.hours for (area, _), done in work.items() if area == slug), Counter())
        sacks = read.bags.get(slug, Counter())["open"]
        if hours or sacks:
            told.append(
                {
                    "area": slug or None,
                    "name": names.get(slug),
                    "open_parents": sacks,
                    "scans_today": hours.total(),
                    "hours": [hours[hour] for hour in range(first, read.hour + 1)],
                }
            )
    return told


def _refusals(codes: Counter[str]) -> list[dict[str, Any]]:
    """Scans that were not accepted, by result code, most frequent first."""
    accepted = {code.value for code in SUCCESS}
    return [{"code": code, "scans": n} for code, n in codes.most_common() if code not in accepted]


def _pace(work: dict[tuple[str, int], Work], read: Numbers) -> list[dict[str, Any]]:
    """Operators with scans of today, the busiest first. `pace` is scans in each hour that had one."""
    by_operator: dict[int, Work] = {}
    for (_area, operator), done in work.items():
        sums = by_operator.setdefault(operator, Work())
        sums.hours.update(done.hours)
        sums.codes.update(done.codes)
    told = [
        {
            "operator": read.names[operator],
            "scans": done.scans,
            "refused": done.scans - done.accepted,
            "this_hour": done.hours[read.hour],
            "pace": round(done.scans / max(1, len(done.hours))),
        }
        for operator, done in by_operator.items()
    ]
    return sorted(told, key=lambda row: (-row["scans"], row["operator"]))


def _waiting_devices(viewer: Operator) -> dict[str, Any]:
    """Devices that told of scans not sent yet, up to DEVICES_SHOWN, most scans first; and all these scans."""
    area = None if viewer.sees_all else viewer.area or "no area"
    rows = execute(_WAITING, {"area": area, "limit": DEVICES_SHOWN})
    devices = [
        {"device": str(device)[:8], "operator": name, "unsent": unsent or 0, "attention": attention or 0}
        for device, name, unsent, attention, _sum in rows
    ]
    return {"unsent_scans": int(rows[0][-1] or 0) if rows else 0, "waiting_devices": devices}
