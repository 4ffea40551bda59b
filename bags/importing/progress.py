"""How far an import is, for the page that shows it. It stands in the cache: outside of the one transaction
that everything else happens in, and no loss when it is gone."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache

_KEPT_SECONDS = 3_600
_EVERY_SECONDS = 0.5


def telling(batch_id: int) -> Callable[[str, int, int], None]:
    """A function to call with step ("read", "check", "write"), rows done, rows in all (0: not known)."""
    told_at, told_step = 0.0, ""

    def tell(step: str, done: int, of: int) -> None:
        nonlocal told_at, told_step
        if step != told_step or time.monotonic() - told_at >= _EVERY_SECONDS:
            told_at, told_step = time.monotonic(), step
            cache.set(_key(batch_id), {"step": step, "done": done, "of": of}, _KEPT_SECONDS)

    return tell


def progress_of(batch_id: int) -> dict[str, Any] | None:
    """{"step", "done", "of"} as told last, or None."""
    return cache.get(_key(batch_id))


def _key(batch_id: int) -> str:
    return f"import-progress:{batch_id}"
