"""A warehouse floor in memory, and the conditions under which a scan is refused. No database."""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from bags.scanning.floor import Child, Floor, Link, Parent, ProductFacts
from bags.scanning.rules import MODES, Case, Pull, Rights, judge
from bags.scanning.undoing import take_out
from billing.scanning import BillFacts, BillScanning

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RAVI = Rights(operator_id=1, sees_all=False, may_bill=False, area="lucknow")
NOBODY = Rights(operator_id=9, sees_all=False, may_bill=False, area=None)
KAVYA = Rights(operator_id=5, sees_all=True, may_bill=True, area=None)
MUSTARD = ProductFacts(id=1, name="mustard", prefix="SB", digits=5, limit=3, kg_per_child=Decimal("1.5"))


class World:
    """One case in the making: what is scanned, by whom, and the floor; conditions change it."""

    def __init__(self, mode="pack", **pull):
        self.pull = {"raw": "7000001", "parent": "SB00001", "bill": "B-1", **pull}
        self.mode, self.rights = mode, RAVI
        self.floor = Floor({"mustard": MUSTARD}, {}, itertools.count(100), itertools.count(100))
        self.target = self.parent("SB00001", count=1)
        self.bills = {"B-1": BillFacts(1, "B-1", "processing", None, 1)}
        self.lines = {}

    def parent(self, code, **facts):
        bag = Parent(
            id=next(self.floor.bag_ids),
            code=code,
            product=MUSTARD,
            limit=3,
            area=facts.pop("area", "lucknow"),
            **facts,
        )
        self.floor.bags[code] = bag
        return bag

    def child(self, code="7000001", *, inside=None, by_id=1, since=NOW, lot="", area="lucknow"):
        bag = self.floor.bags.get(code)
        if bag is None:
            bag = Child(id=next(self.floor.bag_ids), code=code, area=area)
            self.floor.bags[code] = bag
        bag.lot = bag.lot or lot
        if inside:
            bag.link = Link(id=1, parent=inside, since=since, by="ravi", by_id=by_id, scan_id=70)
        return bag

    def case(self, **pull):
        made = Pull(key=uuid.uuid4(), mode=self.mode, **{**self.pull, **pull})
        return Case(pull=made, floor=self.floor, rights=self.rights, now=NOW, undo_window=HOUR)

    def verdict(self, **pull):
        if self.mode in BillScanning.modes:
            extension = BillScanning()
            extension.bills, extension.lines = self.bills, self.lines
            return judge(self.case(**pull), extension.judge)
        if self.mode == "unlink":
            return take_out(self.case(**pull))
        return judge(self.case(**pull), MODES[self.mode])


def elsewhere(world, **facts):
    """The packet sits in SB00002."""
    facts = {"area": "lucknow", "count": 1, **facts}
    return world.floor.bags.get("SB00002") or world.parent("SB00002", **facts)


# Conditions: each changes a world so that its own code is the answer, unless an earlier one holds too.


def unreadable(world):
    world.pull["raw"] = "?!"


def without_area(world):
    world.rights = NOBODY


def no_parent_named(world):
    world.pull["parent"] = None


def parent_not_registered(world):
    world.pull["parent"] = "SB99999"


def parent_out_of_sight(world):
    world.target.area = "indore"


def child_out_of_sight(world):
    world.child().area = "indore"


def parent_is_a_child(world):
    world.child("8000001")
    world.pull["parent"] = "8000001"


def other_lot(world):
    world.child(lot="MST-1")
    if world.pull["raw"] == "7000001":
        world.pull["raw"] = "LABEL NO.7000001 LOT NO.:MST-2"


def inside_already(world):
    world.child(inside=world.target)


def inside_another(world):
    if world.child().link is None:
        world.child(inside=elsewhere(world))


def target_on_a_bill(world):
    world.target.held_by, world.target.state = "B-1", "closed"


def target_full(world):
    world.target.count, world.target.state = 3, "closed"


def target_closed(world):
    world.target.state = "closed"


def nothing_inside(world):
    world.target.count = 0


def leaves_a_completed_bill(world):
    inside_another(world)
    home = world.child().link.parent
    home.state, home.held_by, home.held_final = "closed", "B-2", True


def not_the_own_scan(world):
    inside_another(world)
    world.child().link.by_id = 2


def too_long_ago(world):
    inside_another(world)
    world.child().link.since = NOW - HOUR - timedelta(microseconds=1)


def leaves_a_live_bill(world):
    inside_another(world)
    home = world.child().link.parent
    home.state, home.held_by = "closed", "B-2"


def nothing(_world):
    pass
