"""The scanning pages as a browser may keep them for times without a connection: shells, nobody's data."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, wraps
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import activate, get_language
from django_permissions_policy.decorators import permissions_policy_override

from bags.commands import COMMANDS, PrintedCode

SHARED = (
    "scan/station.html",
    "scan/help.html",
    "scan/camera.html",
    "scan/words.html",
    "accounts/staying.html",
)
LOOKS = ("css/tokens.css", "css/base.css", "css/scan.css", "css/staying.css", "img/icons.svg", "img/mark.svg")
_IMPORT = re.compile(r'^(?:import|export)\b[^;"]*"(\.{1,2}/[^"]+)"', re.MULTILINE)


# The camera is for the scanning pages alone.
with_camera = permissions_policy_override({**settings.PERMISSIONS_POLICY, "camera": "self"})


def in_its_language(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The address names the language: the browser fetches a shell also when nobody is signed in, and it is to
    speak as the page does that keeps it."""

    @wraps(view)
    def spoken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("language") in dict(settings.LANGUAGES):
            activate(request.GET["language"])
        return view(request, *args, **kwargs)

    return spoken


@dataclass(frozen=True, kw_only=True)
class Screen:
    """A scanning page. `start` is its address; with `is_deep` all addresses below it are its too.
    `shell_address` names the address of its shell, `facts` is what its template needs for everybody alike."""

    start: str
    is_deep: bool = False
    shell_address: str
    template: str
    script: str
    looks: tuple[str, ...] = ()
    commands: tuple[PrintedCode, ...] = COMMANDS
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)


PACKING = Screen(
    start="/scan/", shell_address="scan-shell", template="scan/pack.html", script="js/scan/pack.js"
)


@cache
def screens() -> tuple[Screen, ...]:
    """All screens, also those that a storey above brings."""
    return tuple(import_string(path) for path in settings.SCAN_SCREENS)


@cache
def scripts(screen: Screen = PACKING) -> tuple[str, ...]:
    """Names of the page's script and of all that it imports, at whatever depth."""
    found: dict[str, None] = {}
    waiting = [screen.script]
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
    if settings.DEBUG:
        return []
    names = dict.fromkeys(LOOKS)
    for screen in screens():
        names |= dict.fromkeys((*scripts(screen), *screen.looks))
    return [static(name) for name in names]


def version() -> str:
    """Names what a device runs: another one as soon as a file, a template or the language is another."""
    templates = (*SHARED, *(screen.template for screen in screens()))
    parts = [*files(), *map(_source, templates), get_language() or ""]
    return sha256("\0".join(parts).encode()).hexdigest()[:12]


def context(screen: Screen = PACKING) -> dict[str, Any]:
    """What the page's template needs for everybody alike."""
    return {
        **screen.facts,
        "version": version(),
        "script": screen.script,
        "scripts": scripts(screen)[1:],
        "commands": screen.commands,
    }


def page(screen: Screen = PACKING) -> str:
    """The shell. Made without a request, so that nothing of the person who asks can get into it."""
    return render_to_string(screen.template, context(screen))


def for_worker() -> dict[str, Any]:
    """What the service worker has to know: see static/js/worker.js."""
    told = [
        {
            "start": screen.start,
            "deep": screen.is_deep,
            "page": f"{reverse(screen.shell_address)}?language={get_language()}",
        }
        for screen in screens()
    ]
    return {"version": version(), "screens": told, "files": files()}


def _source(template: str) -> str:
    return str(get_template(template).template.source)  # type: ignore[attr-defined]
