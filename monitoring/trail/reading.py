"""What the audit log says, as its pages tell it."""

import json
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.paging import keyset_page
from audit.models import Anchor, AuditLog, Seal
from audit.words import TARGETS, WORDS
from bags.models import Bag
from bags.scanning.codes import clean
from billing.models import Bill, Return

PAGE = 50


def search(filters: dict[str, Any], *, after: str | None) -> dict[str, Any]:
    """A page of entries, newest first, as accounts.paging gives it; each as `told`. `filters`: actor, action,
    kind, target (a code, a number or a name), since and until (days). Raises ApiError for a wrong cursor."""
    rows = filtered(filters)
    return keyset_page(rows, after=after, limit=PAGE, describe=told, by_time="at", find=_uncounted)


def _uncounted(page: QuerySet[AuditLog], most: int) -> tuple[list[AuditLog], int | None]:
    found = list(page[:most])
    # Nobody needs to know how many of ten million there are; few are known without counting.
    return found, len(found) if len(found) < most else None


def filtered(filters: dict[str, Any]) -> QuerySet[AuditLog]:
    """The entries that fit."""
    rows = AuditLog.objects.all()
    if filters.get("actor"):
        rows = rows.filter(actor=_as_stored(filters["actor"]))
    if filters.get("action"):
        rows = rows.filter(action=filters["action"])
    if filters.get("target"):
        rows = rows.filter(_target(filters.get("kind") or "", filters["target"]))
    if filters.get("since"):
        rows = rows.filter(at__gte=_midnight(filters["since"]))
    if filters.get("until"):
        rows = rows.filter(at__lt=_midnight(filters["until"] + timedelta(days=1)))
    return rows


def history(kind: str, number: str, *, after: str | None) -> dict[str, Any]:
    """A page of what happened to one thing, newest first, as `search` gives it."""
    rows = AuditLog.objects.filter(target_type=kind, target_id=number)
    return keyset_page(rows, after=after, limit=PAGE, describe=told)


def told(entry: AuditLog) -> dict[str, Any]:
    """An entry as a row of a list: with the words for what happened, its changes, and where they lead."""
    return {
        "entry": entry,
        "what": WORDS.get(entry.action, entry.action),  # type: ignore[call-overload]
        "kind": TARGETS.get(entry.target_type, entry.target_type),
        "changes": changes(entry),
        "link": _link(entry),
    }


def changes(entry: AuditLog) -> list[dict[str, str]]:
    """Field by field: {"name", "before", "after"}, as texts; "" where there was nothing."""
    before, after = entry.before or {}, entry.after or {}
    return [
        {"name": name, "before": _text(before.get(name)), "after": _text(after.get(name))}
        for name in {**before, **after}
        if before.get(name) != after.get(name)
    ]


def proof(entry: AuditLog) -> dict[str, Any] | None:
    """The entry's place in the chain, with the hash before it, its own, and the first anchor that covers it;
    None while it is not sealed."""
    seal = Seal.objects.filter(entry=entry.pk).first()
    if seal is None:
        return None
    before = Seal.objects.filter(position=seal.position - 1).values_list("hash", flat=True).first()
    return {
        "position": seal.position,
        "hash": bytes(seal.hash).hex(),
        "before": bytes(before).hex() if before else "",
        "anchor": Anchor.objects.filter(count__gte=seal.position).order_by("pk").first(),
    }


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _as_stored(name: str) -> str:
    """A name as its owner writes it; one that nobody bears (any more) as it is asked."""
    return User.objects.filter(username__iexact=name).values_list("username", flat=True).first() or name


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _target(kind: str, text: str) -> Q:
    """The things that a text may name: by the code, number or name that they have now, or by their id."""
    found = Q()
    for name, ids in (
        ("bag", Bag.objects.with_code(clean(text)).values_list("pk", flat=True)),
        ("bill", Bill.objects.with_number(text).values_list("pk", flat=True)),
        ("return", Return.objects.filter(number=text.upper()).values_list("pk", flat=True)),
        ("user", User.objects.filter(username__iexact=text).values_list("pk", flat=True)),
    ):
        if kind in ("", name):
            found |= Q(target_type=name, target_id__in=[str(number) for number in ids])
    if kind not in ("", "bag", "bill", "return", "user"):
        found |= Q(target_type=kind, target_id=text)
    return found


def _link(entry: AuditLog) -> str:
    """The page of the entry's target, or ""."""
    names = {"bag": "bag-detail", "bill": "bill-detail", "return": "return-detail"}
    if name := names.get(entry.target_type):
        return reverse(name, args=[entry.target_label])
    return reverse("user", args=[entry.target_id]) if _is_user(entry) else ""


def _is_user(entry: AuditLog) -> bool:
    return entry.target_type == "user" and entry.target_id.isdigit()
