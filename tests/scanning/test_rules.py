"""domain.md's lists of result codes against the pure rules: no database, the whole floor in memory.

Each list is written as conditions in its order. Every condition alone gives its own code; of two that hold
together, the earlier one decides.
"""

import itertools
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bags.scanning.floor import Child, Earlier, Floor, Link, Moment, Parent, ProductFacts
from bags.scanning.results import CONFLICTING, Result, severity
from bags.scanning.rules import MODES, Case, Pull, Rights, judge
from bags.scanning.undoing import UNDO_RULES, take_out, undo
from billing.scanning import BillFacts, BillScanning, LineFacts

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
    other = world.floor.bags.get("SB00002") or world.parent("SB00002", **facts)
    return other


# Conditions: each changes a world so that its code is the answer unless an earlier one holds too.


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


PACK_CHILD = [
    (unreadable, "unreadable"),
    (without_area, "not_allowed"),
    (no_parent_named, "need_parent"),
    (parent_not_registered, "unknown"),
    (parent_out_of_sight, "unknown"),
    (child_out_of_sight, "unknown"),
    (parent_is_a_child, "wrong_kind"),
    (other_lot, "lot_differs"),
    (inside_already, "already_here"),
    (inside_another, "in_other_parent"),
    (target_on_a_bill, "parent_billed"),
    (target_full, "parent_full"),
    (target_closed, "parent_closed"),
    (nothing, "linked"),
]
MOVE = [line for line in PACK_CHILD if line[0] not in (inside_another, nothing)] + [
    (leaves_a_completed_bill, "bill_final"),
    (not_the_own_scan, "not_allowed"),
    (too_long_ago, "not_allowed"),
    (leaves_a_live_bill, "not_allowed"),
    (inside_another, "moved"),
]
OPEN_PARENT = [
    (unreadable, "unreadable"),
    (without_area, "not_allowed"),
    (parent_out_of_sight, "unknown"),
    (target_on_a_bill, "parent_billed"),
    (target_full, "parent_full"),
    (target_closed, "parent_closed"),
    (nothing, "parent_opened"),
]
CLOSE = [
    (no_parent_named, "need_parent"),
    (parent_not_registered, "unknown"),
    (parent_out_of_sight, "unknown"),
    (target_on_a_bill, "parent_billed"),
    (target_closed, "parent_closed"),
    (nothing_inside, "parent_empty"),
    (nothing, "closed"),
]


def not_a_biller(world):
    world.rights = RAVI


def bill_not_registered(world):
    world.pull["bill"] = "B-9"


def bill_not_named(world):
    world.pull["bill"] = None


def bag_not_registered(world):
    world.pull["raw"] = "SB77777"


def bag_is_a_child(world):
    world.child("8000001")
    world.pull["raw"] = "8000001"


def bill_completed(world):
    world.bills["B-1"].state = "completed"


def bill_cancelled(world):
    world.bills["B-1"].state = "cancelled"


def on_this_bill(world):
    world.target.held_by, world.target.state = "B-1", "closed"
    world.lines[world.target.id] = LineFacts(1, 1, 80, NOW, "kavya")


def on_another_bill(world):
    world.target.held_by, world.target.state = "B-2", "closed"
    world.lines[world.target.id] = LineFacts(1, 2, 80, NOW, "asha")


BILL = [
    (unreadable, "unreadable"),
    (not_a_biller, "not_allowed"),
    (without_area, "not_allowed"),
    (bill_not_registered, "unknown"),
    (bill_not_named, "unknown"),
    (bag_not_registered, "unknown"),
    (bag_is_a_child, "wrong_kind"),
    (bill_completed, "bill_final"),
    (bill_cancelled, "bill_final"),
    (on_this_bill, "already_billed_here"),
    (on_another_bill, "on_other_bill"),
    (nothing_inside, "parent_empty"),
    (nothing, "billed"),
]
UNBILL = [line for line in BILL[:9]] + [
    (nothing, "not_on_bill"),
    (on_another_bill, "not_on_bill"),
    (on_this_bill, "unbilled"),
]
LISTS = {
    "pack": (PACK_CHILD, lambda: World("pack")),
    "move": (MOVE, lambda: World("move")),
    "open": (OPEN_PARENT, lambda: World("pack", raw="SB00001", parent=None)),
    "close": (CLOSE, lambda: World("close", raw="")),
    "bill": (BILL, lambda: biller("bill")),
    "unbill": (UNBILL, lambda: biller("unbill")),
}
# Two that cannot hold together: they set the same thing to different values.
SAME_THING = [
    {no_parent_named, parent_not_registered, parent_is_a_child},
    {not_a_biller, without_area},
    {bill_not_registered, bill_not_named},
    {unreadable, bag_not_registered, bag_is_a_child},
    {bill_completed, bill_cancelled},
    {on_this_bill, on_another_bill},
    {target_full, nothing_inside},
    # The packet sits in the target or in another sack.
    {inside_already, inside_another},
    *({inside_already, leaving} for leaving in (leaves_a_completed_bill, leaves_a_live_bill)),
    {inside_already, not_the_own_scan},
    {inside_already, too_long_ago},
    # A packet that is not registered, or not at all named, has no lot to differ.
    {unreadable, other_lot},
]


def biller(mode):
    world = World(mode, raw="SB00001", parent=None)
    world.rights = KAVYA
    return world


def pairs(name):
    conditions = [line for line in LISTS[name][0] if line[0] is not nothing]
    for (first, code), (second, other) in itertools.combinations(conditions, 2):
        if code != other and not any({first, second} <= same for same in SAME_THING):
            yield pytest.param(name, first, second, code, id=f"{name}-{first.__name__}-{second.__name__}")


@pytest.mark.parametrize(
    ("name", "condition", "code"),
    [pytest.param(name, *line, id=f"{name}-{line[0].__name__}") for name in LISTS for line in LISTS[name][0]],
)
def test_each_condition_alone_gives_its_code(name, condition, code):
    world = LISTS[name][1]()
    condition(world)
    verdict = world.verdict()
    assert verdict.code == code
    assert bool(verdict.effects) == (severity(verdict.code) == "success" and code != "parent_opened")


@pytest.mark.parametrize(
    ("name", "first", "second", "code"), [pair for name in LISTS for pair in pairs(name)]
)
def test_the_first_that_fits_decides(name, first, second, code):
    for order in ((first, second), (second, first)):
        world = LISTS[name][1]()
        for condition in order:
            condition(world)
        assert world.verdict().code == code


@pytest.mark.parametrize(
    ("name", "condition", "code"),
    [pytest.param(name, *line, id=f"{name}-{line[0].__name__}") for name in LISTS for line in LISTS[name][0]],
)
def test_offline_what_cannot_be_applied_any_more_is_a_conflict(name, condition, code):
    world = LISTS[name][1]()
    condition(world)
    online, offline = world.verdict(), world.verdict(offline=True)
    kept = {
        "in_other_parent",
        "parent_billed",
        "parent_full",
        "parent_closed",
        "lot_differs",
        "on_other_bill",
        "bill_final",
    }
    if code in kept:
        assert (offline.code, offline.reason_code, offline.effects) == ("conflict", code, ())
        assert (offline.bag, offline.parent, offline.explain) == (online.bag, online.parent, online.explain)
    else:
        assert (offline.code, offline.reason_code) == (online.code, None)


def test_conflicting_is_what_domain_says():
    assert len(CONFLICTING) == 7


def test_a_biller_is_bound_by_no_area_and_no_hour():
    for condition in (not_the_own_scan, too_long_ago, leaves_a_live_bill, parent_out_of_sight):
        world = World("move")
        inside_another(world)
        condition(world)
        world.rights = KAVYA
        assert world.verdict().code == "moved"
    world = World("move")
    leaves_a_completed_bill(world)
    world.rights = KAVYA
    assert world.verdict().code == "bill_final"


def test_the_own_scan_may_be_moved_to_the_last_moment_of_the_hour():
    world = World("move")
    world.child(inside=elsewhere(world), since=NOW - HOUR)
    assert world.verdict().code == "moved"


@pytest.mark.parametrize("mode", ["pack", "move"])
def test_the_last_child_closes(mode):
    world = World(mode)
    world.target.count = 2
    verdict = world.verdict()
    assert verdict.code == "linked_last"
    world.floor.apply(verdict.effects, Moment(71, NOW, "ravi", 1))
    assert (world.target.count, world.target.state, world.target.closed_by_scan) == (3, "closed", 71)
    assert world.target.weight_kg == Decimal("4.5")


def test_a_move_frees_a_place_in_a_full_sack_and_may_fill_another():
    world = World("move")
    world.target.count = 2
    home = elsewhere(world, count=3, state="closed")
    world.child(inside=home)
    verdict = world.verdict()
    assert verdict.code == "moved"
    world.floor.apply(verdict.effects, Moment(71, NOW, "ravi", 1))
    assert (home.count, home.state) == (2, "open")
    assert (world.target.count, world.target.state) == (3, "closed")


def test_a_move_off_a_live_bill_leaves_the_parent_closed():
    world = World("move")
    leaves_a_live_bill(world)
    world.rights = KAVYA
    home = world.child().link.parent
    world.floor.apply(world.verdict().effects, Moment(71, NOW, "kavya", 5))
    assert (home.count, home.state, home.held_by) == (0, "closed", "B-2")


def test_a_child_in_a_hidden_parent_is_hidden_too():
    world = World("pack")
    world.child(inside=elsewhere(world, area="indore"))
    assert world.verdict().code == "unknown"
    assert world.verdict().explain is None


@pytest.mark.parametrize("mode", ["pack", "move", "lookup"])
def test_nothing_is_told_to_a_dispatcher_without_an_area(mode):
    for raw in ("7000001", "SB00001", "SB77777"):
        world = World(mode, raw=raw)
        world.child(inside=world.target)
        world.rights = NOBODY
        verdict = world.verdict()
        assert (verdict.code, verdict.bag, verdict.parent) == ("not_allowed", None, None)


LOOKUPS = [
    ("unreadable", RAVI, "?!"),
    ("not_allowed", NOBODY, "7000001"),
    ("unknown", RAVI, "7000009"),
    ("unknown", RAVI, "SB00009"),
    ("unknown", RAVI, "8000001"),
    ("looked_up", RAVI, "7000001"),
    ("looked_up", RAVI, "sb00001"),
    ("looked_up", KAVYA, "8000001"),
]


@pytest.mark.parametrize(("code", "rights", "raw"), LOOKUPS)
def test_lookup(code, rights, raw):
    world = World("lookup", raw=raw)
    world.child(inside=world.target)
    world.child("8000001", area="indore")
    world.rights = rights
    verdict = world.verdict()
    assert (verdict.code, verdict.effects) == (code, ())


# Taking out by code


def child_not_registered(world):
    world.floor.bags.pop("7000001", None)


def is_a_parent(world):
    world.pull["raw"] = "SB00001"


def loose(world):
    world.child().link = None


TAKE_OUT = [
    (unreadable, "unreadable"),
    (without_area, "not_allowed"),
    (child_not_registered, "unknown"),
    (child_out_of_sight, "unknown"),
    (is_a_parent, "wrong_kind"),
    (loose, "nothing_to_undo"),
    (leaves_a_completed_bill, "bill_final"),
    (not_the_own_scan, "not_allowed"),
    (too_long_ago, "not_allowed"),
    (nothing, "undone"),
]


@pytest.mark.parametrize(("condition", "code"), TAKE_OUT)
def test_taking_out_by_code(condition, code):
    world = World("unlink")
    world.child(inside=world.target)
    condition(world)
    verdict = world.verdict()
    assert verdict.code == code
    assert bool(verdict.effects) == (code == "undone")


@pytest.mark.parametrize("condition", [not_the_own_scan, too_long_ago, leaves_a_live_bill])
def test_a_biller_takes_out_anything_not_on_a_completed_bill(condition):
    world = World("unlink")
    world.child(inside=world.target)
    condition(world)
    world.rights = KAVYA
    assert world.verdict().code == "undone"


# Undo


class UndoWorld(World):
    def __init__(self, code="linked"):
        super().__init__("undo")
        child = self.child(inside=self.target)
        self.earlier = Earlier(
            id=70, code=code, operator_id=1, received_at=NOW, bag=child, parent=self.target, bill=""
        )

    def verdict(self, **pull):
        return undo(self.case(**pull), self.earlier, UNDO_RULES)


def no_such_scan(world):
    world.earlier = None


def of_another(world):
    if world.earlier:
        world.earlier.operator_id = 2


def hour_is_over(world):
    if world.earlier:
        world.earlier.received_at = NOW - HOUR - timedelta(microseconds=1)


def on_a_completed_bill(world):
    world.target.state, world.target.held_by, world.target.held_final = "closed", "B-1", True


def undone_before(world):
    if world.earlier:
        world.earlier.is_undone = True


def moved_on(world):
    world.child().link.scan_id = 71


def taken_out(world):
    world.child().link = None


UNDO = [
    (no_such_scan, "nothing_to_undo"),
    (of_another, "undo_not_yours"),
    (hour_is_over, "undo_too_late"),
    (on_a_completed_bill, "bill_final"),
    (undone_before, "undo_superseded"),
    (moved_on, "undo_superseded"),
    (taken_out, "undo_superseded"),
]


@pytest.mark.parametrize(("condition", "code"), [*UNDO, (nothing, "undone")])
def test_undo(condition, code):
    world = UndoWorld()
    condition(world)
    assert world.verdict().code == code
    assert bool(world.verdict().effects) == (code == "undone")


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        (first, second, code)
        for (first, code), (second, other) in itertools.combinations(UNDO, 2)
        if code != other and {first, second} != {moved_on, taken_out}
    ],
)
def test_of_two_reasons_against_an_undo_the_first_decides(first, second, code):
    world = UndoWorld()
    second(world)
    first(world)
    assert world.verdict().code == code


@pytest.mark.parametrize("code", set(Result) - {"linked", "linked_last", "moved", "closed", "billed"})
def test_what_is_not_on_the_list_cannot_be_undone(code):
    assert UndoWorld(code).verdict().code == "nothing_to_undo"


def test_undo_to_the_last_moment_of_the_hour():
    world = UndoWorld()
    world.earlier.received_at = NOW - HOUR
    assert world.verdict().code == "undone"


def test_undo_on_a_live_bill_leaves_the_parent_closed():
    world = UndoWorld()
    target_on_a_bill(world)
    world.floor.apply(world.verdict().effects, Moment(71, NOW, "ravi", 1))
    assert (world.target.count, world.target.state, world.target.held_by) == (0, "closed", "B-1")
    assert set(world.floor.taken_back) == {70}


def test_undo_of_the_last_child_opens_the_parent():
    world = UndoWorld("linked_last")
    world.target.count, world.target.state, world.target.closed_by_scan = 3, "closed", 70
    world.floor.apply(world.verdict().effects, Moment(71, NOW, "ravi", 1))
    assert (world.target.count, world.target.state, world.target.closed_by_scan) == (2, "open", None)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"count": 1}, "undone"),
        ({"count": 2}, "undone"),
        ({"count": 3, "state": "closed"}, "undo_superseded"),
        ({"count": 1, "state": "closed"}, "undo_superseded"),
        ({"count": 1, "state": "closed", "held_by": "B-2"}, "undo_superseded"),
        ({"count": 1, "state": "closed", "held_by": "B-2", "held_final": True}, "bill_final"),
    ],
)
def test_undo_of_a_move_needs_room_at_home(facts, code):
    world = UndoWorld("moved")
    home = world.parent("SB00002", **facts)
    world.earlier.came_from = Link(id=2, parent=home, since=NOW, by="meena", by_id=2, scan_id=60)
    verdict = world.verdict()
    assert verdict.code == code
    if code == "undone":
        world.floor.apply(verdict.effects, Moment(71, NOW, "ravi", 1))
        link = world.child().link
        assert (link.parent, link.scan_id, link.by, link.by_id) == (home, 60, "meena", 2)
        assert (home.count, home.is_closed) == (facts["count"] + 1, facts["count"] == 2)
        assert world.target.count == 0


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"state": "closed", "closed_by_scan": 70}, "undone"),
        ({"state": "open"}, "undo_superseded"),
        ({"state": "closed", "closed_by_scan": 75}, "undo_superseded"),
        ({"state": "closed", "closed_by_scan": 70, "held_by": "B-1"}, "undo_superseded"),
    ],
)
def test_undo_of_done(facts, code):
    world = UndoWorld("closed")
    for name, value in facts.items():
        setattr(world.target, name, value)
    assert world.verdict().code == code


# Severity, as domain.md's table has it

SEVERITY = {
    "success": "parent_opened linked linked_last closed moved billed unbilled looked_up undone",
    "notice": "already_here already_billed_here",
    "attention": "need_parent in_other_parent conflict",
}


def test_severity():
    told = {code: level for level, codes in SEVERITY.items() for code in codes.split()}
    assert {str(code): severity(code) for code in Result} == {
        str(code): told.get(str(code), "block") for code in Result
    }
