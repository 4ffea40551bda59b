"""manage.py make_data: a year of work, made through the real door."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from bags.models import Bag, Scan
from billing.models import Bill


def make(parents, children, **more):
    call_command("make_data", parents=parents, children=children, **more)


def test_just_so_many_bags_and_every_promise_holds(people, holds):
    make(60, 1200)
    parents = Bag.objects.parents()
    assert (parents.count(), Bag.objects.filter(kind="child").count()) == (60, 1200)
    assert sum(parents.values_list("child_count", flat=True)) == 1200
    holds()


def test_it_looks_like_a_year_of_work(people):
    make(400, 9000)
    codes = set(Scan.objects.values_list("code", flat=True))
    assert codes >= {"parent_opened", "linked", "linked_last", "closed", "already_here", "undone", "billed"}
    times = Scan.objects.order_by("received_at").values_list("received_at", flat=True)
    assert times.last() - times.first() > timedelta(days=300)
    assert times.last() < timezone.now()
    assert Bill.objects.filter(state="completed").exists()
    assert Bag.objects.parents().filter(state="closed", child_count__lt=30, product__name="mustard").exists()


def test_the_same_seed_again_adds_as_many_more(people, holds):
    make(20, 300, seed=7)
    make(20, 300, seed=7)
    assert Bag.objects.parents().count() == 40
    holds()


@pytest.mark.parametrize(("parents", "children"), [(200_000, 10), (10, 301)])
def test_more_than_there_is_room_for_is_refused_whole(people, parents, children):
    with pytest.raises(CommandError, match=r"There is room for .* Nothing was made"):
        make(parents, children)
    assert not Bag.objects.exists()


@pytest.mark.parametrize(("parents", "children"), [(0, 10), (5, -1)])
def test_numbers_that_mean_nothing(people, parents, children):
    with pytest.raises(CommandError, match="Nothing was made"):
        make(parents, children)
