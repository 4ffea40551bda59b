"""What a Ctrl-C, a `kill` or a closed terminal does while servers are up."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

ASKED_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], None]


@contextlib.contextmanager
def handled(handler: Handler) -> Iterator[None]:
    """Within, all three requests to stop go to this handler, also where a shell had them ignored."""
    before = {number: signal.signal(number, handler) for number in ASKED_TO_STOP}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def ignore(number: int, frame: FrameType | None) -> None:
    """Tidying up is not interrupted; it is bounded in time by itself."""
