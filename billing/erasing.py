"""What tells of a person in the texts of bills and returns is taken out. Their numbers stay."""

from audit.log import Signature
from audit.persons import Person, redact
from billing.models import Bill, Return


def erase(person: Person, _signed: Signature) -> None:
    redact(Bill.objects.all(), person, "description", "destination", "vehicle_number")
    redact(Return.objects.all(), person, "notes")


def is_ours(word: str) -> bool:
    """Whether a word is a bill's or return's number or state, so that it tells of no person."""
    return (
        word.casefold() in {*Bill.State.values, *Return.State.values}
        or Bill.objects.with_number(word).exists()
        or Return.objects.filter(number__iexact=word).exists()
    )
