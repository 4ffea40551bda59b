"""Hindi is complete: the catalogue misses no word of the house, and nothing in it is left in English."""

import gettext
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUE = Path("traitortrack/locale/hi/LC_MESSAGES/django.po")
FILLED_IN = re.compile(r"\{\w*\}|%\(\w+\)[sd]|%[sd]|</?\w+|TT-[A-Z]+")
DEVANAGARI = re.compile(r"[\u0900-\u097f]")
# Names, formats and figures, which are the same in every language.
SAME = re.compile(
    r"(?:[^a-zA-Z]|\{\w*\}|%\(\w+\)[sd]|CSV|XLSX|PDF|QR|EPCIS|JSON|TraitorTrack|kg|UUID|ID|UTC|CPU|SQL|Redis|PostgreSQL|IP)*"
)


def run(*command: str | Path, cwd: Path = settings.BASE_DIR) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if not line.startswith('"POT-Creation-Date')]


def test_no_word_is_missing_from_the_catalogue(tmp_path):
    """Run `make messages` where this fails."""
    for name in run("git", "ls-files", "-co", "--exclude-standard", "-z").split("\0"):
        if Path(name).suffix in (".py", ".html", ".txt", ".po") and Path(settings.BASE_DIR, name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(settings.BASE_DIR / name, tmp_path / name)
    collect = ("makemessages", "--locale", "hi", "--no-location", "--no-obsolete")
    run(sys.executable, "manage.py", *collect, cwd=tmp_path)
    assert lines(tmp_path / CATALOGUE) == lines(settings.BASE_DIR / CATALOGUE)


@pytest.mark.parametrize("what", ["--untranslated", "--only-fuzzy"])
def test_every_word_is_translated(what):
    assert run("msgattrib", what, "--no-obsolete", CATALOGUE) == ""


def test_the_packed_catalogue_is_of_today(tmp_path):
    """Run `make messages` where this fails."""
    run("msgfmt", "--check-format", "-o", tmp_path / "django.mo", settings.BASE_DIR / CATALOGUE)
    assert (tmp_path / "django.mo").read_bytes() == (settings.BASE_DIR / CATALOGUE).with_suffix(
        ".mo"
    ).read_bytes()


def test_translations_are_hindi_and_keep_what_is_filled_in():
    with (settings.BASE_DIR / CATALOGUE).with_suffix(".mo").open("rb") as packed:
        catalogue = gettext.GNUTranslations(packed)._catalog
    for key, told in catalogue.items():
        words = key[0] if isinstance(key, tuple) else key
        if not words:
            continue
        one = isinstance(key, tuple)  # a singular may say "one" instead of the number
        assert one or sorted(FILLED_IN.findall(told)) == sorted(FILLED_IN.findall(words)), words
        assert DEVANAGARI.search(told) or SAME.fullmatch(words), words
