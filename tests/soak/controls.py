"""Negative controls: a fault without what protects from it. Each must be seen to fail, or the soak proves
nothing.

The open link's unique index and the row locks cover for each other, so both are taken away at once, and the
key's index with them: the proxy's doubled request is what brings two at the same link.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.checker import Outcome
from tests.soak.deployment import changed_code
from tests.soak.faults import BY_NAME
from tests.soak.operators import Rules
from tests.soak.scene import Crew
from tests.soak.trial import trial

NO_LOCK = {"bags/scanning/store.py": ("WHERE id = wanted.id FOR UPDATE)", "WHERE id = wanted.id)")}
NO_KEY_INDEX = "ALTER TABLE bags_scan DROP CONSTRAINT bags_scan_key_key"
NO_LINK_INDEX = "DROP INDEX link_child_in_one_parent"
# Of the database, which outweighs the command line that the private server is started with.
NO_SYNC = "ALTER DATABASE traitortrack SET synchronous_commit = off"
# A batch brings new bags, whose own index decides; a scan alone meets what the control took away.
ALL_LONE = Crew(lone=10, batched=0)
NO_ENTRIES = {"bags/scanning/writing.py": ("if entries else []),", "if not scans else []),")}
NO_WORDS = {
    "traitortrack/api.py": ("@api.exception_handler(OperationalError)\n", ""),
    "traitortrack/middleware.py": (
        "isinstance(error, OperationalError | InterfaceError)",
        "isinstance(error, InterfaceError)",
    ),
}


@dataclass(frozen=True)
class Control:
    """`fault` is played with the code or the tables changed, or with clients that break a rule, at most
    `tries` times until `is_seen`."""

    name: str
    fault: str
    is_seen: Callable[[Outcome], object]
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    tables: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    crew: Crew | None = None
    tries: int = 3


CONTROLS = [
    Control(
        "no unique index on the key",
        "request-doubled",
        lambda seen: seen.doubled,
        tables=(NO_KEY_INDEX,),
        crew=ALL_LONE,
    ),
    Control("no row lock", "none", lambda seen: seen.broken, changes=NO_LOCK),
    Control(
        "no row lock, no index on open links, none on the key",
        "request-doubled",
        lambda seen: 2 in seen.broken,
        changes=NO_LOCK,
        tables=(NO_KEY_INDEX, NO_LINK_INDEX),
        crew=ALL_LONE,
    ),
    Control(
        "synchronous_commit off",
        "postgres-immediate-restart",
        lambda seen: seen.lost,
        tables=(NO_SYNC,),
        tries=5,
    ),
    Control(
        "a stopped database is waited for",
        "postgres-stopped",
        lambda seen: not seen.is_quick,
        changes={
            "traitortrack/settings/database.py": ("traitortrack.patient", "django.db.backends.postgresql")
        },
    ),
    Control("no audit entry", "none", lambda seen: 13 in seen.broken, changes=NO_ENTRIES),
    Control(
        "no words for a lost connection", "backend-terminated", lambda seen: seen.wordless, changes=NO_WORDS
    ),
    Control(
        "a client that deletes before the answer",
        "answer-lost",
        lambda seen: seen.lost,
        rules=Rules(deletes_before_the_answer=True),
    ),
    Control(
        "a client with a new key for each try",
        "answer-lost",
        lambda seen: seen.doubled,
        rules=Rules(new_key_for_each_try=True),
    ),
    Control(
        "a client that lets go of what a backup has not",
        "backup-restored",
        lambda seen: seen.lost,
        rules=Rules(sends_nothing_again=True),
    ),
]


def fails(folder: Path, control: Control, *, scans: int, seconds: float) -> Outcome:
    """The outcome that shows it, or the last one where none did."""
    for _ in range(control.tries):
        with changed_code(folder, "code", control.changes) as code:
            outcome = trial(
                folder,
                BY_NAME[control.fault],
                scans=scans,
                seconds=seconds,
                crew=control.crew,
                code=code,
                tables=control.tables,
                rules=control.rules,
            )
        if control.is_seen(outcome):
            break
    return outcome


BY_CONTROL = {control.name: control for control in CONTROLS}
