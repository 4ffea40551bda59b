"""Products as the scan path needs them: few, read often, changed almost never."""

from typing import Any

from django.db import DEFAULT_DB_ALIAS

from accounts.shelves import Shelf
from bags.models import Product
from bags.scanning.floor import ProductFacts


def _read() -> dict[str, ProductFacts]:
    # They decide scans, so never as a replica knows them, whoever asks first.
    products = Product.objects.using(DEFAULT_DB_ALIAS)
    facts = {product.name: _facts(product) for product in products}
    return dict(sorted(facts.items(), key=lambda item: -len(item[1].prefix)))


_shelf = Shelf(_read)


def known_products() -> dict[str, ProductFacts]:
    """All products by name, longest prefix first, so that the most exact prefix decides."""
    return _shelf.look()


def product_shapes() -> list[dict[str, Any]]:
    """What a scanning screen has to know of the products."""
    return [
        {"name": product.name, "prefix": product.prefix, "digits": product.digits, "limit": product.limit}
        for product in known_products().values()
    ]


def forget_products() -> None:
    """Read the products anew at the next scan of this process."""
    _shelf.forget()


def _facts(product: Product) -> ProductFacts:
    return ProductFacts(
        id=product.pk,
        name=product.name,
        prefix=product.prefix,
        digits=product.digits,
        limit=product.children_per_parent,
        kg_per_child=product.kg_per_child,
    )
