"""The network between operator and server: answers get lost, requests arrive twice."""

import time

from tests.soak.proxy import Way, doubling, losing_answers, straight
from tests.soak.scene import Scene


def answers_lost(scene: Scene) -> None:
    """A third of the scan calls is done and committed, and the answer never arrives."""
    _by_the_way(scene, losing_answers(0.33, scene.count))


def requests_doubled(scene: Scene) -> None:
    """Every scan call reaches the server twice in the same moment."""
    _by_the_way(scene, doubling(scene.count))


def _by_the_way(scene: Scene, way: Way) -> None:
    if scene.proxy is None:
        raise ValueError("the operators' calls do not go through the proxy")
    with scene.lasting("the network"):
        scene.proxy.way = way
        while scene.goes_on:
            time.sleep(0.05)
        scene.proxy.way = straight
