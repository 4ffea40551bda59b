"""Where the tests' own database is, for programs that are told by a URL."""

import pytest
from django.db import connection


def url_of_tests() -> str:
    database = connection.settings_dict
    place = f"{database['USER']}@:{database['PORT']}/{database['NAME']}"
    return f"postgresql://{place}?host={database['OPTIONS']['host']}"


@pytest.fixture
def database_url() -> str:
    return url_of_tests()
