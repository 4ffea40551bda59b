"""One page of help for each role, with pictures in the reader's language that are there and small."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
OWN = {"ravi": "dispatcher", "kavya": "biller", "asha": "admin"}
LARGEST = 60_000


class _Pictures(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "img" and "/help/" in dict(attrs)["src"]:
            self.found.append(dict(attrs))


def pictures(answer):
    parser = _Pictures()
    parser.feed(answer.content.decode())
    return parser.found


@pytest.mark.parametrize("name", OWN)
def test_the_way_to_help_leads_to_the_own_role(signed_in, name):
    assert signed_in(name).get("/help/")["Location"] == f"/help/{OWN[name]}/"


@pytest.mark.parametrize("language", ["en", "hi"])
@pytest.mark.parametrize("role", Role.values)
def test_each_picture_is_there_is_small_and_is_told(signed_in, people, role, language):
    User.objects.update(language=language)
    found = pictures(signed_in("ravi").get(f"/help/{role}/"))
    assert len(found) >= 4
    for picture in found:
        file = Path(settings.BASE_DIR, picture["src"].lstrip("/"))
        assert file.parent.name == language
        assert 1_000 < file.stat().st_size < LARGEST
        assert len(picture["alt"]) > 10


def test_no_picture_is_left_over(signed_in):
    ravi = signed_in("ravi")
    shown = {Path(one["src"]).stem for role in Role.values for one in pictures(ravi.get(f"/help/{role}/"))}
    for language in ("en", "hi"):
        folder = Path(settings.BASE_DIR, "static/img/help", language)
        assert {file.stem for file in folder.iterdir()} == shown


def test_a_role_that_does_not_exist_has_no_page(signed_in):
    assert signed_in("ravi").get("/help/owner/").status_code == 404
