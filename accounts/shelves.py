"""Small tables that are read often and change almost never, as each process keeps them."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

Kept = TypeVar("Kept")
FRESH_FOR_SECONDS = 5.0


class Shelf(Generic[Kept]):
    """This process's copy of what `read` gives. A row that an admin adds is known everywhere five seconds
    later."""

    def __init__(self, read: Callable[[], Kept]) -> None:
        self._read, self._read_at = read, float("-inf")

    def look(self) -> Kept:
        if time.monotonic() - self._read_at > FRESH_FOR_SECONDS:
            self._kept = self._read()
            self._read_at = time.monotonic()
        return self._kept

    def forget(self) -> None:
        """Read anew at the next look of this process."""
        self._read_at = float("-inf")
