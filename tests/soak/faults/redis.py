"""Valkey dies, stops, comes back empty, or takes nothing any more: scans go on."""

import time
from contextlib import suppress

import psutil
import redis

from tests.soak.scene import Scene

FILLER_BYTES = 1000


def killed(scene: Scene) -> None:
    """SIGKILL, and again as soon as it is back."""
    with scene.lasting("Valkey is killed"):
        while scene.goes_on:
            _kill(scene)
            time.sleep(0.05)


def stopped(scene: Scene) -> None:
    """SIGSTOP: it takes connections and answers nobody."""
    scene.reach(0.2)
    valkey = scene.deployment.server(scene.deployment.home.valkey)
    with scene.strike("stopped"):
        valkey.suspend()
        while scene.goes_on:
            time.sleep(0.05)
        valkey.resume()


def restarted_empty(scene: Scene) -> None:
    """Killed and started anew, with nothing in it, once a second."""
    with scene.lasting("Valkey is restarted"):
        while scene.goes_on:
            _kill(scene)
            time.sleep(1.0)


def full(scene: Scene) -> None:
    """It has no room and may drop nothing: every write is refused."""
    scene.reach(0.2)
    with redis.Redis.from_url(scene.deployment.home.valkey.url) as client, scene.strike("full"):
        before = client.config_get("maxmemory*")
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "2mb")
        with suppress(redis.exceptions.OutOfMemoryError):
            for number in range(20_000):
                client.set(f"filler:{number}", "x" * FILLER_BYTES)
        while scene.goes_on:
            time.sleep(0.05)
        client.flushall()
        for name in ("maxmemory", "maxmemory-policy"):
            client.config_set(name, before[name])


def _kill(scene: Scene) -> None:
    with suppress(psutil.NoSuchProcess):
        valkey = scene.deployment.server(scene.deployment.home.valkey)
        valkey.kill()
        scene.count()
