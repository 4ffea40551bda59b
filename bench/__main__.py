"""`make bench`: SCALE=small (18,600 bags) or full (1.8 million), SECONDS=10 a row."""

import os
import sys

import django

from traitortrack.services.errors import ServiceError

NAME = "traitortrack_bench"


def run() -> None:
    server_url = os.environ.get("DATABASE_URL", "")
    direct_url = os.environ.get("DATABASE_DIRECT_URL", server_url)
    scale = os.environ.get("SCALE", "small")
    if not server_url or scale not in ("small", "full"):
        sys.exit("Nothing was measured. Start it with `make bench`; SCALE=full is 1.8 million bags.")
    # Read by the settings, ours and the web server's: a database of the bench's own beside the real one.
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "traitortrack.settings",
        "DATABASE_URL": _beside(server_url),
        "DATABASE_DIRECT_URL": _beside(direct_url),
        "SCAN_RATE_LIMIT": "off",
        "DEBUG": "false",
        "HTTPS": "false",
        "SECOND_FACTOR": "offered",  # the admin's lists are read too
    }
    django.setup()
    from bench.run import main  # noqa: PLC0415 - what it imports needs the settings above

    try:
        main(direct_url, scale, seconds=float(os.environ.get("SECONDS", "10")))
    except ServiceError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. The bench's database was removed.")


def _beside(server_url: str) -> str:
    path, mark, query = server_url.partition("?")
    return f"{path.rpartition('/')[0]}/{NAME}{mark}{query}"


if __name__ == "__main__":
    run()
