"""The web server's processes die, or make room for new ones."""

import os
import signal
import time
from contextlib import suppress

import psutil

from tests.soak.scene import Scene

EVERY_SECONDS = 0.4


def workers_killed(scene: Scene) -> None:
    """SIGKILL to a worker of the web server every 0.4 s."""
    with scene.lasting("workers are killed"):
        while scene.goes_on:
            time.sleep(EVERY_SECONDS)
            with suppress(psutil.NoSuchProcess, IndexError):
                scene.chance.choice(scene.deployment.web.children()).kill()
                scene.count()


def master_killed(scene: Scene) -> None:
    """SIGKILL to the web server's master, twice: its workers see it and go, and it is started anew."""
    for share in (0.2, 0.6):
        scene.reach(share)
        master = scene.deployment.web
        with scene.strike("master killed"):
            master.kill()
        while not scene.deployment.has_web or scene.deployment.web == master:
            scene.pause()
        scene.recover()


def reloaded(scene: Scene) -> None:
    """SIGHUP to the master: new workers for old ones, again and again, and nobody notices."""
    with scene.lasting("reloaded"):
        while scene.goes_on:
            os.kill(scene.deployment.web.pid, signal.SIGHUP)
            scene.count()
            time.sleep(1.0)
