"""URIs for what events tell of, and ids of events. The same row has the same id in every export."""

from functools import cache
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5

from django.conf import settings


def uri(kind: str, name: str) -> str:
    """Of a bag, bill, return or area, below the setting EPCIS_NAMESPACE."""
    namespace = settings.EPCIS_NAMESPACE
    return f"{namespace}{kind}{namespace[-1]}{quote(name, safe='')}"


def event_id(kind: str, row: int) -> str:
    """Of the event that row number `row` tells; `kind` tells apart what else the row's number could mean."""
    return f"urn:uuid:{uuid5(_ours(settings.EPCIS_NAMESPACE), f'{kind} {row}')}"


@cache
def _ours(namespace: str) -> UUID:
    return uuid5(NAMESPACE_URL, namespace)
