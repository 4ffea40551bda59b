"""The pictures of the help and of README.md, taken from the running application: `make pictures`.

It is no test and named so; it uses the tests' browser and stands where they stand, so that a page that moved
stops it. Each picture of the help is a WebP of less than 60 kB, one in each language.
"""

import io
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, expect

from accounts.models import Area, Role, User
from accounts.operators import Operator
from accounts.promotion import ask_promotion
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from billing.demo import make_demo
from monitoring.statistics.folding import fold
from tests.browser.screen import PASSWORD, PackingScreen, open_page

PICTURES = Path(settings.BASE_DIR, "docs/pictures")
HELP = Path(settings.BASE_DIR, "static/img/help")
LARGEST = 60_000
PHONE, DESKTOP = (360, 640), (1280, 800)


@pytest.fixture
def warehouse(people: None) -> None:
    """The demo, a conflict, a device with unsent scans, somebody who asks to become admin."""
    Area.objects.get_or_create(slug="indore", defaults={"name": "Indore"})
    make_demo(PASSWORD)
    _pull("ravi", ("SB00077", None), ("7000001", "SB00077"))
    _pull("ravi", ("SB00079", None), ("7000001", "SB00079"), offline=True)
    beat = Beat(unsent=12, attention=0, version="a1b2c3", storage="granted")
    pull = Pull(key=uuid.uuid4(), mode="lookup", raw="7000001", seq=1)
    process(pulls=[pull], operator=_operator("meena"), device=uuid.uuid4(), beat=beat)
    User.objects.create_user("leela", PASSWORD, role=Role.BILLER)
    ask_promotion(reason="I lead the late shift", by=_operator("leela"))
    fold()


def _operator(name: str) -> Operator:
    return Operator.of(User.objects.get(username=name))


def _pull(name: str, *steps: tuple[str, str | None], offline: bool = False) -> None:
    pulls = [
        Pull(key=uuid.uuid4(), mode="pack", raw=raw, parent=parent, offline=offline and parent is not None)
        for raw, parent in steps
    ]
    process(pulls=pulls, operator=_operator(name), device=None)


class Camera:
    """Opens pages as somebody in a language, in a size, and keeps what is seen."""

    def __init__(self, browser: Browser, site: str, language: str) -> None:
        self.browser, self.site, self.language = browser, site, language
        User.objects.update(language=language)

    def open(self, path: str, name: str, size: tuple[int, int]) -> Page:
        scale = 1.5 if size == PHONE else 1
        viewport: ViewportSize = {"width": size[0], "height": size[1]}
        context = self.browser.new_context(
            base_url=self.site, viewport=viewport, device_scale_factor=scale, locale=self.language
        )
        page = context.new_page()
        open_page(page, path, name)
        page.wait_for_load_state("networkidle")
        return page

    def keep(self, page: Page, name: str) -> None:
        taken = Image.open(io.BytesIO(page.screenshot()))
        file = HELP / self.language / f"{name}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        taken.convert("RGB").save(file, quality=80, method=6)
        assert file.stat().st_size < LARGEST, file

    def page(self, path: str, name: str, who: str) -> None:
        """A page as it opens, on a desktop."""
        page = self.open(path, who, DESKTOP)
        self.keep(page, name)
        page.context.close()


@pytest.fixture(params=["en", "hi"])
def camera(browser: Browser, site: str, warehouse: None, request: pytest.FixtureRequest) -> Camera:
    return Camera(browser, site, request.param)


def test_packing(camera: Camera) -> None:
    page = camera.open("/scan/", "ravi", PHONE)
    screen = PackingScreen(page)
    camera.keep(page, "start")
    page.locator("#start").click()
    screen.scan("SB90003")
    screen.shows("SB90003", 13)
    screen.scan("7000002")
    screen.shows("SB90003", 14)
    page.wait_for_timeout(500)
    camera.keep(page, "packing")
    screen.scan("7000001")
    screen.answers("attention", "SB00077")
    page.wait_for_timeout(500)
    camera.keep(page, "other-sack")
    if camera.language == "en":
        page.screenshot(path=PICTURES / "packing-phone.png")
    page.context.set_offline(True)
    screen.burst(["7000003", "7000004", "7000005"])
    expect(page.locator("#unsent")).to_contain_text("3")
    page.wait_for_timeout(4000)
    camera.keep(page, "offline")
    page.context.close()


def test_billing(camera: Camera) -> None:
    screen = camera.open("/scan/bill/DEMO-002/", "kavya", PHONE)
    screen.locator("#start").click()
    screen.wait_for_timeout(500)
    camera.keep(screen, "bill-scan")
    screen.context.close()
    for path, name in (
        ("/bills/", "bills"),
        ("/bills/DEMO-001/", "bill"),
        ("/conflicts/", "conflicts"),
        ("/reports/day/", "day"),
    ):
        camera.page(path, name, "kavya")


def test_looking_after(camera: Camera) -> None:
    for path, name in (
        ("/admin/", "back-office"),
        ("/users/", "users"),
        ("/devices/", "devices"),
        ("/imports/", "imports"),
        ("/system/", "system"),
    ):
        camera.page(path, name, "asha")


def test_readme(browser: Browser, site: str, warehouse: None) -> None:
    camera = Camera(browser, site, "en")
    page = camera.open("/scan/", "ravi", DESKTOP)
    screen = PackingScreen(page)
    page.locator("#start").click()
    screen.scan("SB90003")
    screen.scan("7000002")
    screen.shows("SB90003", 14)
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "packing-desktop.png")
    page.context.close()
    dashboard = camera.open("/", "asha", DESKTOP)
    expect(dashboard.locator("#hours canvas")).to_be_visible()
    dashboard.screenshot(path=PICTURES / "dashboard.png")
    dashboard.context.close()
