"""What is known of people, as the pages for admins tell it."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import PromotionRequest, User
from accounts.paging import keyset_page

_ASKS = Exists(PromotionRequest.objects.filter(user=OuterRef("pk"), state=PromotionRequest.State.PENDING))


def list_people(filters: dict[str, Any] | None, *, after: str | None, limit: int) -> dict[str, Any]:
    """A page of people, newest first, as accounts.paging gives it. `filters`: q (part of the name or e-mail),
    role, area, state ("active" or "inactive"); None finds nobody."""
    rows = User.objects.none() if filters is None else _filtered(filters)
    rows = rows.select_related("area").annotate(asks=_ASKS)
    return keyset_page(rows, after=after, limit=limit, describe=lambda user: {"user": user})


def _filtered(filters: dict[str, Any]) -> QuerySet[User]:
    rows = User.objects.all()
    if filters.get("q"):
        rows = rows.filter(Q(username__icontains=filters["q"]) | Q(email__icontains=filters["q"]))
    if filters.get("role"):
        rows = rows.filter(role=filters["role"])
    if filters.get("area"):
        rows = rows.filter(area=filters["area"])
    if filters.get("state"):
        rows = rows.filter(is_active=filters["state"] == "active")
    return rows


def find_person(user_id: int) -> User | None:
    return User.objects.select_related("area").filter(pk=user_id).first()
