"""Products as the scan path needs them: few, read often, changed almost never."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from bags.models import Product
from bags.scanning.floor import ProductFacts

FRESH_FOR_SECONDS = 5.0


@dataclass(slots=True)
class _Shelf:
    """This process's copy. A product that an admin adds is known everywhere five seconds later."""

    facts: dict[str, ProductFacts] = field(default_factory=dict)
    read_at: float = float("-inf")


_shelf = _Shelf()


def known_products() -> dict[str, ProductFacts]:
    """All products by name, longest prefix first, so that the most exact prefix decides."""
    if time.monotonic() - _shelf.read_at > FRESH_FOR_SECONDS:
        # They decide scans, so never as a replica knows them, whoever asks first.
        products = Product.objects.using(DEFAULT_DB_ALIAS)
        _shelf.facts = {product.name: _facts(product) for product in products}
        _shelf.facts = dict(sorted(_shelf.facts.items(), key=lambda item: -len(item[1].prefix)))
        _shelf.read_at = time.monotonic()
    return _shelf.facts


def product_shapes() -> list[dict[str, Any]]:
    """What a scanning screen has to know of the products."""
    return [
        {"name": product.name, "prefix": product.prefix, "digits": product.digits, "limit": product.limit}
        for product in known_products().values()
    ]


def forget_products() -> None:
    """Read the products anew at the next scan of this process."""
    _shelf.read_at = float("-inf")


def _facts(product: Product) -> ProductFacts:
    return ProductFacts(
        id=product.pk,
        name=product.name,
        prefix=product.prefix,
        digits=product.digits,
        limit=product.children_per_parent,
        kg_per_child=product.kg_per_child,
    )
