"""Running one command with servers up, and leaving things as they were found."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from . import signals
from .addresses import private_urls
from .errors import ServiceError
from .group import PrivateServers
from .places import remove

MEANS_KILLED = 128


def run_with(servers: PrivateServers, command: Sequence[str], env: Mapping[str, str]) -> int:
    """Starts what is missing, runs the command with env added to ours, stops what was started.

    Gives the command's exit code, 128 + n when signal n ended it. Raises KeyboardInterrupt when told to stop
    before the command runs.
    """
    with signals.handled(signals.interrupt):
        started = servers.start(tied=True)
        try:
            return _run(command, {**os.environ, **env})
        finally:
            with signals.handled(signals.ignore):
                servers.stop(started)


def run_on_throw_away(command: Sequence[str], *, prefer: str) -> int:
    """The same on new servers with an empty TRAITORTRACK_HOME of their own, all removed at the end.

    Servers that the environment names are left alone: what may be thrown away is never a real database.
    """
    home = Path(tempfile.mkdtemp(prefix="traitortrack-"))
    urls = private_urls(home)
    env = {
        "TRAITORTRACK_HOME": str(home),
        "DATABASE_URL": urls.database_url,
        "DATABASE_DIRECT_URL": urls.database_direct_url,
        "REDIS_URL": urls.redis_url,
    }
    servers = PrivateServers(home, prefer=prefer)
    try:
        return run_with(servers, command, env)
    finally:
        with signals.handled(signals.ignore):
            remove(servers.places)


def _run(command: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        process = subprocess.Popen(command, env=env)
    except OSError as error:
        raise ServiceError(
            f"{command[0]} could not be run: {error.strerror}. Nothing else was changed. Check its name."
        ) from error

    def pass_on(number: int, frame: FrameType | None) -> None:
        # A Ctrl-C reaches the command from the terminal as well; we tidy up once it has ended.
        if number != signal.SIGINT:
            process.send_signal(number)

    with signals.handled(pass_on):
        code = process.wait()
    return code if code >= 0 else MEANS_KILLED - code
