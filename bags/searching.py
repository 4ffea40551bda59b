"""Bags by a part of their code, in the same time among 18,000 or 1.8 million.

A part that many codes have is met soon by walking back from the newest bag; one that few have is looked up in
an index. Which of the two a part is, the planner cannot know, and taking the wrong way costs seconds. So the
newest few thousand are walked, some more where hits are met there, and only then the index is asked; a part
of many different signs, such as a full code, goes there at once.
"""

import re
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Collate, StrIndex, Trim, Upper

from accounts.paging import COUNT_UP_TO, behind
from bags.models import Bag, BagQuerySet

SUBSTRING_FROM = 3  # shorter ones are looked for at the beginning only
WALK_ROWS = 5_000
WALK_AT_MOST = 45_000
RARE_FROM = 6  # different groups of three signs: so many together are in few codes
END_OF_NUMBER = 6
SPARE = 1.25  # as many rows more than hits so far let expect
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
    if has_index and _groups(text) >= RARE_FROM:
        return _looked_up(_few(page, text), names, most)
    found, rest = _met(page, names, text, most)
    if rest is None:
        return found, None if len(found) == most else len(found)
    if not has_index:
        return [*found, *_walked(rest, text)[: most - len(found)]], None
    return _looked_up(fitting(page, text), names, most)


def _groups(text: str) -> int:
    """How many different groups of three signs it has."""
    return len({text[place : place + 3] for place in range(len(text) - 2)})


def _few(page: BagQuerySet, text: str) -> BagQuerySet:
    """`fitting`, by the end of its number where that tells more than what all codes begin with, whose long
    lists the index would read too."""
    end = text[-END_OF_NUMBER:]
    if end.isdigit() and _groups(end) >= END_OF_NUMBER // 2:
        return _walked(page.code_contains(end), text)
    return fitting(page, text)


def _met(page: BagQuerySet, names: list[str], text: str, most: int) -> tuple[list[Bag], BagQuerySet | None]:
    """Walk back from the newest bag, and on while hits are met so often that it is no long way to `most`.
    Returns them and what was not walked, None where nothing is missing any more."""
    by_time = "" if len(names) == 1 else names[0]
    found, walked, rows = list[Bag](), 0, WALK_ROWS
    while 0 < walked + rows <= WALK_AT_MOST:
        edge = page.values_list(*names)[rows - 1 : rows].first()
        newest = page if edge is None else page.filter(_up_to(names, edge))
        found += _walked(newest, text)[: most - len(found)]
        if edge is None or len(found) == most:
            return found, None
        page = page.filter(behind(edge[0] if by_time else None, edge[-1], by_time))
        walked += rows
        if not found:
            break
        rows = round(SPARE * walked * (most - len(found)) / len(found))
    return found, page


def _looked_up(hits: BagQuerySet, names: list[str], most: int) -> tuple[list[Bag], int | None]:
    """By the index of codes. Of as many as are counted the places tell which are the newest: so the index is
    read once."""
    places = sorted(hits.order_by().values_list(*names)[: COUNT_UP_TO + 1], reverse=True)
    if len(places) <= COUNT_UP_TO:
        newest = hits.filter(pk__in=[place[-1] for place in places[:most]])
        return list(newest.order_by(*(f"-{name}" for name in names))), len(places)
    # The planner is kept from walking: no other index knows this order.
    nothing = {"pk": 0}
    order = [(F(name) + nothing.get(name, timedelta())).desc() for name in names]
    return list(hits.order_by(*order)[:most]), None


def _walked(page: BagQuerySet, text: str) -> BagQuerySet:
    """Fitting rows in a form that no index knows, so that the page is walked in its order. Usual signs are
    the same in every collation, and in "C" capital letters are found four times as fast."""
    code = Collate(Trim("qr_id"), "C") if _USUAL.fullmatch(text) else Trim("qr_id")
    placed = page.alias(place=StrIndex(Upper(code), Value(text)))
    return placed.filter(place__gt=0) if len(text) >= SUBSTRING_FROM else placed.filter(place=1)


def _up_to(names: list[str], edge: tuple[Any, ...]) -> Q:
    """From the newest to the `edge`, and with it. Its first name leads the order."""
    first, *rest = names
    if not rest:
        return Q(**{f"{first}__gte": edge[0]})
    return Q(**{f"{first}__gte": edge[0]}) & (Q(**{f"{first}__gt": edge[0]}) | Q(pk__gte=edge[-1]))
