"""What happened, line by line, in a file: the checker knows nothing else but this and the database.

Times are seconds of this machine's monotonic clock. Kinds of lines (`what`):
  pull   a trigger pull: operator, pull (its number), key, mode, raw. Written before anything is sent
  call   began, ended, operator, path, keys, status (null: no whole answer), plain, error, results
  again  at, operator, keys: sent once more, for the server was brought back from a backup; what was told of
         them before counts no longer
  aside  keys that the server will never take: the client laid them before a person
  fault  at, edge ("began" or "ended"), note
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Line = dict[str, Any]


class History:
    def __init__(self, place: Path) -> None:
        self.place = place
        self._file = place.open("w", encoding="utf-8")
        self._lock = threading.Lock()

    def note(self, what: str, **facts: Any) -> None:
        line = json.dumps({"what": what, **facts})
        with self._lock:
            self._file.write(line + "\n")

    @contextmanager
    def fault(self, note: str) -> Iterator[None]:
        """The fault lasts for the block; one that takes no time has an empty block."""
        self.note("fault", at=time.monotonic(), edge="began", note=note)
        try:
            yield
        finally:
            self.note("fault", at=time.monotonic(), edge="ended", note=note)

    def close(self) -> None:
        self._file.close()


def read(place: Path) -> list[Line]:
    with place.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
