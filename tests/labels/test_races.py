"""Two who reserve or print at once; each with twins that go without what protects it."""

import uuid

import pytest
from django.db import IntegrityError

from bags.labels import printing, reserving
from bags.labels.models import LabelPrint, LabelRange
from bags.labels.refusal import LabelsRefused
from bags.models import Product
from tests.owner import owner
from tests.scanning.racing import MeetingPoint, together

pytestmark = pytest.mark.django_db(transaction=True)


def told(results):
    """What each of them got, in any order."""
    return sorted(
        result.code if isinstance(result, LabelsRefused) else type(result).__name__ for result in results
    )


@pytest.fixture
def without_the_products_lock(monkeypatch):
    """Both know which number is next before one of them writes."""
    point, asked = MeetingPoint(2), reserving.next_number

    def meeting(product):
        number = asked(product)
        point.meet()
        return number

    monkeypatch.setattr(reserving, "_lock_product", lambda name: Product.objects.get(name=name))
    monkeypatch.setattr(reserving, "next_number", meeting)


@pytest.fixture
def without_the_constraint():
    """The rows that it would refuse are gone before it comes back."""
    with owner() as by_owner:
        (definition,) = by_owner.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'label_numbers_once'"
        ).fetchone()
        by_owner.execute("ALTER TABLE bags_labelrange DROP CONSTRAINT label_numbers_once")
    yield
    with owner() as by_owner:
        by_owner.execute("TRUNCATE bags_labelrange, bags_labelprint")
        by_owner.execute(f"ALTER TABLE bags_labelrange ADD CONSTRAINT label_numbers_once {definition}")


def numbers():
    """Every number that was given out, as often as it was."""
    return sorted(
        number
        for first, last in LabelRange.objects.values_list("first", "last")
        for number in range(first, last + 1)
    )


def test_eight_at_once_get_numbers_without_gap_or_double(sacks, people, holds):
    results = together(*[lambda count=count: sacks(count) for count in range(1, 9)])
    assert told(results) == ["LabelRange"] * 8
    assert numbers() == list(range(1, 37))
    holds()


def test_without_the_lock_the_database_refuses_one(sacks, people, without_the_products_lock, holds):
    assert told(together(sacks, sacks)) == ["LabelRange", "reserved_already"]
    assert numbers() == list(range(1, 11))
    holds()


def test_without_lock_and_constraint_both_get_the_same(
    sacks, people, without_the_products_lock, without_the_constraint
):
    assert told(together(sacks, sacks)) == ["LabelRange", "LabelRange"]
    assert numbers() == sorted([*range(1, 11), *range(1, 11)])


def test_a_form_sent_twice_at_once_reserves_once(sacks, packets, people, holds):
    key, other = uuid.uuid4(), uuid.uuid4()
    results = together(lambda: sacks(10, key=key), lambda: sacks(10, key=key))
    assert told(results) == ["LabelRange", "LabelRange"]
    results = together(lambda: packets(key=other), lambda: packets(key=other))
    assert told(results) == ["LabelRange", "LabelRange"]
    assert LabelRange.objects.count() == 2
    holds()


def all_look_first(monkeypatch):
    """Both have seen that the numbers are free before one of them writes."""
    point, looked = MeetingPoint(2), reserving._reserved_before

    def meeting(wanted):
        found = looked(wanted)
        point.meet()
        return found

    monkeypatch.setattr(reserving, "_reserved_before", meeting)


def test_the_same_packets_at_once(packets, people, monkeypatch, holds):
    all_look_first(monkeypatch)
    jobs = [packets, lambda: packets("0012350", lot="MST-24-119")]
    assert told(together(*jobs)) == ["LabelRange", "reserved_already"]
    holds()


def test_the_same_packets_without_the_constraint(packets, people, monkeypatch, without_the_constraint):
    all_look_first(monkeypatch)
    jobs = [packets, lambda: packets("0012350", lot="MST-24-119")]
    assert told(together(*jobs)) == ["LabelRange", "LabelRange"]
    assert len(numbers()) == 20


def test_of_two_who_print_the_same_one_must_say_why(sacks, printed, people, holds):
    labels = sacks(10)
    assert told(together(lambda: printed(labels), lambda: printed(labels))) == ["reason_needed", "tuple"]
    assert LabelPrint.objects.get().is_reprint is False
    holds()


def test_two_who_print_the_same_without_the_lock(sacks, printed, people, monkeypatch):
    labels = sacks(10)
    point, drawn = MeetingPoint(2), printing.draw_labels

    def meeting(*call, **rest):
        point.meet()
        return drawn(*call, **rest)

    monkeypatch.setattr(printing, "_lock_range", lambda pk: LabelRange.objects.get(pk=pk))
    monkeypatch.setattr(printing, "draw_labels", meeting)
    assert told(together(lambda: printed(labels), lambda: printed(labels))) == ["tuple", "tuple"]
    assert list(LabelPrint.objects.values_list("is_reprint", flat=True)) == [False, False]


def test_the_database_refuses_what_overlaps_or_does_not_fit(sacks, people):
    made = sacks(10)
    for changed in ({"first": 10, "last": 11}, {"last": 100_000}, {"first": -1}, {"lot": "A"}):
        wrong = LabelRange.objects.get(pk=made.pk)
        wrong.pk, wrong.key, wrong.first, wrong.last = None, uuid.uuid4(), 21, 30
        for name, value in changed.items():
            setattr(wrong, name, value)
        with pytest.raises(IntegrityError):
            wrong.save()
