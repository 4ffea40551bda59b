"""process(): the one door for everything that packs. One call, one transaction, each key once."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.urls import reverse

from accounts.notifications import SCAN_CONFLICT, notify
from accounts.operators import Operator
from audit.log import Entry
from bags.products import known_products
from bags.scanning import store, trail
from bags.scanning.answers import answer
from bags.scanning.codes import read, storable
from bags.scanning.earlier import UNDO, Wanted, load_earlier, wanted_by
from bags.scanning.extensions import ScanExtension, new_extensions
from bags.scanning.floor import Moment
from bags.scanning.results import Result
from bags.scanning.rules import MODES, Case, Pull, Rights, Verdict, judge
from bags.scanning.sighting import Beat, is_news, sighting
from bags.scanning.undoing import UNDO_RULES, take_out, undo
from bags.scanning.writing import write

PACK, MOVE, LOOKUP, UNLINK = "pack", "move", "lookup", "unlink"
# Each new judgement meets what the quicker call committed, so more than a few rounds means real trouble.
ROUNDS = 8
# SQLSTATE: a unique index decided against us; a deadlock was given up in our stead.
OTHERS_WERE_QUICKER = frozenset({"23505", "40P01"})


class Busy(Exception):
    """Others were quicker too often. Nothing was changed; the same call may be sent again."""


@dataclass(slots=True)
class _Call:
    """One call on its way through."""

    pulls: list[Pull]
    operator: Operator
    device: UUID | None
    clock: datetime | None
    beat: Beat | None
    undo_window: timedelta
    extensions: list[ScanExtension] = field(default_factory=new_extensions)
    wanted: Wanted = field(default_factory=Wanted)
    rows: list[dict[str, Any]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    known: dict[UUID, store.Known] = field(default_factory=dict)


def process(
    *,
    pulls: list[Pull],
    operator: Operator,
    device: UUID | None,
    clock: datetime | None = None,
    beat: Beat | None = None,
) -> list[dict[str, Any]]:
    """Judge the pulls in order, each by itself, and record every one. Returns an answer for each.

    A key that is known answers as it did then, `replayed`; with another content it answers `key_reused`
    and nothing is changed. `clock` is the device's time of sending, `beat` what it told of itself.
    Raises Busy, OperationalError.
    """
    for _round in range(ROUNDS):
        call = _Call(pulls, operator, device, clock, beat, timedelta(seconds=settings.UNDO_WINDOW_SECONDS))
        try:
            with transaction.atomic():
                return _run(call)
        except store.Stale:
            continue
        except (IntegrityError, OperationalError) as error:
            if getattr(error.__cause__, "sqlstate", None) not in OTHERS_WERE_QUICKER:
                raise
    raise Busy


def _run(call: _Call) -> list[dict[str, Any]]:
    loaded = _lock_and_load(call)
    call.known = loaded.known
    rights = Rights(
        operator_id=call.operator.id,
        sees_all=call.operator.sees_all,
        may_bill=call.operator.may_bill,
        area=call.operator.area,
    )
    answers = []
    for number, pull in enumerate(call.pulls):
        if earlier_answer := _replay(call, pull, loaded.now):
            answers.append(earlier_answer)
            continue
        # A microsecond apart, so that the order within a call can be read from the times.
        at = loaded.now + timedelta(microseconds=number)
        case = Case(pull=pull, floor=loaded.floor, rights=rights, now=at, undo_window=call.undo_window)
        moment = Moment(loaded.scan_ids[number], at, call.operator.name, call.operator.id)
        answers.append(_judge_and_apply(call, case, moment))
    _write(call, loaded)
    return answers


def _lock_and_load(call: _Call) -> store.Loaded:
    """Bills first, then bags in id order, then read: everybody locks in this order."""
    call.wanted = wanted_by(call.pulls, call.operator)
    for extension in call.extensions:
        named = {pull.bill for pull in call.pulls if pull.mode in extension.modes and pull.bill}
        if bills := {bill for bill in named | call.wanted.bills if "\0" not in bill}:
            extension.lock(bills)
    codes, to_lock, leaving = _codes(call.pulls)
    wanted_ids = call.wanted.parent_ids | call.wanted.bag_ids
    locked = store.lock_bags(codes=to_lock, leaving=leaving, ids=wanted_ids)
    loaded = store.load(codes=codes, ids=locked, keys=[pull.key for pull in call.pulls], device=call.device)
    for extension in call.extensions:
        extension.load(loaded.floor)
    load_earlier(call.wanted, loaded.floor)
    _assert_locked(loaded, to_lock, leaving, call.wanted, locked)
    return loaded


def _codes(pulls: list[Pull]) -> tuple[set[str], set[str], set[str]]:
    """The codes that the pulls name: all, those to lock, children whose parent may change."""
    every: set[str] = set()
    to_lock: set[str] = set()
    leaving: set[str] = set()
    for pull in pulls:
        if pull.mode == UNDO:
            continue
        names = {code for code in (_code(pull.raw), _code(pull.parent or "")) if code and "\0" not in code}
        every |= names
        if pull.mode != LOOKUP:
            to_lock |= names
        # The parent of a child scanned offline may have to be counted again.
        if pull.mode in (MOVE, UNLINK) or pull.offline:
            leaving |= names
    return every, to_lock, leaving


def _code(text: str) -> str:
    """The code that a text means, or by which an old bag with a looser code may stand."""
    reading = read(text, known_products().values())
    return reading.code or reading.text


def _assert_locked(
    loaded: store.Loaded, to_lock: set[str], leaving: set[str], wanted: Wanted, locked: set[int]
) -> None:
    """Nothing is judged that we do not hold: a bag that was not there yet when we asked for the lock, or the
    parent that a child came to while we waited for it."""
    bags = loaded.floor.bags
    found = {bag.id for code in to_lock if (bag := bags.get(code))}
    links = [getattr(bags.get(code), "link", None) for code in leaving]
    links += [getattr(earlier.bag, "link", None) for earlier in wanted.earlier.values() if earlier]
    if not locked.issuperset(found | {link.parent.id for link in links if link}):
        raise store.Stale


def _replay(call: _Call, pull: Pull, now: datetime) -> dict[str, Any] | None:
    known = call.known.get(pull.key)
    if known is None:
        return None
    same = known.content == _content(call, pull)
    return {**known.answer, "replayed": True} if same else _key_reused(call, pull, now)


def _content(call: _Call, pull: Pull) -> store.Content:
    """What a key stands for. Time, device and whether it was offline are how it came, and may differ."""
    texts = (pull.raw, pull.parent or "", pull.bill or "")
    return store.Content(call.operator.id, pull.mode, *map(storable, texts))


def _key_reused(call: _Call, pull: Pull, now: datetime) -> dict[str, Any]:
    verdict = Verdict(code=Result.KEY_REUSED)
    return answer(pull, verdict, scan_id=None, at=now, undo_window=call.undo_window)


def _judge_and_apply(call: _Call, case: Case, moment: Moment) -> dict[str, Any]:
    verdict, extension = _judge(call, case)
    for effect in verdict.effects:
        if entry := trail.entry(case.floor, effect, moment, case.pull.reason):
            call.entries.append(entry)
        case.floor.apply((effect,), moment)
    if extension and verdict.beyond:
        call.entries += extension.apply(verdict.beyond, moment, case.pull.reason)
    told = answer(case.pull, verdict, scan_id=moment.scan_id, at=moment.at, undo_window=call.undo_window)
    call.rows.append(_row(call, case.pull, verdict, moment, told))
    call.known[case.pull.key] = store.Known(_content(call, case.pull), told)
    return told


def _judge(call: _Call, case: Case) -> tuple[Verdict, ScanExtension | None]:
    pull = case.pull
    if pull.mode == UNDO:
        earlier = call.wanted.earlier.get(pull.key)
        owner = next((ext for ext in call.extensions if earlier and earlier.code in ext.undoes), None)
        rules = {**UNDO_RULES, **dict.fromkeys(owner.undoes, owner.undo)} if owner else UNDO_RULES
        return undo(case, earlier, rules), owner
    if pull.mode == UNLINK:
        return take_out(case), None
    owner = next((ext for ext in call.extensions if pull.mode in ext.modes), None)
    return judge(case, owner.judge if owner else MODES[pull.mode]), owner


def _row(call: _Call, pull: Pull, verdict: Verdict, moment: Moment, told: dict[str, Any]) -> dict[str, Any]:
    content = _content(call, pull)
    return {
        "id": moment.scan_id,
        "key": pull.key,
        "device_id": call.device,
        "seq": pull.seq,
        "operator_id": call.operator.id,
        "mode": pull.mode,
        "source": pull.source,
        "raw": content.raw,
        "parent_code": content.parent_code,
        "bill": content.bill,
        "code": verdict.code,
        "reason_code": verdict.reason_code or "",
        "bag_id": verdict.bag.id if verdict.bag else None,
        "parent_id": verdict.parent.id if verdict.parent else None,
        "captured_at": pull.captured_at,
        "received_at": moment.at,
        "offline": pull.offline,
        "repairs": pull.repairs,
        "answer": told,
    }


def _write(call: _Call, loaded: store.Loaded) -> None:
    device = None
    if call.device and is_news(loaded.device, at=loaded.now, clock=call.clock, beat=call.beat):
        device = sighting(
            device=call.device,
            at=loaded.now,
            operator_id=call.operator.id,
            clock=call.clock,
            beat=call.beat,
        )
    if not (call.rows or device):
        return
    for extension in call.extensions:
        extension.write()
    write(
        loaded.floor,
        scans=call.rows,
        entries=call.entries,
        signed=replace(call.operator.signature, device=call.device),
        actor_id=call.operator.id,
        device=device,
    )
    if conflicts := sum(row["code"] == Result.CONFLICT for row in call.rows):
        notify([call.operator.id], SCAN_CONFLICT, link=reverse("own-scans"), count=conflicts)
