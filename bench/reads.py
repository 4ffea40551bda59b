"""Lists, search, bag page, bill page, dashboard numbers: one client, and how often many may be asked."""

import base64
import random
import uuid
from collections.abc import Callable

from django.db import connection

from accounts.models import User
from accounts.operators import Operator
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bench.database import Person, owner
from billing.services import create_bill

BILL = "BENCH-500"
SACKS_ON_BILL = 500


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


def rows(sacks: int) -> list[tuple[str, float, Callable[[], str]]]:
    """What is asked: its name, the p95 asked for in ms, and a path that is another one each time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), max(id) FROM bags_bag")
        first, last = cursor.fetchone()

    def any_place() -> str:
        return (
            base64.urlsafe_b64encode(f"id {random.randint(first + 100, last)}".encode()).decode().rstrip("=")
        )

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
        ("record of scans, first page", 20, lambda: "/api/v1/scans"),
        ("bag as JSON", 20, lambda: f"/api/v1/bags/{any_sack()}"),
        ("bag page", 20, lambda: f"/bags/{any_sack()}/"),
        ("bill of 500 sacks as JSON", 60, lambda: f"/api/v1/bills/{BILL}"),
        ("bill page of 500 sacks", 60, lambda: f"/bills/{BILL}/"),
    ]
