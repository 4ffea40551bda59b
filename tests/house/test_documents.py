"""What the documents name is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs/decisions").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#]+)\)")
FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|js|md|po|html|txt))`")
ROOM = re.compile(r"^ {4}( {2})?(\w+(?:, \w+)*) {2,}", re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_files_lead_somewhere(document):
    text = document.read_text()
    links = [document.parent / target for target in LINK.findall(text) if "://" not in target]
    assert [
        str(path) for path in [*links, *(ROOT / name for name in FILE.findall(text))] if not path.exists()
    ] == []


def test_the_map_of_the_house_is_true():
    drawn = (
        (ROOT / "README.md")
        .read_text()
        .partition("## Map of the house")[2]
        .partition("Imports go downstairs")[0]
    )
    storey, rooms = "", {}
    for indent, names in ROOM.findall(drawn):
        for name in names.split(", "):
            if not indent:
                storey = name
            path = ROOT / storey / name if indent else ROOT / name
            assert path.is_dir() or path.with_suffix(".py").is_file(), path
            rooms.setdefault(storey, set()).add(name)
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"var"} <= set(rooms)


def test_each_decision_is_short_and_listed():
    listed = (ROOT / "docs/decisions/README.md").read_text()
    for page in (ROOT / "docs/decisions").glob("[!R]*.md"):
        assert f"({page.name})" in listed
        assert len(page.read_text().splitlines()) <= 27, page.name
