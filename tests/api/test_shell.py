"""The packing page's shell, its service worker and the manifest: the same for everybody, always fresh."""

import re

import pytest

from bags import shell

pytestmark = pytest.mark.django_db


def test_the_shell_is_the_same_for_everybody_and_sets_no_cookie(signed_in, client):
    before = client.get("/scan/shell/")
    after = signed_in("ravi").get("/scan/shell/")
    assert after.content == before.content
    assert not after.cookies
    assert b"ravi" not in after.content
    assert 'data-user=""' in after.content.decode()
    assert 'csrf-token" content=""' in after.content.decode()


def test_the_worker_names_the_version_and_every_script_and_is_never_cached(client, settings):
    answer = client.get("/scan/sw.js")
    assert answer["Content-Type"] == "text/javascript; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    assert f'"version": "{shell.version()}"' in answer.content.decode()
    names = shell.scripts()
    assert names[0] == "js/scan/pack.js"
    assert {"js/words.js", "js/icons.js", "js/scan/queue.js", "js/scan/turn.js"} < set(names)
    for name in names:
        source = (settings.BASE_DIR / "static" / name).read_text()
        imported = re.findall(r'from "[./]*([a-z-]+[.]js)"', source)
        assert {one.rpartition("/")[2] for one in names} >= set(imported), name


def test_another_word_on_the_page_is_another_version(settings, tmp_path):
    before = shell.version()
    (tmp_path / "scan").mkdir()
    words = (settings.BASE_DIR / "templates/scan/words.html").read_text()
    (tmp_path / "scan/words.html").write_text(words.replace("Saved", "Kept"))
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    assert shell.version() != before


def test_the_page_names_the_version_that_its_shell_has(signed_in):
    assert f'data-version="{shell.version()}"' in signed_in("ravi").get("/scan/").content.decode()


def test_signing_out_empties_caches_and_leaves_the_queue(signed_in):
    assert signed_in("ravi").post("/accounts/logout/")["Clear-Site-Data"] == '"cache"'
