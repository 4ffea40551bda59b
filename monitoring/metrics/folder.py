"""The folder in which the web processes of one home keep their counts, each in files of its own.

It must be chosen before prometheus_client is imported anywhere, so nothing here imports it. Its default place
is in memory: a count written into a file on a full disk ends the process that counts.
"""

import os
import shutil
import stat
from pathlib import Path

import psutil


class UnusableFolder(Exception):
    """The counts cannot be kept there."""


def use_folder(folder: Path) -> Path:
    """Makes the folder, ours alone. Raises UnusableFolder where it is somebody else's or cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise UnusableFolder(
            f"METRICS_DIR {folder} cannot be made: {error.strerror}. Choose another."
        ) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise UnusableFolder(f"METRICS_DIR {folder} belongs to somebody else. Choose another.")
    return folder


def leave_folder(folder: Path) -> None:
    """Removes the folder, unless another master's processes still count in it, as code changes."""
    if not any(psutil.pid_exists(pid) for pid in counting(folder) if pid != os.getpid()):
        shutil.rmtree(folder, ignore_errors=True)


def counting(folder: Path) -> set[int]:
    """The ids of the processes that have files there, ended ones too."""
    owners = {place.stem.rpartition("_")[2] for place in folder.glob("*.db")}
    return {int(owner) for owner in owners if owner.isdecimal()}
