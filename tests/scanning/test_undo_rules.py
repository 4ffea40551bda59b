"""Undo and taking out, by the pure rules: each reason against it alone, and the first of two."""

import itertools
from datetime import timedelta

import pytest

from bags.scanning.floor import Earlier, Link, Moment
from bags.scanning.results import UNDOABLE, Result
from bags.scanning.undoing import UNDO_RULES, undo
from tests.scanning.world import (
    HOUR,
    KAVYA,
    NOW,
    World,
    child_out_of_sight,
    leaves_a_completed_bill,
    leaves_a_live_bill,
    not_the_own_scan,
    nothing,
    target_on_a_bill,
    too_long_ago,
    unreadable,
    without_area,
)


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


@pytest.mark.parametrize("code", sorted(set(Result) - UNDOABLE))
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
