"""What tells of a person in scans and decisions is taken out. Codes of bags stay: they stand on the bags."""

from audit.log import Signature
from audit.persons import Person, redact
from bags.models import ConflictDecision, LabelPrint, ParkedDecision, Scan
from bags.scanning.results import Result


def erase(person: Person, _signed: Signature) -> None:
    scans = Scan.objects.all()
    redact(scans, person, "answer")
    # What was read as a code of ours is one, whoever is called like it.
    redact(scans.filter(bag=None), person, "raw")
    redact(scans.filter(parent=None), person, "parent_code")
    redact(scans.filter(code=Result.UNKNOWN), person, "bill")
    redact(ConflictDecision.objects.all(), person, "reason", "undone_reason")
    redact(LabelPrint.objects.all(), person, "reason")
    redact(ParkedDecision.objects.all(), person, "reason", "undone_reason")
