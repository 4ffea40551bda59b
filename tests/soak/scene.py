"""One fault under load: the operators, the nemesis, the end."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.browser import Browser
from tests.soak.deployment import PASSWORD, Deployment
from tests.soak.history import History
from tests.soak.operators import Operator, Progress, Rules
from tests.soak.proxy import Proxy
from tests.soak.shift import Shift

# Within this part of the load the fault goes on: some scans come before it and some after.
BEGINS, ENDS = 0.05, 0.9
LONGEST_SECONDS = 600


class Wrong(Exception):
    """What was struck, or what was done to strike, did not do what it should."""


class TooLong(Exception):
    """The load did not come to its end in time."""


@dataclass
class Crew:
    """Who scans: so many operators one scan at a time, so many in batches."""

    lone: int = 4
    batched: int = 6
    batch: int = 20


@dataclass
class Scene:
    """What a nemesis sees. It calls `strike` for each blow: recovery is counted from its end."""

    deployment: Deployment
    history: History
    progress: Progress
    proxy: Proxy | None
    seconds: float  # how long a fault lasts that lasts
    operators: list[Operator] = field(default_factory=list)
    struck: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    began: float = field(default_factory=time.monotonic)

    @property
    def until(self) -> float:
        return self.began + LONGEST_SECONDS

    @property
    def goes_on(self) -> bool:
        """Whether the nemesis goes on striking: for `seconds`, and until most of the load is done."""
        now = time.monotonic()
        return now < self.until and (now < self.began + self.seconds or self.progress.share < ENDS)

    @contextmanager
    def strike(self, note: str) -> Iterator[None]:
        self.struck += 1
        with self.history.fault(note):
            yield

    @contextmanager
    def lasting(self, note: str) -> Iterator[None]:
        """For blows that leave no time to recover between them: each is counted, the last one ends it."""
        with self.history.fault(note):
            yield

    def count(self) -> None:
        """A blow within `lasting`."""
        self.struck += 1

    def reach(self, share: float) -> None:
        """Waits until so much of the load is done."""
        while self.progress.share < share:
            self.pause()

    def recover(self) -> None:
        """Waits until every operator has been answered anew: between two blows that stand for themselves."""
        now = time.monotonic()
        while any(operator.answered_at < now for operator in self.operators):
            self.pause()

    def pause(self, seconds: float = 0.01) -> None:
        """A moment of a wait that has an end."""
        if time.monotonic() > self.until:
            raise TooLong(f"only {self.progress.share:.0%} of the scans came through")
        time.sleep(seconds)


Nemesis = Callable[[Scene], None]


def play(
    deployment: Deployment,
    nemesis: Nemesis,
    *,
    place: Path,
    scans: int,
    run: int = 0,
    seconds: float = 5.0,
    crew: Crew | None = None,
    proxied: bool = False,
    rules: Rules | None = None,
) -> Scene:
    """Load until `scans` are acknowledged and the nemesis is through; what happened stands at `place`.

    seconds: how long a fault that lasts does so at least. rules: the clients', broken for a control.

    run: makes codes and devices its own where a database sees several loads. Raises what broke the nemesis
    or the harness.
    """
    history, progress = History(place), Progress(scans)
    with ExitStack() as stack:
        stack.callback(history.close)
        proxy = Proxy(deployment.port) if proxied else None
        if proxy:
            stack.callback(proxy.close)
        scene = Scene(deployment, history, progress, proxy, seconds)
        scene.operators = _operators(scene, crew or Crew(), run, rules or Rules())
        broke: list[Exception] = []
        hand = threading.Thread(target=_inflict, args=(nemesis, scene, broke), daemon=True)
        for thread in [*scene.operators, hand]:
            thread.start()
        for thread in [hand, *scene.operators]:
            thread.join(max(1.0, scene.until - time.monotonic()) + 120)
        for error in [*broke, *(one.broke for one in scene.operators)]:
            if error:
                raise error
        if any(one.is_alive() for one in scene.operators):
            raise TooLong("an operator is still scanning")
        history.note("end", pulls_left=[entry.pull for one in scene.operators for entry in one.queue])
    return scene


def _inflict(nemesis: Nemesis, scene: Scene, broke: list[Exception]) -> None:
    try:
        scene.reach(BEGINS)
        nemesis(scene)
    except Exception as error:  # noqa: BLE001 - raised again by play()
        broke.append(error)
        scene.progress.target = 1  # nothing more to be seen
    finally:
        scene.progress.fault_is_over.set()


def _operators(scene: Scene, crew: Crew, run: int, rules: Rules) -> list[Operator]:
    port = scene.proxy.port if scene.proxy else scene.deployment.port
    operators = []
    for number in range(crew.lone + crew.batched):
        browser = Browser(port, f"soak-{number:02}", PASSWORD)
        # Every third is a biller (deployment.MAKE_PEOPLE).
        shift = Shift(run=run, operator=number, bills=number % 3 == 2)
        batch = 1 if number < crew.lone else crew.batch
        operator = Operator(
            number=number,
            browser=browser,
            shift=shift,
            history=scene.history,
            progress=scene.progress,
            batch=batch,
        )
        operator.rules = rules
        operators.append(operator)
    return operators
