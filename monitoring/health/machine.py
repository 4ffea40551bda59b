"""Memory, CPU and disk of the machine that answers, and what our own processes take of them."""

import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from django.conf import settings
from django.utils.translation import gettext as _

from monitoring.health.database import readable_size
from monitoring.health.shape import Item, judge

# Within a container this is the machine that counts (cgroup v2).
CONTAINER = Path("/sys/fs/cgroup")

# By process id: when it was looked at last, and the CPU seconds it had used by then.
_seen: dict[int, tuple[float, float]] = {}


def machine_items() -> list[Item]:
    """The items `memory` and `disk`."""
    return [_memory(), _disk()]


def _memory() -> Item:
    total, free = _memory_sizes()
    percent = 100 * free / total
    text = _("{free} of {total} memory free.").format(free=readable_size(free), total=readable_size(total))
    facts = {
        "total_bytes": total,
        "free_bytes": free,
        "free_percent": round(percent, 1),
        "load_per_core": round(psutil.getloadavg()[0] / (psutil.cpu_count() or 1), 2),
        "processes": our_processes(),
    }
    return Item("memory", judge("memory_free_percent", percent), text, facts)


def _memory_sizes() -> tuple[int, int]:
    """All and free bytes: the container's where it has a limit, else the machine's."""
    machine = psutil.virtual_memory()
    try:
        limit = int((CONTAINER / "memory.max").read_text())
        used = int((CONTAINER / "memory.current").read_text())
    except (OSError, ValueError):  # no container, or one without a limit ("max")
        return machine.total, machine.available
    return (limit, max(limit - used, 0)) if limit < machine.total else (machine.total, machine.available)


def _disk() -> Item:
    usage = psutil.disk_usage(str(settings.HOME))
    percent = 100 * usage.free / usage.total
    text = _("{free} of {total} disk free.").format(
        free=readable_size(usage.free), total=readable_size(usage.total)
    )
    facts = {"total_bytes": usage.total, "free_bytes": usage.free, "free_percent": round(percent, 1)}
    return Item("disk", judge("disk_free_percent", percent), text, facts)


def our_processes() -> list[dict[str, Any]]:
    """Web servers and workers on this machine: {"pid", "does", "memory_bytes",
    "cpu_seconds", "cpu_percent", "threads"}."""
    found = []
    for process in psutil.process_iter():
        try:
            does = _task_of(process.cmdline())
            if does:
                found.append(_described(process, does))
        except psutil.Error:  # ended meanwhile, or another's
            continue
    for gone in _seen.keys() - {one["pid"] for one in found}:
        _seen.pop(gone, None)
    return sorted(found, key=lambda one: (one["does"], one["pid"]))


def _task_of(words: list[str]) -> str:
    """What a command line of ours does: `web`, `worker`, or nothing."""
    if not words or not Path(words[0]).name.startswith("python"):
        return ""
    if any(word.endswith("gunicorn_conf.py") for word in words):
        return "web"
    is_worker = any(one.endswith("manage.py") and two == "worker" for one, two in pairwise(words))
    return "worker" if is_worker else ""


def _described(process: psutil.Process, does: str) -> dict[str, Any]:
    with process.oneshot():
        times = process.cpu_times()
        used, now = times.user + times.system, time.time()
        # Since the last look; a process not seen before since its start.
        since, before = _seen.get(process.pid, (process.create_time(), 0.0))
        if now - since >= 1:
            _seen[process.pid] = (now, used)
        return {
            "pid": process.pid,
            "does": does,
            "memory_bytes": process.memory_info().rss,
            "cpu_seconds": round(used, 2),
            "cpu_percent": round(100 * max(used - before, 0) / max(now - since, 0.01), 1),
            "threads": process.num_threads(),
        }
