"""A year of a warehouse's work, as much of it as asked for, made through the same door as real scans.

Nothing here knows a rule: sacks are packed, closed, undone and billed by `process`, `create_bill` and
`complete_bill`, so that every row, counter and audit entry is what real work would have left. It plays
6,000 scans a second, which is 1.8 million bags in about six minutes.
"""

import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from accounts.models import Area, Role, User
from accounts.operators import Operator
from accounts.services import create_user
from audit.database import database_now, played_at
from audit.log import Signature
from bags.models import Bag, Product
from bags.scanning.earlier import UNDO
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill
from billing.services import complete_bill, create_bill

DAYS = 365
HANDS_PER_AREA = 2
DESTINATIONS = (
    "Kanpur",
    "Gwalior",
    "Kota",
    "Rewari",
    "Bikaner",
    "Abohar",
    "Bilaspur",
    "Hazaribagh",
    "Wardha",
)


class NoRoom(Exception):
    """More sacks or packets were asked for than the products' codes and sizes have room for."""


@dataclass(slots=True)
class Hand:
    """Somebody at work, with a device that counts its scans."""

    operator: Operator
    device: UUID
    seq: int = 0


@dataclass(slots=True)
class Sack:
    code: str
    product: Product
    children: int
    hand: Hand
    at: datetime


@dataclass(slots=True)
class Warehouse:
    """Who works there and what waits for a bill: closed sacks by area, and how many make a bill."""

    chance: random.Random
    packers: list[Hand]
    billers: list[Hand]
    waiting: dict[str, list[str]] = field(default_factory=dict)
    bills: int = 0
    labels: int = 0

    def key(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)


def make_year(*, parents: int, children: int, seed: int) -> Iterator[int]:
    """Make that many sacks and packets; yields how many packets there are so far. Each step is whole and
    committed: it may be stopped at any time. Raises NoRoom before anything is made."""
    # The same seed beside what is there already must not bring the same keys again.
    chance = random.Random(f"{seed} {Bag.objects.order_by('-pk').values_list('pk', flat=True).first()}")  # noqa: S311
    products = _spread(parents, children)
    warehouse = _staff(chance)
    done = 0
    for sack in _sacks(warehouse, products, parents, children):
        _pack(warehouse, sack)
        _bill(warehouse, sack)
        if done < 5_000 <= done + sack.children:
            with connection.cursor() as cursor:  # plans made for empty tables are slow from here on
                cursor.execute("SELECT traitortrack_analyze()")
        done += sack.children
        yield done


def _spread(parents: int, children: int) -> list[tuple[Product, list[str]]]:
    """Which product each sack is of, the code it gets: as few of the larger ones as hold the children."""
    free = {product: _free_codes(product) for product in Product.objects.order_by("children_per_parent")}
    chosen: list[tuple[Product, list[str]]] = []
    left, room = parents, 0
    for product, codes in sorted(free.items(), key=lambda one: -one[0].children_per_parent):
        smaller = min(other.children_per_parent for other in free)
        gain = product.children_per_parent - smaller
        needed = -(-(children * 103 // 100 - room - left * smaller) // gain) if gain else left
        take = max(0, min(left, len(codes), needed))
        chosen.append((product, codes[:take]))
        left, room = left - take, room + take * product.children_per_parent
    if left > 0 or room < children:
        raise NoRoom(f"There is room for {parents - left} sacks with {room} packets.")
    return chosen


def _free_codes(product: Product) -> list[str]:
    taken = set(Bag.objects.code_starts_with(product.prefix).values_list("qr_id", flat=True))
    # SB9xxxx and its like belong to the demo.
    codes = (
        f"{product.prefix}{number:0{product.digits}}" for number in range(9 * 10 ** (product.digits - 1))
    )
    return [code for code in codes if code not in taken]


def _staff(chance: random.Random) -> Warehouse:
    areas = list(Area.objects.values_list("slug", flat=True))
    packers = [
        _hand(chance, f"made-{area}-{number}", Role.DISPATCHER, area)
        for number in range(1, HANDS_PER_AREA + 1)
        for area in areas
    ]
    billers = [_hand(chance, f"made-biller-{number}", Role.BILLER, None) for number in (1, 2)]
    last = Bag.objects.filter(kind="child", qr_id__regex=r"^4\d{8}$").order_by("-qr_id").first()
    labels = int(last.qr_id) if last else 400_000_000
    return Warehouse(chance, packers, billers, bills=Bill.objects.count(), labels=labels)


def _hand(chance: random.Random, name: str, role: Role, area: str | None) -> Hand:
    user = User.objects.filter(username=name).first() or create_user(
        username=name,
        password=secrets.token_urlsafe(24),
        role=role,
        area=area,
        email="",
        signed=Signature(actor="manage.py make_data"),
    )
    return Hand(Operator.of(user), UUID(int=chance.getrandbits(128), version=4))


def _sacks(
    warehouse: Warehouse, products: list[tuple[Product, list[str]]], parents: int, children: int
) -> Iterator[Sack]:
    """Over the year's working hours, in order of time; nine of ten full, and in all just so many children."""
    chance = warehouse.chance
    pool = [(product, code) for product, codes in products for code in codes]
    chance.shuffle(pool)
    latest = database_now() - timedelta(hours=2)
    began = latest - timedelta(days=DAYS - 1)
    room = sum(product.children_per_parent for product, _ in pool)
    for number, (product, code) in enumerate(pool):
        limit = product.children_per_parent
        wish = limit if children >= 0.9 * room else round(limit * children / room)
        if wish and chance.random() < 0.1:
            wish = chance.randint(1, wish)
        take = max(0, min(limit, children, max(wish, children - (room - limit))))
        children, room = children - take, room - limit
        day, rest = divmod(number * DAYS / parents, 1)
        at = (began + timedelta(days=day)).replace(hour=2, minute=30) + timedelta(hours=11 * rest)
        yield Sack(code, product, take, chance.choice(warehouse.packers), min(at, latest))


def _pack(warehouse: Warehouse, sack: Sack) -> None:
    chance = warehouse.chance
    steps = [_pull(warehouse, sack.hand, "pack", sack.code)]
    for _ in range(sack.children):
        label = _label(warehouse)
        steps.append(_pull(warehouse, sack.hand, "pack", label, parent=sack.code))
        what = chance.random()
        if what < 0.01:  # read twice
            steps.append(_pull(warehouse, sack.hand, "pack", label, parent=sack.code))
        elif what < 0.013:  # a torn label
            steps.append(_pull(warehouse, sack.hand, "pack", label[:12], parent=sack.code))
        elif what < 0.018:  # taken back, then put in after all
            _play(sack, steps)
            _play(sack, [Pull(key=warehouse.key(), mode=UNDO, raw=str(steps[-1].key))])
            steps = [_pull(warehouse, sack.hand, "pack", label, parent=sack.code)]
    is_short = sack.children < sack.product.children_per_parent
    is_closed = sack.children > 0 and (not is_short or chance.random() < 0.97)
    if is_closed and is_short:
        steps.append(_pull(warehouse, sack.hand, "close", "", parent=sack.code))
    _play(sack, steps)
    if is_closed:
        warehouse.waiting.setdefault(sack.hand.operator.area or "", []).append(sack.code)


def _play(sack: Sack, steps: list[Pull]) -> None:
    with played_at(sack.at):
        process(pulls=steps, operator=sack.hand.operator, device=sack.hand.device)
    sack.at += timedelta(seconds=2 * len(steps))


def _label(warehouse: Warehouse) -> str:
    warehouse.labels += 1
    return f"LABEL NO.{warehouse.labels} LOT NO.:MST-25-{warehouse.labels // 900 % 1000:03}"


def _pull(warehouse: Warehouse, hand: Hand, mode: str, raw: str, parent: str = "", bill: str = "") -> Pull:
    hand.seq += 1
    return Pull(
        key=warehouse.key(),
        mode=mode,
        raw=raw,
        parent=parent or None,
        bill=bill or None,
        seq=hand.seq,
        source="wedge",
    )


def _bill(warehouse: Warehouse, sack: Sack) -> None:
    """A truck leaves once enough sacks wait in the area; the last two days' bills are still worked on."""
    area, chance = sack.hand.operator.area or "", warehouse.chance
    waiting = warehouse.waiting.get(area, [])
    if len(waiting) < chance.randint(20, 200):
        return
    warehouse.waiting[area] = []
    warehouse.bills += 1
    hand = chance.choice(warehouse.billers)
    number = f"{area[:3].upper()}/{sack.at:%y-%m}/{warehouse.bills:05}"
    with played_at(sack.at + timedelta(minutes=20)):
        create_bill(
            number=number,
            by=hand.operator,
            destination=chance.choice(DESTINATIONS),
            vehicle_number=f"UP{chance.randint(10, 96)} AT {chance.randint(1000, 9999)}",
            target=len(waiting),
        )
        steps = [_pull(warehouse, hand, "bill", code, bill=number) for code in waiting]
        process(pulls=steps, operator=hand.operator, device=hand.device)
    done_at = sack.at + timedelta(minutes=50)
    if done_at < database_now() - timedelta(days=2):
        with played_at(done_at):
            complete_bill(number=number, by=hand.operator)
