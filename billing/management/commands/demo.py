import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from billing.demo import USERS, has_demo, make_demo


class Command(BaseCommand):
    help = "Makes a small warehouse to try things with: SB9xxxx, M444-9xxxx, child codes that begin with D."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do nothing where the demo was made before")

    def handle(self, *_args: Any, **options: Any) -> None:
        password = _password(settings.HOME / "demo_password")
        if not (options["once"] and has_demo()):
            make_demo(password)
        self.stdout.write(f"Demo log-ins, password {password}")
        for name, (role, area) in USERS.items():
            self.stdout.write(f"  {name:14} {role.label}{f', {area}' if area else ''}")


def _password(place: Path) -> str:
    """This home's own demo password: random, for a demo may stand where others can reach it."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch(mode=0o600)
        place.write_text("demo-" + secrets.token_hex(6))
    return place.read_text()
