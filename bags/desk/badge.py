from collections.abc import Callable

from django.http import HttpRequest

from bags.models import Recount, Scan

COUNT_UP_TO = 100


def waiting(_request: HttpRequest) -> dict[str, Callable[[], int]]:
    """For the navigation: how many of each kind wait, asked only where a template shows it."""
    return {
        "open_conflicts": Scan.objects.open_conflicts()[:COUNT_UP_TO].count,
        "recounts_to_decide": Recount.objects.to_decide()[:COUNT_UP_TO].count,
    }
