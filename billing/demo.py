"""A small warehouse to try things with: users, sacks in every state, bills. Made through the same services
as real work. Uses only SB9xxxx, M444-9xxxx and child codes that begin with D."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from accounts.models import Role, User
from accounts.operators import Operator
from accounts.services import create_user
from audit.log import Signature
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill
from billing.services import complete_bill, create_bill

NAMESPACE = UUID("7f0b6d0e-2f57-4c0a-9d57-2a54a7a3c1de")
USERS = {
    "demo-admin": (Role.ADMIN, None),
    "demo-biller": (Role.BILLER, None),
    "demo-lucknow": (Role.DISPATCHER, "lucknow"),
    "demo-indore": (Role.DISPATCHER, "indore"),
}
# Sack, who packs it, how many children, closed by hand.
SACKS = [
    ("SB90001", "demo-lucknow", 30, False),
    ("SB90002", "demo-lucknow", 27, True),
    ("SB90003", "demo-lucknow", 13, False),
    ("SB90004", "demo-indore", 30, False),
    ("M444-90001", "demo-lucknow", 15, False),
    ("M444-90002", "demo-indore", 6, False),
]
BILLS = {"DEMO-001": ["SB90001", "M444-90001"], "DEMO-002": ["SB90002"]}


def has_demo() -> bool:
    return User.objects.filter(username="demo-admin").exists()


def make_demo(password: str) -> None:
    """Make what is missing of the demo; what is there stays as it is. New users get `password`."""
    signed = Signature(actor="manage.py demo")
    for name, (role, area) in USERS.items():
        if not User.objects.filter(username=name).exists():
            create_user(username=name, password=password, role=role, area=area, email="", signed=signed)
    for place, (sack, name, children, closed) in enumerate(SACKS, start=1):
        _Hands(name).pack(sack, [f"D{place:02}{child:05}" for child in range(1, children + 1)], closed=closed)
    for number, sacks in BILLS.items():
        _bill(number, sacks)
    if Bill.objects.with_number("DEMO-001").exclude(state=Bill.State.COMPLETED).exists():
        complete_bill(number="DEMO-001", by=_operator("demo-biller"))


def _bill(number: str, sacks: list[str]) -> None:
    hands = _Hands("demo-biller")
    if not Bill.objects.with_number(number).exists():
        create_bill(
            number=number,
            by=_operator("demo-biller"),
            description="Demo",
            destination="Kanpur",
            vehicle_number="UP32 AB 1234",
            target=len(sacks),
        )
    hands.send([{"mode": "bill", "raw": sack, "bill": number} for sack in sacks])


def _operator(name: str) -> Operator:
    return Operator.of(User.objects.get(username=name))


@dataclass(frozen=True)
class _Hands:
    """A demo user at work. Keys follow from what is scanned, so that doing it again changes nothing."""

    name: str

    def pack(self, sack: str, children: list[str], *, closed: bool) -> None:
        steps: list[dict[str, Any]] = [{"mode": "pack", "raw": sack}]
        steps += [{"mode": "pack", "raw": child, "parent": sack} for child in children]
        if closed:
            steps.append({"mode": "close", "parent": sack})
        self.send(steps)

    def send(self, steps: list[dict[str, Any]]) -> None:
        pulls = [Pull(key=uuid5(NAMESPACE, f"{self.name} {sorted(step.items())}"), **step) for step in steps]
        process(pulls=pulls, operator=_operator(self.name), device=uuid5(NAMESPACE, self.name))
