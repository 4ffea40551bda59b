"""Any mix of scans against PostgreSQL, beside a simple model written from domain.md alone."""

import uuid
from dataclasses import dataclass, field

import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from accounts.operators import Operator
from bags.models import Product
from bags.products import forget_products
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.services import BillRefused, cancel_bill, complete_bill, create_bill, reopen_bill
from monitoring.invariants import broken

LIMIT = 3
PARENTS = [f"T{number}" for number in range(3)]
CHILDREN = [f"700{number}" for number in range(6)]
BILLS = ["B-0", "B-1"]
VERBS: list = [complete_bill, reopen_bill, cancel_bill]
NAMES = ["ravi", "meena", "kavya"]


@dataclass
class Sack:
    inside: set = field(default_factory=set)
    closed: bool = False
    bill: str | None = None


class Warehouse(RuleBasedStateMachine):
    @initialize()
    def start(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "TRUNCATE bags_link, bags_scan, billing_billbag, billing_bill, bags_bag, audit_auditlog"
            )
        forget_products()
        self.sacks, self.states, self.sent = {}, dict.fromkeys(BILLS, "draft"), []
        for number in BILLS:
            create_bill(number=number, by=Operator.of(self.people["kavya"]))

    def home_of(self, child):
        return next((code for code, sack in self.sacks.items() if child in sack.inside), None)

    def final(self, sack):
        return sack.bill is not None and self.states[sack.bill] == "completed"

    def send(self, name, raw, **rest):
        pull = Pull(key=uuid.uuid4(), raw=raw, **rest)
        answer = process(pulls=[pull], operator=Operator.of(self.people[name]), device=uuid.UUID(int=1))[0]
        self.sent.append((name, pull, answer))
        return answer

    def room(self, sack):
        if sack.bill:
            return "parent_billed"
        if len(sack.inside) >= LIMIT:
            return "parent_full"
        return "parent_closed" if sack.closed else None

    def put(self, child, code):
        sack = self.sacks[code]
        sack.inside.add(child)
        sack.closed = sack.closed or len(sack.inside) == LIMIT

    def take(self, child, code):
        sack = self.sacks[code]
        sack.inside.discard(child)
        if not sack.bill:
            sack.closed = False

    def shows(self, answer, code):
        sack = self.sacks[code]
        told = answer["parent"]
        assert told["count"] == len(sack.inside)
        assert told["state"] == ("closed" if sack.closed else "open")

    @rule(name=st.sampled_from(["ravi", "meena"]), code=st.sampled_from(PARENTS))
    def open(self, name, code):
        expected = self.room(self.sacks.setdefault(code, Sack())) or "parent_opened"
        answer = self.send(name, code, mode="pack")
        assert answer["code"] == expected
        self.shows(answer, code)

    @rule(
        name=st.sampled_from(NAMES),
        child=st.sampled_from(CHILDREN),
        code=st.sampled_from(PARENTS),
        offline=st.booleans(),
    )
    def pack(self, name, child, code, offline):
        answer = self.send(name, child, mode="pack", parent=code, offline=offline)
        if code not in self.sacks:
            assert answer["code"] == "unknown"
            return
        sack, home = self.sacks[code], self.home_of(child)
        if home == code:
            expected = "already_here"
        elif home:
            expected = "in_other_parent"
        else:
            expected = self.room(sack)
        if expected is None:
            self.put(child, code)
            expected = "linked_last" if len(sack.inside) == LIMIT else "linked"
        elif offline and expected != "already_here":
            assert answer["reason_code"] == expected
            expected = "conflict"
        assert answer["code"] == expected
        self.shows(answer, code)

    @rule(child=st.sampled_from(CHILDREN), code=st.sampled_from(PARENTS))
    def move(self, child, code):
        answer = self.send("kavya", child, mode="move", parent=code)
        if code not in self.sacks:
            assert answer["code"] == "unknown"
            return
        sack, home = self.sacks[code], self.home_of(child)
        expected = "already_here" if home == code else self.room(sack)
        if expected is None and home and self.final(self.sacks[home]):
            expected = "bill_final"
        if expected is None:
            if home:
                self.take(child, home)
            self.put(child, code)
            expected = "moved" if home else ("linked_last" if len(sack.inside) == LIMIT else "linked")
        assert answer["code"] == expected
        self.shows(answer, code)

    @rule(child=st.sampled_from(CHILDREN))
    def take_out(self, child):
        home = self.home_of(child)
        answer = self.send("kavya", child, mode="unlink", reason="torn")
        if home is None:
            assert answer["code"] in ("unknown", "nothing_to_undo")
        elif self.final(self.sacks[home]):
            assert answer["code"] == "bill_final"
        else:
            self.take(child, home)
            assert answer["code"] == "undone"
            self.shows(answer, home)

    @rule(code=st.sampled_from(PARENTS))
    def close(self, code):
        answer = self.send("meena", "", mode="close", parent=code)
        sack = self.sacks.get(code)
        if sack is None:
            expected = "unknown"
        elif sack.bill:
            expected = "parent_billed"
        elif sack.closed:
            expected = "parent_closed"
        elif not sack.inside:
            expected = "parent_empty"
        else:
            expected, sack.closed = "closed", True
        assert answer["code"] == expected

    @rule(code=st.sampled_from(PARENTS), bill=st.sampled_from(BILLS))
    def bill(self, code, bill):
        answer = self.send("kavya", code, mode="bill", bill=bill)
        sack = self.sacks.get(code)
        if sack is None:
            expected = "unknown"
        elif self.states[bill] in ("completed", "cancelled"):
            expected = "bill_final"
        elif sack.bill:
            expected = "already_billed_here" if sack.bill == bill else "on_other_bill"
        elif not sack.inside:
            expected = "parent_empty"
        else:
            expected, sack.bill, sack.closed, self.states[bill] = "billed", bill, True, "processing"
        assert answer["code"] == expected

    @rule(code=st.sampled_from(PARENTS), bill=st.sampled_from(BILLS))
    def unbill(self, code, bill):
        answer = self.send("kavya", code, mode="unbill", bill=bill)
        sack = self.sacks.get(code)
        if sack is None:
            expected = "unknown"
        elif self.states[bill] in ("completed", "cancelled"):
            expected = "bill_final"
        elif sack.bill != bill:
            expected = "not_on_bill"
        else:
            expected, sack.bill = "unbilled", None
        assert answer["code"] == expected

    @rule(bill=st.sampled_from(BILLS), verb=st.sampled_from(VERBS))
    def settle(self, bill, verb):
        state, lines = self.states[bill], [sack for sack in self.sacks.values() if sack.bill == bill]
        try:
            got = verb(number=bill, by=Operator.of(self.people["kavya"]), reason="counted").state
        except BillRefused as refused:
            got = refused.code
        if verb is reopen_bill:
            expected = "processing" if state == "completed" else "not_completed"
        elif state in ("completed", "cancelled"):
            expected = "bill_final"
        elif verb is complete_bill:
            expected = "completed" if lines else "bill_empty"
        else:
            expected = "cancelled"
            for sack in lines:
                sack.bill = None
        if expected in ("completed", "processing", "cancelled"):
            self.states[bill] = expected
        assert got == expected

    @rule(name=st.sampled_from(NAMES))
    def undo_of_a_link(self, name):
        """The own last link, where it still stands; other undos have their tests in test_verdicts."""
        for who, pull, answer in reversed(self.sent):
            if who == name and answer["code"] in ("linked", "linked_last") and pull.mode == "pack":
                break
        else:
            return
        home = self.home_of(pull.raw)
        told = self.send(name, str(pull.key), mode="undo")
        if told["code"] == "undone":
            assert home == pull.parent
            self.take(pull.raw, home)
            self.shows(told, home)
        else:
            assert told["code"] in ("undo_superseded", "bill_final")

    @rule(data=st.data())
    def send_again(self, data):
        if not self.sent:
            return
        name, pull, answer = data.draw(st.sampled_from(self.sent))
        again = process(pulls=[pull], operator=Operator.of(self.people[name]), device=uuid.UUID(int=1))[0]
        assert again == {**answer, "replayed": True}

    @invariant()
    def every_question_finds_nothing(self):
        assert broken() == {}


@pytest.mark.django_db(transaction=True)
def test_any_mix_of_scans(people):
    Product.objects.create(name="tiny", prefix="T", digits=1, children_per_parent=LIMIT, kg_per_child=1)
    machine = type("Machine", (Warehouse,), {"people": people})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
