"""Pages call an area by its name, whatever its slug; no statement is asked for that."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


@pytest.mark.parametrize(
    ("path", "times"),
    [("/bags/", 3), ("/bags/SB00001/", 1), ("/search/?q=SB00001", 1)],
)
def test_a_page_calls_areas_by_their_names(fill, signed_in, path, times):
    fill("ravi", "SB00001", 2)
    kavya = signed_in("kavya")
    kavya.get("/")
    with CaptureQueriesContext(connection) as asked:
        page = kavya.get(path).content.decode()
    assert (page.count("Lucknow"), page.count("lucknow")) == (times, 0)
    assert len([query for query in asked if 'FROM "accounts_area"' in (query["sql"] or "")]) == 0
