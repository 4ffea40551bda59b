"""Bags by a part of their code, in the same time among 18,000 or 1.8 million.

A part that many codes have is met soon by walking back from the newest bag; one that few have is looked up in
an index. Which of the two a part is, the planner cannot know, and taking the wrong way costs seconds. So the
newest few thousand are walked, some more where hits are met there, and only then the index is asked.
"""

import re
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import StrIndex, Trim, Upper

from accounts.paging import COUNT_UP_TO
from bags.models import Bag, BagQuerySet

SUBSTRING_FROM = 3  # shorter ones are looked for at the beginning only
WALK_ROWS = 5_000
WALK_ON = 8  # times as many, where hits are met
_TRIGRAM = re.compile("[A-Z0-9]{3}")  # without one, the index of parts is of no use
_USUAL = re.compile("[A-Z0-9-]*")


def fitting(rows: BagQuerySet, text: str) -> BagQuerySet:
    """Those of `rows` with the cleaned `text` in their code; below SUBSTRING_FROM signs, at its beginning."""
    return rows.code_contains(text) if len(text) >= SUBSTRING_FROM else rows.code_starts_with(text)


def first_fitting(page: BagQuerySet, text: str, most: int) -> tuple[list[Bag], int | None]:
    """The first `most` of `fitting(page, text)`, where `page` is in order, newest first; and how many there
    are in all, where that is known."""
    if not _USUAL.fullmatch(text):
        page = page.unusual_codes()
    elif "-" in text:
        page = page.dashed_codes()
    has_index = len(text) < SUBSTRING_FROM or bool(_TRIGRAM.search(text))
    names = [str(name).removeprefix("-") for name in page.query.order_by]
    for rows in (WALK_ROWS, WALK_ROWS * WALK_ON):
        edge = page.values_list(*names)[rows : rows + 1].first()
        found = list(_walked(page if edge is None else page.filter(_before(names, edge)), text)[:most])
        if len(found) == most or edge is None:
            return found, None if len(found) == most else len(found)
        if len(found) * WALK_ON < most:
            break
    if not has_index:
        return list(_walked(page, text)[:most]), None
    return _looked_up(fitting(page, text), names, most)


def _looked_up(hits: BagQuerySet, names: list[str], most: int) -> tuple[list[Bag], int | None]:
    """By the index of codes. The planner is kept from walking: no other index knows this order."""
    nothing = {"pk": 0}
    newest = [(F(name) + nothing.get(name, timedelta())).desc() for name in names]
    found = list(hits.order_by(*newest)[:most])
    total = len(found) if len(found) < most else hits.order_by()[: COUNT_UP_TO + 1].count()
    return found, total if total <= COUNT_UP_TO else None


def _walked(page: BagQuerySet, text: str) -> BagQuerySet:
    """Fitting rows in a form that no index knows, so that the page is walked in its order."""
    placed = page.alias(place=StrIndex(Upper(Trim("qr_id")), Value(text)))
    return placed.filter(place__gt=0) if len(text) >= SUBSTRING_FROM else placed.filter(place=1)


def _before(names: list[str], edge: tuple[Any, ...]) -> Q:
    """From the newest up to the `edge`, not with it. Its first name leads the order."""
    first, *rest = names
    if not rest:
        return Q(**{f"{first}__gt": edge[0]})
    return Q(**{f"{first}__gte": edge[0]}) & (Q(**{f"{first}__gt": edge[0]}) | Q(pk__gt=edge[-1]))
