"""Which folders and which operating-system account the private servers use.

PostgreSQL refuses to run as root, so a start by root hands the servers to an unprivileged account. Where
that account may not enter TRAITORTRACK_HOME (say, below a folder with mode 0700), a stand-in folder serves.
"""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .errors import ServiceError

# A Unix socket's whole path has at most 107 bytes on Linux, 103 elsewhere; PostgreSQL's file name takes 16.
LONGEST_SOCKET_FOLDER = 85
RECORD = "services.json"
NOBODY = 65534
# Others may pass through to what is theirs below, and see nothing else.
MAY_PASS = 0o711


@dataclass(frozen=True)
class Account:
    name: str
    uid: int
    gid: int

    @property
    def is_me(self) -> bool:
        return self.uid == os.geteuid()


@dataclass(frozen=True)
class Places:
    """home: state, locks, logs. root: what the servers' account must reach (home, or a stand-in).

    sockets: below root, or in the system's temporary folder when that path is too long for a socket.
    """

    home: Path
    root: Path
    sockets: Path

    @property
    def data(self) -> Path:
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        return self.home / "log"


def find_places(home: Path) -> Places:
    """The places recorded by an earlier start, else those that the first start will use. Touches nothing."""
    home = Path(os.path.realpath(home))
    return _recorded(home) or _planned(home)


def servers_account(data: Path) -> Account:
    """Who runs the servers: whoever started us, but never root."""
    if os.geteuid() != 0:
        return _myself()
    if data.exists() and data.stat().st_uid != 0:
        return _account(pwd.getpwuid(data.stat().st_uid))
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _account(pwd.getpwnam(name))
    # Every Linux has `nobody`; where its entry is missing, its number still has no rights.
    return Account(name="nobody", uid=NOBODY, gid=NOBODY)


def can_enter(folder: Path, account: Account) -> bool:
    """Whether the account may pass through the folder and all above it (those still missing will let it)."""
    for place in (folder, *folder.parents):
        try:
            status = place.stat()
        except FileNotFoundError:
            continue
        if status.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == account.gid:
            bit = stat.S_IXGRP
        else:
            bit = stat.S_IXOTH
        if not status.st_mode & bit:
            return False
    return True


def prepare(places: Places, account: Account) -> None:
    """Makes the folders, gives the servers' account its own, records the places for every later command."""
    make_folder(places.home, MAY_PASS)
    if places.root != places.home:
        make_folder(places.root, MAY_PASS, _myself())
    make_folder(places.logs, MAY_PASS)
    if not can_enter(places.root, account):
        places.root.chmod(stat.S_IMODE(places.root.stat().st_mode) | MAY_PASS)
    make_folder(places.sockets, 0o700, account)
    record = places.home / RECORD
    text = json.dumps({name: str(getattr(places, name)) for name in ("home", "root", "sockets")}, indent=1)
    if not record.exists() or record.read_text() != text:
        fresh = record.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(record)


def make_folder(folder: Path, mode: int, owner: Account | None = None) -> None:
    """Makes the folder with this mode, whatever the umask, and owner; refuses one of another owner."""
    if not folder.is_dir():
        if not folder.parent.is_dir():
            make_folder(folder.parent, 0o755)
        folder.mkdir()
        folder.chmod(mode)
        if owner and not owner.is_me:
            os.chown(folder, owner.uid, owner.gid)
    elif owner and folder.lstat().st_uid != owner.uid:
        raise ServiceError(
            f"The folder {folder} does not belong to {owner.name}, as the private servers need it. Your data "
            "is untouched. Start as its owner or as root, or point TRAITORTRACK_HOME to another folder."
        )


def remove(places: Places) -> None:
    """Removes a throw-away home and all that its servers kept elsewhere."""
    for folder in (places.sockets, places.root, places.home):
        shutil.rmtree(folder, ignore_errors=True)


def _myself() -> Account:
    try:
        return _account(pwd.getpwuid(os.geteuid()))
    except KeyError:  # some containers run a number that has no name
        return Account(name=str(os.geteuid()), uid=os.geteuid(), gid=os.getegid())


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def _recorded(home: Path) -> Places | None:
    try:
        record = json.loads((home / RECORD).read_text())
        places = Places(*(Path(record[name]) for name in ("home", "root", "sockets")))
    except (OSError, ValueError, KeyError):
        return None
    # A copied or moved home must not steer the servers of the place it came from.
    return places if places.home == home and places.root.exists() else None


def _planned(home: Path) -> Places:
    root = home
    # home's own mode is ours to set (prepare), those of the folders above are not.
    if os.geteuid() == 0 and not can_enter(home.parent, servers_account(home / "postgres")):
        root = _stand_in_base() / f"traitortrack-{_short_hash(home)}"
    sockets = root / "run"
    if len(os.fsencode(sockets)) > LONGEST_SOCKET_FOLDER:
        sockets = Path(tempfile.gettempdir()) / f"traitortrack-{_short_hash(home)}-run"
    return Places(home=home, root=root, sockets=sockets)


def _stand_in_base() -> Path:
    # Databases outlive a reboot, so the system's place for state comes before its temporary folder.
    state = Path("/var/lib")
    return state if os.access(state, os.W_OK) else Path(tempfile.gettempdir())


def _short_hash(home: Path) -> str:
    return hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
