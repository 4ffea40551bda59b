"""Lists, search, bag page, bill page, dashboard numbers: one client, and how often many may be asked."""

import base64
import random
import uuid
from collections.abc import Callable
from uuid import UUID

from django.db import connection

from accounts.models import User
from accounts.operators import Operator
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bench.database import Person, owner
from billing.services import create_bill

BILL = "BENCH-500"
SACKS_ON_BILL = 500
# Whoever filled the database (bench.database.sign_in_people).
OPERATOR, DEVICE = "bench-dispatcher-000", UUID(int=0x4000_8000_0000_0000_0000)


def prepare(biller: Person) -> None:
    """A live bill of 500 sacks, made through the same services as real ones."""
    by = Operator.of(User.objects.get(pk=biller.id))
    create_bill(number=BILL, by=by)
    pulls = [
        Pull(key=uuid.uuid4(), mode="bill", raw=f"BY-{number:09}", bill=BILL)
        for number in range(1, SACKS_ON_BILL + 1)
    ]
    told = process(pulls=pulls, operator=by, device=None)
    if any(answer["code"] != "billed" for answer in told):
        raise ValueError(f"The bill for the bench was not filled: {told[0]}")
    with owner() as by_owner:
        by_owner.execute("VACUUM ANALYZE")


def _any_id(table: str) -> Callable[[], int]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT min(id), max(id) FROM {table}")  # noqa: S608 - our own two
        first, last = cursor.fetchone()
    return lambda: random.randint(first + 100, last)


def _cursor(*words: str) -> str:
    return base64.urlsafe_b64encode(" ".join(["id", *words]).encode()).decode().rstrip("=")


def rows(sacks: int) -> list[tuple[str, float, Callable[[], str]]]:
    """What is asked: its name, the p95 asked for in ms, and a path that is another one each time."""
    any_bag, any_scan = _any_id("bags_bag"), _any_id("bags_scan")

    def any_place() -> str:
        return _cursor(str(any_bag()))

    def scans_from_any_place() -> str:
        return f"/api/v1/scans?after={_cursor(str(any_scan()))}"

    def any_sack() -> str:
        return f"BY-{random.randint(1, sacks):09}"

    return [
        ("dashboard numbers", 15, lambda: "/api/v1/stats"),
        ("bag list, first page", 20, lambda: "/api/v1/bags"),
        ("bag list, any depth", 20, lambda: f"/api/v1/bags?after={any_place()}"),
        ("bag list of an area, any depth", 20, lambda: f"/api/v1/bags?area=lucknow&after={any_place()}"),
        ("open sacks", 20, lambda: "/api/v1/bags?kind=parent&state=open"),
        ("search, a full code", 40, lambda: f"/api/v1/bags?q={any_sack()}"),
        ("search, the widest prefix (BY-)", 40, lambda: "/api/v1/bags?q=BY-"),
        ("search, 3 digits", 40, lambda: f"/api/v1/bags?q={random.randint(0, 5):03}"),
        ("search, nothing fits", 40, lambda: f"/api/v1/bags?q=ZZZ{random.randint(1, 9)}"),
        ("search, only special signs", 40, lambda: "/api/v1/bags?q=%25%25%25"),
        ("search, only far back (BY-00000)", 40, lambda: "/api/v1/bags?q=BY-00000"),
        ("search, only among the oldest packets", 40, lambda: "/api/v1/bags?q=000000"),
        ("search field, a full code", 40, lambda: f"/api/v1/search?q={any_sack()}"),
        ("search field, a part", 40, lambda: f"/api/v1/search?q={random.randint(0, 5):03}"),
        ("bags that are linked to nothing", 20, lambda: "/api/v1/bags?linked=false"),
        ("sacks on no bill, any depth", 20, lambda: f"/api/v1/bags?billed=false&after={any_place()}"),
        ("record of scans, first page", 20, lambda: "/api/v1/scans"),
        ("record of scans, any depth", 20, scans_from_any_place),
        ("an operator's scans, any depth", 20, lambda: f"{scans_from_any_place()}&operator={OPERATOR}"),
        ("a device's scans, any depth", 20, lambda: f"{scans_from_any_place()}&device={DEVICE}"),
        ("refused scans, any depth", 20, lambda: f"{scans_from_any_place()}&code=unreadable"),
        ("scans of a stretch of time", 20, lambda: "/api/v1/scans?from=2020-01-01&to=2031-01-01"),
        ("Django admin: bags", 100, lambda: "/admin/bags/bag/"),
        ("Django admin: scans", 100, lambda: "/admin/bags/scan/"),
        ("Django admin: links of a sack", 100, lambda: f"/admin/bags/link/?q={any_sack()}"),
        ("bag as JSON", 20, lambda: f"/api/v1/bags/{any_sack()}"),
        ("bag page", 20, lambda: f"/bags/{any_sack()}/"),
        ("bill of 500 sacks as JSON", 60, lambda: f"/api/v1/bills/{BILL}"),
        ("bill page of 500 sacks", 60, lambda: f"/bills/{BILL}/"),
    ]
