"""Starting, finding and ending the servers' processes."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from .places import Account

PR_SET_PDEATHSIG = 1
LOG_KEPT_BYTES = 5_000_000

# Kept for as long as they run: they may outlive whoever asked for them, and once ended they want collecting.
_started: list[subprocess.Popen[bytes]] = []


def spawn(
    argv: Sequence[str],
    *,
    log: Path | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    env: dict[str, str] | None = None,
    dies_with_me: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Starts a server in a session of its own, so that a Ctrl-C at the terminal reaches only its starter.

    dies_with_me: what the kernel sends it when this process ends in any way, SIGKILL included (Linux).
    log: output is appended there; without it the server writes where we do.
    """
    other = account is not None and not account.is_me
    with contextlib.ExitStack() as stack:
        output = stack.enter_context(log.open("ab")) if log else None
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output and subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            user=account.uid if account and other else None,
            group=account.gid if account and other else None,
            extra_groups=[] if other else None,
            preexec_fn=_death_signal(dies_with_me),  # noqa: PLW1509 - makes two system calls, takes no lock
        )
    _started.append(process)
    return process


def collect_ended() -> None:
    """Leaves no zombie of those that we started."""
    _started[:] = [process for process in _started if process.poll() is None]


def find(pid: int, is_it: Callable[[psutil.Process], bool]) -> psutil.Process | None:
    """The live process with this id if it is the one meant: ids are used again after a crash or a reboot."""
    try:
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE and is_it(process):
            return process
    except psutil.NoSuchProcess:
        pass
    return None


def end(process: psutil.Process, steps: Sequence[tuple[signal.Signals, float]]) -> bool:
    """Sends each signal in turn and waits its seconds; True as soon as the process is gone."""
    for sign, seconds in steps:
        try:
            process.send_signal(sign)
            # A process that was stopped (SIGSTOP) hears no other signal before it goes on.
            process.send_signal(signal.SIGCONT)
        except psutil.NoSuchProcess:
            return True
        if _gone_within(process, seconds):
            return True
    return False


def keep_log_short(log: Path) -> None:
    """Sets a log that has grown large aside, and drops the one set aside before."""
    if log.exists() and log.stat().st_size > LOG_KEPT_BYTES:
        log.replace(log.with_name(log.name + ".1"))


def _gone_within(process: psutil.Process, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            # Our own child stays a zombie until its Popen object looks at it; it has ended all the same.
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _death_signal(sign: signal.Signals | None) -> Callable[[], None] | None:
    if sign is None or not hasattr(os, "pidfd_open"):  # Linux only
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel
