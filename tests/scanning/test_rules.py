"""domain.md's lists of result codes against the pure rules: no database, the whole floor in memory.

Each list is written as conditions in its order. Every condition alone gives its own code; of two that hold
together, the earlier one decides.
"""

import itertools
from decimal import Decimal

import pytest

from bags.scanning.floor import Moment
from bags.scanning.results import Result, severity
from billing.scanning import LineFacts
from tests.scanning.world import (
    HOUR,
    KAVYA,
    NOBODY,
    NOW,
    RAVI,
    World,
    child_out_of_sight,
    elsewhere,
    inside_already,
    inside_another,
    leaves_a_completed_bill,
    leaves_a_live_bill,
    no_parent_named,
    not_the_own_scan,
    nothing,
    nothing_inside,
    other_lot,
    parent_is_a_child,
    parent_not_registered,
    parent_out_of_sight,
    target_closed,
    target_full,
    target_on_a_bill,
    too_long_ago,
    unreadable,
    without_area,
)

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
UNBILL = [
    *BILL[:9],
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
    {parent_out_of_sight, parent_is_a_child},
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
        assert (offline.code, offline.reason_code) == ("conflict", code)
        assert {effect.parent for effect in offline.effects} == doubted(world)
        assert (offline.bag, offline.parent, offline.explain) == (online.bag, online.parent, online.explain)
    else:
        assert (offline.code, offline.reason_code) == (online.code, None)


def doubted(world):
    """The sack that a packet was put into by hand, and the one that it is recorded in."""
    if world.mode not in ("pack", "move") or world.pull["raw"] == "SB00001":
        return set()
    packet = world.floor.bags.get("7000001")
    return {world.target} | ({packet.link.parent} if packet and packet.link else set())


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


# Severity, as domain.md's table has it, and the codes of returns

SEVERITY = {
    "success": "parent_opened linked linked_last closed moved billed unbilled returned unreturned "
    "looked_up recount_opened counted undone",
    "notice": "already_here already_billed_here already_returned_here already_counted",
    "attention": "need_parent in_other_parent conflict",
}


def test_severity():
    told = {code: level for level, codes in SEVERITY.items() for code in codes.split()}
    assert {str(code): severity(code) for code in Result} == {
        str(code): told.get(str(code), "block") for code in Result
    }
