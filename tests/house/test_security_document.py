"""docs/security.md leaves no requirement out and names no test that is not there."""

import re
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password

TEXT = Path(settings.BASE_DIR / "docs/security.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if re.match(r"\| V\d", line)
]
# How many requirements of levels 1 and 2 each section of ASVS 5.0.0 has; they come first in it, 253 in all.
ASVS = {
    "1.1": 2,
    "1.2": 9,
    "1.3": 11,
    "1.4": 3,
    "1.5": 2,
    "2.1": 3,
    "2.2": 3,
    "2.3": 4,
    "2.4": 1,
    "3.2": 2,
    "3.3": 4,
    "3.4": 6,
    "3.5": 5,
    "3.7": 2,
    "4.1": 3,
    "4.2": 1,
    "4.3": 2,
    "4.4": 4,
    "5.1": 1,
    "5.2": 3,
    "5.3": 2,
    "5.4": 3,
    "6.1": 3,
    "6.2": 12,
    "6.3": 4,
    "6.4": 4,
    "6.5": 5,
    "6.6": 3,
    "6.8": 4,
    "7.1": 3,
    "7.2": 4,
    "7.3": 2,
    "7.4": 5,
    "7.5": 2,
    "7.6": 2,
    "8.1": 2,
    "8.2": 3,
    "8.3": 1,
    "8.4": 1,
    "9.1": 3,
    "9.2": 4,
    "10.1": 2,
    "10.2": 2,
    "10.3": 4,
    "10.4": 11,
    "10.5": 5,
    "10.6": 2,
    "10.7": 3,
    "11.1": 2,
    "11.2": 3,
    "11.3": 3,
    "11.4": 4,
    "11.5": 1,
    "11.6": 1,
    "12.1": 3,
    "12.2": 2,
    "12.3": 4,
    "13.1": 1,
    "13.2": 5,
    "13.3": 2,
    "13.4": 5,
    "14.1": 2,
    "14.2": 4,
    "14.3": 3,
    "15.1": 3,
    "15.2": 3,
    "15.3": 7,
    "16.1": 1,
    "16.2": 5,
    "16.3": 4,
    "16.4": 3,
    "16.5": 3,
    "17.1": 1,
    "17.2": 4,
    "17.3": 2,
}


def test_every_requirement_once():
    named = Counter(re.findall(r"V\d+\.\d+\.\d+", " ".join(row[0] for row in ROWS)))
    assert sum(ASVS.values()) == 253
    wanted = {f"V{section}.{number}" for section, count in ASVS.items() for number in range(1, count + 1)}
    assert set(named) == wanted
    assert [name for name, times in named.items() if times > 1] == []


def test_every_line_says_what_and_why():
    assert [row[0] for row in ROWS if len(row) != 3 or not all(row)] == []


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`([a-z]+/test_\w+\.py(?:::\w+)?)`", TEXT))))
def test_the_tests_it_names_exist(named):
    path, _, name = named.partition("::")
    text = Path(settings.BASE_DIR / "tests" / path).read_text()
    assert not name or f"def {name}(" in text


def test_passwords_are_hashed_slowly():
    assert make_password("x").startswith("scrypt$16384$")
