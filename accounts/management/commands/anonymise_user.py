from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.anonymising import anonymise_by_name
from accounts.people import PersonRefused
from audit.log import Signature


class Command(BaseCommand):
    help = (
        "Erases a person for good: name, e-mail, addresses, sessions, second factor, and their name in all "
        "texts. What they did stays, under a pseudonym that nothing leads back from. See docs/privacy.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--also",
            action="append",
            default=[],
            metavar="WORDS",
            help="another name that texts call the person by, such as the full one (may be given again)",
        )

    def handle(self, *_args: Any, username: str, also: list[str], **_options: Any) -> None:
        signed = Signature(actor="manage.py anonymise_user")
        try:
            user = anonymise_by_name(name=username, words=also, signed=signed)
        except PersonRefused as refused:
            raise CommandError(refused.message) from None
        self.stdout.write(user.username)
        self.stderr.write("Erased. What this person did stays under the name above.")
