"""The packing page as a browser may keep it for times without a connection: its shell, nobody's data."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language

from bags.commands import COMMANDS

TEMPLATES = (
    "scan/pack.html",
    "scan/help.html",
    "scan/camera.html",
    "scan/words.html",
    "accounts/staying.html",
)
SCRIPT = "js/scan/pack.js"
LOOKS = ("css/tokens.css", "css/base.css", "css/scan.css", "css/staying.css", "img/icons.svg", "img/mark.svg")
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.{1,2}/[^"]+)"', re.MULTILINE)


@cache
def scripts() -> tuple[str, ...]:
    """Names of the packing page's script and of all that it imports, at whatever depth."""
    found: dict[str, None] = {}
    waiting = [SCRIPT]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = None
        source = Path(str(finders.find(name))).read_text()
        folder = Path("/") / Path(name).parent
        waiting += [str((folder / path).resolve())[1:] for path in _IMPORT.findall(source)]
    return tuple(found)


def files() -> list[str]:
    """Addresses that never change their content. In development they do: there nothing is kept."""
    return [] if settings.DEBUG else [static(name) for name in (*scripts(), *LOOKS)]


def version() -> str:
    """Names what a device runs: another one as soon as a file, a template or the language is another."""
    parts = [*files(), *map(_source, TEMPLATES), get_language() or ""]
    return sha256("\0".join(parts).encode()).hexdigest()[:12]


def context() -> dict[str, Any]:
    """What the packing page's template needs for everybody alike."""
    return {"version": version(), "scripts": scripts()[1:], "commands": COMMANDS}


def page() -> str:
    """The shell. Made without a request, so that nothing of the person who asks can get into it."""
    return render_to_string("scan/pack.html", context())


def for_worker() -> dict[str, Any]:
    """What the service worker has to know: see static/js/worker.js."""
    addresses = {"start": reverse("scan"), "page": reverse("scan-shell")}
    return {"version": version(), **addresses, "files": files()}


def _source(template: str) -> str:
    return str(get_template(template).template.source)  # type: ignore[attr-defined]
