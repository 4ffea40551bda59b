from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from audit.models import AuditLog
from billing.models import Bill
from billing.services import cancel_bill, complete_bill, edit_bill
from tests.billing.conftest import MAY, MAY_NOT, everything

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", MAY)
def test_an_edit_changes_the_fields_and_the_version(bill, operator, holds, name):
    changes = {"destination": "Indore", "target": None, "measured_weight_kg": Decimal("17.250")}
    edit_bill(number=" b-1", version=1, changes=changes, by=operator(name))
    stored = Bill.objects.get()
    assert (stored.destination, stored.target, stored.measured_weight_kg) == (
        "Indore",
        None,
        Decimal("17.250"),
    )
    assert (stored.version, stored.state) == (2, "processing")
    entry = AuditLog.objects.get(action="bill_edited")
    assert entry.actor == name
    assert entry.before == {"destination": "", "target": 3, "measured_weight_kg": None}
    assert entry.after == {"destination": "Indore", "target": None, "measured_weight_kg": "17.250"}
    holds()


def test_an_edit_that_changes_nothing_leaves_no_trace(bill, operator):
    by, before = operator("kavya"), everything()
    edit_bill(number="B-1", version=1, changes={"target": 3, "destination": ""}, by=by)
    assert everything() == before


def test_the_second_editor_is_told_instead_of_overwriting(bill, operator, refused):
    edit_bill(number="B-1", version=1, changes={"destination": "Indore"}, by=operator("kavya"))
    with refused("changed_meanwhile"):
        edit_bill(number="B-1", version=1, changes={"vehicle_number": "UP1"}, by=operator("asha"))
    edit_bill(number="B-1", version=2, changes={"vehicle_number": "UP1"}, by=operator("asha"))
    assert Bill.objects.values_list("destination", "vehicle_number", "version").get() == ("Indore", "UP1", 3)


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_edit_no_bill(bill, operator, refused, name):
    with refused("not_allowed"):
        edit_bill(number="B-1", version=1, changes={"destination": "x"}, by=operator(name))


@pytest.mark.parametrize("number", ["B-2", "", "B-1\0"])
def test_an_unknown_bill(bill, operator, refused, number):
    with refused("unknown"):
        edit_bill(number=number, version=1, changes={"destination": "x"}, by=operator("kavya"))


@pytest.mark.parametrize("finish", [complete_bill, cancel_bill])
def test_a_finished_bill_accepts_no_change(bill, operator, refused, finish):
    finished = finish(number="B-1", by=operator("kavya"), reason="done")
    with refused("bill_final"):
        edit_bill(number="B-1", version=finished.version, changes={"destination": "x"}, by=operator("kavya"))


@pytest.mark.parametrize(
    ("field", "value"),
    [("target", 0), ("target", 501), ("measured_weight_kg", Decimal(-1)), ("destination", "\x7f")],
)
def test_what_does_not_fit_is_refused_by_its_field(bill, operator, field, value):
    by, before = operator("kavya"), everything()
    with pytest.raises(ValidationError) as caught:
        edit_bill(number="B-1", version=1, changes={field: value}, by=by)
    assert set(caught.value.message_dict) == {field}
    assert everything() == before
