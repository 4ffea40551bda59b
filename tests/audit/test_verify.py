"""What the owner of the tables, who may do anything, does to the log is found, and its first row named."""

import json
from contextlib import contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command

from audit.canonical import FACTS, Facts, commitment, link
from audit.models import Anchor, AuditLog, Seal
from audit.sealing import anchor_file, seal_and_anchor
from audit.verifying import AnchorsUnreadable, verify
from tests.owner import owner

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ids(fill):
    """Ten entries, sealed and anchored at six and at ten; their ids by position."""
    fill("ravi", "SB00001", 5)
    seal_and_anchor()
    fill("ravi", "SB00002", 3)
    seal_and_anchor(at_once=True)
    return dict(Seal.objects.order_by("position").values_list("position", "entry"))


@contextmanager
def forging():
    """As the owner, past the triggers."""
    with owner() as by_owner:
        by_owner.execute("SET session_replication_role = replica")
        yield by_owner


def found():
    return [(one.code, one.position, one.entry) for one in verify().findings]


def test_what_nobody_touched_is_unbroken(ids, capsys):
    report = verify()
    assert (report.sealed, report.unsealed, report.anchors, report.bad) == (10, 0, 4, 0)
    call_command("audit_verify", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["first_bad"], told["sealed"], told["head"]) == (True, None, 10, report.head)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'meena'",
        "on_behalf_of = 'meena'",
        "action = 'recounted'",
        "at = at + interval '1 microsecond'",
        "target_type = 'bill'",
        "target_id = target_id || '0'",
        "target_label = 'SB00009'",
        "before = '{}'",
        "after = '{}'",
        "reason = 'because'",
        "device = NULL",
        "address = '10.0.0.1'",
        "request_id = 'other'",
    ],
)
def test_a_change_is_found(ids, change):
    with forging() as by_owner:
        by_owner.execute(f"UPDATE audit_auditlog SET {change} WHERE id = {ids[4]}")  # noqa: S608 - constants
    assert found() == [("changed", 4, ids[4])]


def test_a_deletion_is_found(ids):
    with forging() as by_owner:
        by_owner.execute("DELETE FROM audit_auditlog WHERE id = %s", [ids[3]])
    assert found() == [("deleted", 3, ids[3])]


def test_a_deletion_with_its_seal_is_found(ids):
    with forging() as by_owner:
        by_owner.execute("DELETE FROM audit_auditlog WHERE id = %s", [ids[3]])
        by_owner.execute("DELETE FROM audit_seal WHERE position = 3")
    assert found()[0] == ("seal_gone", 3, None)


def test_a_swap_is_found(ids):
    with forging() as by_owner:
        by_owner.execute(
            "UPDATE audit_auditlog one SET after = other.after, target_label = other.target_label"
            "  FROM audit_auditlog other"
            " WHERE (one.id, other.id) IN ((%(a)s, %(b)s), (%(b)s, %(a)s))",
            {"a": ids[3], "b": ids[5]},
        )
    assert found() == [("changed", 3, ids[3]), ("changed", 5, ids[5])]


def test_swapped_places_are_found(ids):
    with forging() as by_owner:
        swap = "UPDATE audit_seal SET position = %s WHERE position = %s"
        for new, old in ((-1, 3), (3, 5), (5, -1)):
            by_owner.execute(swap, [new, old])
    assert found()[0] == ("changed", 3, ids[5])


def test_an_insertion_is_found(ids, scan):
    with forging() as by_owner:
        (number,) = by_owner.execute(
            "INSERT INTO audit_auditlog (id, at, actor, action, target_type, target_id, target_label, after,"
            " reason, request_id) SELECT min(id) - 1, min(at), 'ravi', 'recounted', 'bag', '1', 'SB00001',"
            " '{}', '', 'forged' FROM audit_auditlog RETURNING id"
        ).fetchone()
    scan("ravi", "SB00003")
    assert seal_and_anchor() == 1, "what comes with an old id is not sealed as if it were new"
    assert found() == [("put_in", None, number)]


@pytest.mark.parametrize("with_anchors", [False, True], ids=["anchors left", "anchors cut too"])
def test_a_cut_tail_is_found(ids, with_anchors):
    with forging() as by_owner:
        by_owner.execute("DELETE FROM audit_auditlog WHERE id > %s", [ids[7]])
        by_owner.execute("DELETE FROM audit_seal WHERE position > 7")
        if with_anchors:
            by_owner.execute("DELETE FROM audit_anchor WHERE count > 7")
    assert set(found()) == {("cut", 8, None)}


def write_anew(by_owner, first):
    """The chain from position `first` on as if it had always said what the log says now, salts and all."""
    (head,) = by_owner.execute("SELECT hash FROM audit_seal WHERE position = %s", [first - 1]).fetchone()
    for position, entry in by_owner.execute(
        "SELECT position, entry FROM audit_seal WHERE position >= %s ORDER BY 1", [first]
    ).fetchall():
        read = f"SELECT {FACTS} FROM audit_auditlog entry WHERE id = {entry}"  # noqa: S608 - constants
        (text,) = by_owner.execute(read).fetchone()
        facts, salts = Facts.of(text), [uuid4() for _ in range(3)]
        parts = [commitment(salt.bytes, part) for salt, part in zip(salts, facts.personal, strict=True)]
        head = link(head, facts.plain, *parts)
        by_owner.execute(
            "UPDATE audit_seal SET hash = %s, who_salt = %s, address_salt = %s, what_salt = %s"
            " WHERE position = %s",
            [head, *salts, position],
        )


def test_a_chain_written_anew_is_found_by_its_anchors(ids):
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id = %s", [ids[8]])
        write_anew(by_owner, 8)
    # Between the anchor at six, which still fits, and the one at ten: the row itself cannot be known.
    assert set(found()) == {("rewritten", 7, None)}


def test_a_chain_written_anew_with_its_anchors_is_found_by_the_file(ids):
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id = %s", [ids[8]])
        write_anew(by_owner, 8)
        by_owner.execute("DELETE FROM audit_anchor WHERE count > 7")
    assert found() == [("rewritten", 7, None)]


def test_an_anchor_made_without_the_key_is_found(ids):
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id = %s", [ids[8]])
        write_anew(by_owner, 8)
        by_owner.execute(
            "UPDATE audit_anchor SET head = (SELECT hash FROM audit_seal WHERE position = 10)"
            " WHERE count = 10"
        )
    assert ("anchor_forged", 10, None) in found()
    assert ("rewritten", 7, None) in found()


def test_without_anchors_a_chain_written_anew_would_pass(ids):
    """The twin: it is the anchors that find it."""
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id = %s", [ids[8]])
        write_anew(by_owner, 8)
        by_owner.execute("DELETE FROM audit_anchor")
    anchor_file().unlink()
    assert found() == []


def test_erasing_without_saying_so_is_found(ids):
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id = %s", [ids[4]])
        facts = {"actor": "ravi", "on_behalf_of": ""}
        (salt,) = by_owner.execute("SELECT who_salt FROM audit_seal WHERE position = 4").fetchone()
        by_owner.execute(
            "UPDATE audit_seal SET who = %s, who_salt = NULL WHERE position = 4",
            [commitment(salt.bytes, facts)],
        )
    assert found() == [("erased", 4, ids[4])]
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_seal SET erasure = %s WHERE position = 4", [UUID(int=1)])
    assert found() == [("erased", 4, ids[4])]


def test_the_command_names_the_first_bad_row(ids, capsys):
    with forging() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'meena' WHERE id >= %s", [ids[4]])
    with pytest.raises(SystemExit) as ended:
        call_command("audit_verify", "--json")
    told = json.loads(capsys.readouterr().out)
    assert (ended.value.code, told["ok"], told["bad"]) == (1, False, 7)
    assert told["first_bad"] == {
        "code": "changed",
        "position": 4,
        "entry": ids[4],
        "text": f"Entry {ids[4]} was changed.",
    }


def test_a_file_that_cannot_be_read_is_no_answer(ids):
    anchor_file().write_text("not an anchor\n")
    with pytest.raises(AnchorsUnreadable):
        verify()
    with pytest.raises(CommandError) as refused:
        call_command("audit_verify")
    assert refused.value.returncode == 2


def test_forging_needs_more_than_the_app_has(ids):
    with pytest.raises(psycopg.Error), owner() as by_owner:
        by_owner.execute("UPDATE audit_auditlog SET actor = 'x'")
    assert (AuditLog.objects.count(), Anchor.objects.count()) == (10, 2)
