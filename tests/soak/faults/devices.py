"""What happens to the devices: a session that ends, a clock that jumps."""

import time
from datetime import timedelta

from tests.soak.scene import Scene

LONGEST_JUMP_DAYS = 4000


def sessions_ended(scene: Scene) -> None:
    """Three times: the devices scan without a connection until their queues are long, meanwhile every session
    ends; then they find the server again, and themselves signed out."""
    for share in (0.1, 0.4, 0.7):
        scene.reach(share)
        with scene.strike("sessions ended"):
            for operator in scene.operators:
                operator.offline.set()
            time.sleep(min(1.0, scene.seconds / 4))
            scene.deployment.home.sql("DELETE FROM accounts_session")
            for operator in scene.operators:
                operator.offline.clear()
        scene.recover()


def clocks_jump(scene: Scene) -> None:
    """Each device's clock jumps to and fro by up to eleven years. The clock of the machine itself is not ours
    to set, so the server's stays right."""
    with scene.lasting("clocks jump"):
        while scene.goes_on:
            for operator in scene.operators:
                days = scene.chance.uniform(-LONGEST_JUMP_DAYS, LONGEST_JUMP_DAYS)
                operator.skew = timedelta(days=days)
                scene.count()
            time.sleep(0.1)
    for operator in scene.operators:
        operator.skew = timedelta(0)
