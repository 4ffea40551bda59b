"""The counts of all web processes, put together. What ended processes have counted is kept in one file of
each kind, so that neither a count is lost nor the folder grows when workers are killed and started again."""

import fcntl
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from prometheus_client import Metric, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from monitoring.metrics.folder import counting, use_folder

ENDED = "ended"


def is_shared() -> bool:
    """Whether this process counts in such a folder: chosen at its start (traitortrack.wsgi)."""
    return bool(values.ValueClass._multiprocess)


def collected(folder: Path) -> Iterable[Metric]:
    """Every counter and histogram, over all processes that count or have counted in this folder."""
    with _locked(folder):
        _fold_ended(folder)
        files = [str(place) for place in folder.glob("*.db") if place.stat().st_size]
        found: Iterable[Metric] = MultiProcessCollector.merge(files)
    return found


def fold_ended(folder: Path) -> None:
    """Move the counts of processes that have ended into the file of all ended ones."""
    with _locked(folder):
        _fold_ended(folder)


def _fold_ended(folder: Path) -> None:
    ended = {pid for pid in counting(folder) if not psutil.pid_exists(pid)}
    for kind in ("counter", "histogram"):
        places = [place for pid in ended if (place := folder / f"{kind}_{pid}.db").exists()]
        if places:
            _add(places, folder / f"{kind}_{ENDED}.db")


def _add(places: list[Path], target: Path) -> None:
    totals: defaultdict[str, float] = defaultdict(float)
    for place in [target, *places]:
        if place.exists() and place.stat().st_size:
            for key, value, _at, _position in MmapedDict.read_all_values_from_file(str(place)):
                totals[key] += value
    fresh = target.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    book = MmapedDict(str(fresh))
    for key, value in totals.items():
        book.write_value(key, value, 0.0)
    book.close()
    fresh.replace(target)
    for place in places:
        place.unlink()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time: whoever reads meets each count once, in the ended one's file or in that of all."""
    with (use_folder(folder) / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
