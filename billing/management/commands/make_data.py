import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from audit.database import analyze
from audit.sealing import seal
from billing.making import NoRoom, make_year


class Command(BaseCommand):
    help = (
        "Makes a year of a warehouse's work for trying things at scale: people, sacks with packets, short "
        "sacks, undone and refused scans, bills. Beside what is there; 1.8 million bags take some minutes: "
        "make_data --parents 60000 --children 1740000"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--parents", type=int, required=True, help="how many sacks")
        parser.add_argument("--children", type=int, required=True, help="how many packets")
        parser.add_argument("--seed", type=int, default=0, help="another number makes another year (0)")

    def handle(self, *_args: Any, parents: int, children: int, seed: int, **_options: Any) -> None:
        if parents < 1 or children < 0:
            raise CommandError("--parents is 1 or more, --children 0 or more. Nothing was made.")
        began, told, done = time.monotonic(), 0.0, 0
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")  # nobody was told that these scans are safe
        try:
            for done in make_year(parents=parents, children=children, seed=seed):
                if self.stderr.isatty() and time.monotonic() - told > 1:
                    told = time.monotonic()
                    self.stderr.write(f"\r{done:,} of {children:,} packets ", ending="")
        except NoRoom as error:
            raise CommandError(f"{error} Nothing was made. Add a product, or ask for fewer.") from error
        except KeyboardInterrupt:
            self.stderr.write(
                f"\nStopped. The {done:,} packets that were made stay, and their sacks are whole."
            )
            sys.exit(1)
        analyze()
        seal()  # each minute's work of a year
        seconds = time.monotonic() - began
        self.stdout.write(f"{parents:,} sacks with {done:,} packets made in {seconds:.0f} s")
