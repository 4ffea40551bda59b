"""Any mix of scans against PostgreSQL, beside a simple model written from domain.md alone."""

import uuid
from dataclasses import dataclass, field

import pytest
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
from tests.owner import owner

LIMIT = 3
PARENTS = [f"T{number}" for number in range(3)]
CHILDREN = [f"700{number}" for number in range(6)]
BILLS = ["B-0", "B-1"]
VERBS: list = [complete_bill, reopen_bill, cancel_bill]
NAMES = ["ravi", "meena", "kavya"]


@dataclass
class Sack:
    """`inside`: child -> key of the scan by which it is here; likewise what closed it and billed it."""

    inside: dict = field(default_factory=dict)
    closed: bool = False
    closed_by: uuid.UUID | None = None
    bill: str | None = None
    billed_by: uuid.UUID | None = None


@dataclass
class Did:
    """An accepted scan and what it changed; of a move also the sack that it left and the scan before it."""

    name: str
    key: uuid.UUID
    code: str
    sack: str
    child: str = ""
    home: str | None = None
    before: uuid.UUID | None = None
    is_undone: bool = False


class Warehouse(RuleBasedStateMachine):
    @initialize()
    def start(self):
        with owner() as by_owner:
            # With what counts them: a table that is emptied tells no trigger of its rows.
            by_owner.execute(
                "TRUNCATE bags_bag, billing_bill, audit_auditlog, monitoring_statisticscache,"
                " monitoring_statisticsdelta CASCADE"
            )
        forget_products()
        self.sacks, self.states, self.sent, self.did = {}, dict.fromkeys(BILLS, "draft"), [], []
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

    def put(self, child, code, key, by=None):
        """The child goes in by the scan `key`; `by` is the scan that closes the sack if it was the last."""
        sack = self.sacks[code]
        sack.inside[child] = key
        if len(sack.inside) == LIMIT:
            sack.closed, sack.closed_by = True, by or key

    def take(self, child, code):
        """The child comes out; returns the key of the scan by which it was in."""
        sack = self.sacks[code]
        if not sack.bill:
            sack.closed, sack.closed_by = False, None
        return sack.inside.pop(child)

    def remember(self, name, answer, sack, **rest):
        self.did.append(Did(name, uuid.UUID(answer["key"]), answer["code"], sack, **rest))

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
            self.put(child, code, uuid.UUID(answer["key"]))
            expected = "linked_last" if len(sack.inside) == LIMIT else "linked"
            self.remember(name, answer, code, child=child)
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
            before = self.take(child, home) if home else None
            self.put(child, code, uuid.UUID(answer["key"]))
            expected = "moved" if home else ("linked_last" if len(sack.inside) == LIMIT else "linked")
            self.remember("kavya", answer, code, child=child, home=home, before=before)
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
            key = self.take(child, home)
            for did in self.did:
                did.is_undone = did.is_undone or did.key == key
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
            expected, sack.closed, sack.closed_by = "closed", True, uuid.UUID(answer["key"])
            self.remember("meena", answer, code)
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
            key = uuid.UUID(answer["key"])
            if not sack.closed:
                sack.closed, sack.closed_by = True, key
            expected, sack.bill, sack.billed_by, self.states[bill] = "billed", bill, key, "processing"
            self.remember("kavya", answer, code)
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
            expected, sack.bill, sack.billed_by = "unbilled", None, None
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
                sack.bill = sack.billed_by = None
        if expected in ("completed", "processing", "cancelled"):
            self.states[bill] = expected
        assert got == expected

    @rule(data=st.data())
    def undo(self, data):
        """Any accepted scan, mostly by whom it belongs to."""
        if not self.did:
            return
        did = data.draw(st.sampled_from(self.did))
        name = data.draw(st.sampled_from([did.name] * 4 + NAMES))
        self.take_back(name, did, self.send(name, str(did.key), mode="undo"))

    @rule(name=st.sampled_from(NAMES))
    def undo_the_last(self, name):
        own = [did for did in self.did if did.name == name and not did.is_undone]
        answer = self.send(name, "", mode="undo")
        if own:
            self.take_back(name, own[-1], answer)
        else:
            assert answer["code"] == "nothing_to_undo"

    def take_back(self, name, did, answer):
        sack, home = self.sacks[did.sack], self.sacks.get(did.home)
        if name != did.name:
            assert answer["code"] == "undo_not_yours"
        elif self.final(sack) or (home and self.final(home)):
            assert answer["code"] == "bill_final"
        elif did.is_undone or not self.stands(did):
            assert answer["code"] == "undo_superseded"
        else:
            assert answer["code"] == "undone"
            did.is_undone = True
            self.reverse(did, uuid.UUID(answer["key"]))
            self.shows(answer, did.sack)

    def stands(self, did):
        """Whether the effect of the scan still stands and can be reversed."""
        sack = self.sacks[did.sack]
        if did.code == "closed":
            return sack.closed_by == did.key and not sack.bill
        if did.code == "billed":
            return sack.billed_by == did.key
        has_room = did.code != "moved" or self.room(self.sacks[did.home]) is None
        return sack.inside.get(did.child) == did.key and has_room

    def reverse(self, did, by):
        sack = self.sacks[did.sack]
        if did.code == "closed":
            sack.closed, sack.closed_by = False, None
        elif did.code == "billed":
            sack.bill = sack.billed_by = None
        else:
            self.take(did.child, did.sack)
        if did.code == "moved":
            self.put(did.child, did.home, did.before, by)

    @rule(code=st.sampled_from(PARENTS + CHILDREN), mode=st.sampled_from(["pack", "move", "lookup"]))
    def out_of_sight(self, code, mode):
        """To a dispatcher of another area or of none, nothing of all this exists."""
        if code in self.sacks or self.home_of(code):
            assert self.send("arjun", code, mode=mode, parent=PARENTS[0])["code"] == "unknown"
        assert self.send("nobody", code, mode=mode, parent=PARENTS[0])["code"] == "not_allowed"

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
