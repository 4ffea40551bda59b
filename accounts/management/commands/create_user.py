import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Role
from accounts.services import create_user
from audit.log import Signature


class Command(BaseCommand):
    help = "Creates a person who may sign in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--area", help="the code of a dispatcher's area, such as lucknow")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if options["password_stdin"] else getpass.getpass()
        try:
            user = create_user(
                username=options["username"],
                password=password,
                role=options["role"],
                area=options["area"],
                email=options["email"],
                signed=Signature(actor="manage.py create_user"),
            )
        except ValidationError as error:
            raise CommandError(f"Nobody was created. {' '.join(error.messages)}") from None
        self.stderr.write(f"Created {user.username}, {user.get_role_display().lower()}.")
