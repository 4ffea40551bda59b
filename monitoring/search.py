"""One field for everything: bags, bills, and people for admins. Exact hits come first."""

from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.operators import Operator
from bags.products import known_products
from bags.reading import find_bag, list_bags, summary
from bags.scanning.codes import clean, read, storable
from billing.reading import bill_facts, find_bill, list_bills

MOST = 20
WHOLE_CODE = 7  # with so many signs nobody means a part of another code


def search(operator: Operator, text: str) -> dict[str, list[dict[str, Any]]]:
    """What fits `text` and exists for the operator: {"bags", "bills", "users"}, at most MOST of each, the one
    that is called exactly so first, then the newest. A printed label finds its packet."""
    text = storable(text).strip()
    if not clean(text):
        return {"bags": [], "bills": [], "users": []}
    return {
        "bags": _bags(operator, text),
        "bills": _bills(text) if operator.may_bill else [],
        "users": _users(text) if operator.is_admin else [],
    }


def _bags(operator: Operator, text: str) -> list[dict[str, Any]]:
    code = read(text, list(known_products().values())).code or clean(text)
    exact = find_bag(operator, code)
    if exact is None:
        return list(list_bags(operator, {"q": code}, after=None, limit=MOST)["results"])
    first = summary(exact)
    if len(code) >= WHOLE_CODE:
        return [first]
    others = list_bags(operator, {"q": code}, after=None, limit=MOST)["results"]
    return [first, *(bag for bag in others if bag != first)][:MOST]


def _bills(text: str) -> list[dict[str, Any]]:
    exact = find_bill(text)
    first = [bill_facts(exact)] if exact else []
    others = list_bills({"q": text}, after=None, limit=MOST)["results"]
    return [*first, *(bill for bill in others if bill not in first)][:MOST]


def _users(text: str) -> list[dict[str, Any]]:
    fits = Q(username__icontains=text) | Q(email__icontains=text)
    names = ("id", "username", "email", "role", "area", "is_active")
    found = [dict(user) for user in User.objects.filter(fits).order_by("-pk").values(*names)[: MOST + 1]]
    exact = User.objects.filter(username__iexact=text).values(*names).first()
    return [*([dict(exact)] if exact else []), *(user for user in found if user != exact)][:MOST]
