import pytest
from django.core.exceptions import ValidationError

from audit.models import AuditLog
from billing.models import Bill
from billing.services import create_bill
from tests.billing.conftest import MAY, MAY_NOT, everything

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", MAY)
def test_a_new_bill_is_a_draft(operator, holds, name):
    bill = create_bill(
        number="  B-17 ",
        description="two\r\nlines",
        destination="Lucknow",
        vehicle_number="UP32 AB 1234",
        target=500,
        by=operator(name),
    )
    stored = Bill.objects.get()
    assert stored == bill
    assert (stored.number, stored.state, stored.target, stored.version) == ("B-17", "draft", 500, 1)
    assert (stored.destination, stored.vehicle_number) == ("Lucknow", "UP32 AB 1234")
    assert stored.created_by.username == name
    entry = AuditLog.objects.get(action="bill_created")
    assert (entry.actor, entry.target_label, entry.target_id) == (name, "B-17", str(bill.pk))
    assert entry.before is None
    assert entry.after == {
        "number": "B-17",
        "description": "two\r\nlines",
        "destination": "Lucknow",
        "vehicle_number": "UP32 AB 1234",
        "target": 500,
    }
    holds()


@pytest.mark.parametrize("name", MAY_NOT)
def test_dispatchers_create_no_bill(operator, refused, name):
    with refused("not_allowed"):
        create_bill(number="B-1", by=operator(name))


@pytest.mark.parametrize("again", ["b-1", " B-1 ", "B-1"])
def test_a_number_is_taken_once_whatever_its_case_and_blanks(operator, refused, again):
    create_bill(number="B-1", by=operator("kavya"))
    with refused("number_taken"):
        create_bill(number=again, by=operator("asha"))


def test_the_refusal_names_the_bill_that_has_the_number(operator, refused):
    create_bill(number="Bill-Aa", by=operator("kavya"))
    with pytest.raises(Exception, match="Bill-Aa") as caught:
        create_bill(number="BILL-AA", by=operator("kavya"))
    assert caught.value.bill.number == "Bill-Aa"


@pytest.mark.parametrize(
    ("field", "facts"),
    [
        ("number", {"number": ""}),
        ("number", {"number": "   "}),
        ("number", {"number": "x" * 65}),
        ("number", {"number": "B\0 1"}),
        ("number", {"number": "B\n1"}),
        ("number", {"number": "B\u202e1"}),
        ("target", {"target": 0}),
        ("target", {"target": 501}),
        ("target", {"target": -1}),
        ("vehicle_number", {"vehicle_number": "x" * 41}),
        ("destination", {"destination": "a\tb"}),
        ("description", {"description": "\x1b[31m"}),
    ],
)
def test_what_does_not_fit_is_refused_by_its_field(operator, field, facts):
    by, before = operator("kavya"), everything()
    with pytest.raises(ValidationError) as caught:
        create_bill(**{"number": "B-1", **facts}, by=by)
    assert set(caught.value.message_dict) == {field}
    assert everything() == before
