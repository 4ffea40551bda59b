"""What the repository's own files must say, and must not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
# In pieces, so that this file may be searched as well.
REGISTRY_HOSTS = [
    "".join(parts)
    for parts in (
        ("pypi", ".org"),
        ("pythonhosted", ".org"),
        ("npmjs", ".org"),
        ("npmjs", ".com"),
        ("deb.debian", ".org"),
        ("security.debian", ".org"),
        ("crates", ".io"),
        ("docker", ".io"),
    )
]
SOMEBODYS_FOLDER = re.compile(r"(?<![\w.}/-])/(home|Users|root|work)/\w")


def our_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="ignore")


def test_no_file_names_a_registry_or_a_folder_of_one_machine():
    own = {str(ROOT), str(Path.home()), sys.prefix} - {"/"}
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in our_files()
        for text in [read(path)]
        for word in [
            *(host for host in REGISTRY_HOSTS if host in text),
            *(folder for folder in own if f"{folder}/" in text),
            *(match[0] for match in SOMEBODYS_FOLDER.finditer(text)),
        ]
    ]
    assert found == []


def test_env_example_lists_exactly_what_the_settings_read():
    text = "\n".join(map(read, (ROOT / "traitortrack/settings").glob("*.py")))
    read_by_settings = set(re.findall(r'\b(?:env(?:\.\w+)?|_secret)\(\s*"([A-Z][A-Z_]+)"', text))
    listed = re.findall(r"^#?([A-Z][A-Z_]+)=", read(ROOT / ".env.example"), re.MULTILINE)
    assert len(read_by_settings) > 10
    assert sorted(listed) == sorted(read_by_settings)


def test_only_the_settings_read_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for path in our_files()
        if path.suffix == ".py"
        and path.parts[len(ROOT.parts)] not in ("tests", "bench")
        and re.search(r"os\.getenv|os\.environ(\.get|\[)", read(path))
    ]
    assert readers == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locked_with_hashes_and_without_addresses(name):
    text = read(ROOT / name)
    pinned = re.findall(r"^[\w.\[\]-]+==\S+.*\\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pinned) == len(re.findall(r"^[\w.\[\]-]+==", text, re.MULTILINE)) > 20
    assert re.findall(r"^-.*|\S*://\S*", text, re.MULTILINE) == []
