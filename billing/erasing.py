"""What tells of a person in the texts of bills and returns is taken out. Their numbers stay."""

from audit.log import Signature
from audit.persons import Person, redact
from billing.models import Bill, Return


def erase(person: Person, _signed: Signature) -> None:
    redact(Bill.objects.all(), person, "description", "destination", "vehicle_number")
    redact(Return.objects.all(), person, "notes")
