from collections.abc import Callable

from django.http import HttpRequest

from bags.models import Scan

COUNT_UP_TO = 100


def open_conflicts(_request: HttpRequest) -> dict[str, Callable[[], int]]:
    """For the navigation: how many conflicts wait, asked only where a template shows it."""
    return {"open_conflicts": Scan.objects.open_conflicts()[:COUNT_UP_TO].count}
