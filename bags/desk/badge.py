from collections import Counter
from collections.abc import Callable

from django.db.models import Value
from django.http import HttpRequest

from bags.models import Recount, Scan

COUNT_UP_TO = 100


def waiting(_request: HttpRequest) -> dict[str, Callable[[], Counter[str]]]:
    """For the navigation: how many of each kind wait, asked only where a template shows it."""
    return {"waiting": _counted}


def _counted() -> Counter[str]:
    """One statement, as each page pays for it."""
    conflicts = Scan.objects.open_conflicts().values_list(Value("conflicts"))[:COUNT_UP_TO]
    recounts = Recount.objects.to_decide().values_list(Value("recounts"))[:COUNT_UP_TO]
    return Counter(kind for (kind,) in conflicts.union(recounts, all=True))
