"""The faults of quality.md, one function each; what it does stands in its docstring.

`web`: its processes. `database`, `redis`, `network`, `devices`. `release`: new code, new tables.
`background`: what nobody waits for, and a backup that is brought back.
"""

from dataclasses import dataclass

from tests.soak.faults import background, database, devices, network, redis, release, web
from tests.soak.scene import Nemesis, Scene


@dataclass(frozen=True)
class Fault:
    """proxied: the operators' calls go through the proxy. disk_mb: the home stands on a disk of its own of
    this size. seconds: how long it lasts at least, in the long form. unnoticed: not one call may fail."""

    name: str
    inflict: Nemesis
    proxied: bool = False
    disk_mb: int = 0
    seconds: float = 10.0
    unnoticed: bool = False


def none(scene: Scene) -> None:
    """No fault at all: what the load and the checker say of a quiet day."""
    scene.struck = 1


FAULTS = [
    Fault("none", none, unnoticed=True),
    Fault("worker-killed", web.workers_killed),
    Fault("master-killed", web.master_killed),
    Fault("web-reloaded", web.reloaded, unnoticed=True),
    Fault("postgres-immediate-restart", database.restarted_immediate),
    Fault("backend-terminated", database.backend_terminated),
    Fault("postgres-stopped", database.stopped, seconds=20.0),
    Fault("connections-exhausted", database.connections_exhausted),
    Fault("disk-full", database.disk_full, disk_mb=database.DISK_MB),
    Fault("redis-killed", redis.killed),
    Fault("redis-stopped", redis.stopped),
    Fault("redis-restarted-empty", redis.restarted_empty),
    Fault("redis-full", redis.full),
    Fault("answer-lost", network.answers_lost, proxied=True),
    Fault("request-doubled", network.requests_doubled, proxied=True),
    Fault("session-ended", devices.sessions_ended),
    Fault("clock-jumps", devices.clocks_jump),
    Fault("rolling-restart", release.rolled, proxied=True, unnoticed=True),
    Fault("migrate-ten-at-once", release.migrated_ten_at_once, unnoticed=True),
    Fault("migrate-behind-reader", release.migrated_behind_a_reader, unnoticed=True),
    Fault("import-killed", background.import_killed, unnoticed=True),
    Fault("seal-and-fold-killed", background.seal_and_fold_killed, unnoticed=True),
    Fault("backup-restored", background.backup_restored, proxied=True),
]
BY_NAME = {fault.name: fault for fault in FAULTS}
