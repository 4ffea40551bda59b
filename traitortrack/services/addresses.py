"""Where the private servers answer, known without starting or asking anything."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from .places import find_places

DATABASE = "traitortrack"
# Two roles: the owner makes tables and migrates, the app works in them and owns nothing.
DATABASE_OWNER = "traitortrack"
DATABASE_USER = "traitortrack_app"
# Only names the socket file: the server listens on no network port.
DATABASE_PORT = 5432


@dataclass(frozen=True)
class PrivateUrls:
    database_url: str
    database_direct_url: str
    redis_url: str


def database_url(sockets: Path, role: str) -> str:
    # The folder stands in the query, which libpq and django-environ read alike (a quoted host only libpq
    # reads); the port before it, so that the whole needs no quotes in a shell.
    return f"postgresql://{role}@:{DATABASE_PORT}/{DATABASE}?host={quote(str(sockets))}"


def redis_url(sockets: Path) -> str:
    return f"unix://{quote(str(valkey_socket(sockets)))}?db=0"


def valkey_socket(sockets: Path) -> Path:
    return sockets / "valkey.sock"


def private_urls(home: Path) -> PrivateUrls:
    """The URLs of the private servers of this TRAITORTRACK_HOME, whether they run or not."""
    sockets = find_places(home).sockets
    return PrivateUrls(
        database_url=database_url(sockets, DATABASE_USER),
        database_direct_url=database_url(sockets, DATABASE_OWNER),
        redis_url=redis_url(sockets),
    )
