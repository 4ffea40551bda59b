"""A real browser against the real application: hashed static files, sessions, CSRF, CSP, database and all."""

import os
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect, sync_playwright

from accounts.areas import forget_areas
from accounts.models import Area
from accounts.services import create_user
from audit.log import Signature
from bags.models import Product
from bags.products import forget_products
from tests.browser.screen import PASSWORD, PackingScreen, open_page

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
ROLES = {
    "asha": ("admin", None),
    "kavya": ("biller", None),
    "ravi": ("dispatcher", "lucknow"),
    "meena": ("dispatcher", "lucknow"),
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "the browser tests need the program chromium"
    # Playwright keeps an event loop in this thread, in which Django would refuse the database.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with sync_playwright() as playwright:
            expect.set_options(timeout=15_000)  # a busy machine is no defect
            started = playwright.chromium.launch(executable_path=program, args=FLAGS, env={**os.environ})
            yield started
            started.close()


class _Unwrapped(WSGIHandler):
    """The application alone: its own middleware serves the static files, as in production."""

    def __init__(self, application: WSGIHandler) -> None:
        self.application = application

    def __call__(self, environ, start_response):
        return self.application(environ, start_response)


@pytest.fixture
def site(settings, transactional_db, tmp_path_factory) -> Iterator[str]:
    """The address of the application, run as it is in production: no debug, hashed names, no finders."""
    settings.STATIC_ROOT = _collected(settings, tmp_path_factory)
    settings.WHITENOISE_USE_FINDERS = False
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "css", "svg", "map"]  # saves half a minute
    server = LiveServerThread("127.0.0.1", static_handler=_Unwrapped)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://{server.host}:{server.port}"
    server.terminate()


def _collected(settings, tmp_path_factory) -> Path:
    folder = tmp_path_factory.getbasetemp() / "collected"
    if not folder.exists():
        settings.STATIC_ROOT = folder
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture
def people(settings, transactional_db) -> None:
    """Asha, Kavya, Ravi and Meena, and what ships as data, which an earlier test may have flushed."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # quick
    Area.objects.get_or_create(slug="lucknow", defaults={"name": "Lucknow"})
    for name, prefix, digits, children in (("mustard", "SB", 5, 30), ("moong", "M444-", 5, 15)):
        shape = {
            "prefix": prefix,
            "digits": digits,
            "children_per_parent": children,
            "kg_per_child": Decimal(1),
        }
        Product.objects.get_or_create(name=name, defaults=shape)
    forget_products()
    forget_areas()
    for name, (role, area) in ROLES.items():
        create_user(
            username=name, password=PASSWORD, role=role, area=area, email="", signed=Signature(actor="tests")
        )


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of; a test that wants a complaint takes it out again."""
    return []


@pytest.fixture
def context(browser: Browser, site: str, people: None, complaints: list[str]) -> Iterator[BrowserContext]:
    """A browser of its own: cookies and storage. Nothing may break the CSP, throw, or open a dialog in it."""
    made = browser.new_context(base_url=site, viewport={"width": 360, "height": 640})
    made.set_default_timeout(15_000)

    def refuse(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    made.on("console", lambda message: _note(complaints, message))
    made.on("weberror", lambda error: complaints.append(str(error.error)))
    made.on("dialog", refuse)
    yield made
    made.close()
    assert complaints == []


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    # Chromium notes each answer from 400 on and each call that fails; the tests cause those on purpose.
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        complaints.append(message.text)


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def screen(page: Page) -> PackingScreen:
    """Ravi's packing screen."""
    open_page(page, "/scan/", "ravi")
    return PackingScreen(page)
