"""Where the tests' own database is, for programs that are told by a URL."""

from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection


def app_url() -> str:
    """As the role that the app works with."""
    return _here(settings.DATABASE_URL)


def owner_url() -> str:
    """As the owner of the tables."""
    return _here(settings.DATABASE_DIRECT_URL)


def _here(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.fixture
def database_url() -> str:
    return app_url()


@pytest.fixture
def direct_url() -> str:
    return owner_url()
