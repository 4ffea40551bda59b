"""The page opens and works without a connection, out of what the browser kept: its shell, nobody's data."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from bags.models import Scan
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_packing import inside, packets

KEPT = """async () => {
  const found = {};
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found[request.url] = await (await cache.match(request)).text();
  }
  return found;
}"""


def kept(page: Page) -> dict[str, str]:
    """Everything in the browser's caches: text by address."""
    page.evaluate("navigator.serviceWorker.ready")
    return page.evaluate(KEPT)


@pytest.fixture
def ready(screen: PackingScreen) -> PackingScreen:
    """Ravi's screen, once the browser has kept the shell."""
    assert kept(screen.page)
    return screen


def test_two_sacks_scanned_offline_over_a_reload_and_each_packet_in_its_own(
    ready: PackingScreen, context: BrowserContext
) -> None:
    ready.open("SB00860")
    context.set_offline(True)
    ready.burst(packets(1_200_000, 5))
    ready.page.reload()
    ready.shows("SB00860", state="open")
    expect(ready.page.locator("#contact")).to_contain_text("ravi")
    expect(ready.page.locator("#trouble")).to_contain_text("Your 5 scans are safe on this device")
    ready.burst(["SB00861", *packets(1_300_000, 5)])
    ready.shows("SB00861", state="sent")
    expect(ready.page.locator("#unsent")).to_contain_text("11 not sent")
    expect(ready.page.locator("#rows [data-severity=success]")).to_have_count(0)
    context.set_offline(False)
    ready.shows("SB00861", 5, "open")
    ready.all_sent()
    assert inside("SB00860") == packets(1_200_000, 5)
    assert inside("SB00861") == packets(1_300_000, 5)
    assert list(Scan.objects.order_by("seq").values_list("offline", flat=True)) == [False] + [True] * 11


def test_a_page_opened_offline_scans_without_a_reload_once_the_network_is_back(
    ready: PackingScreen, context: BrowserContext
) -> None:
    context.set_offline(True)
    ready.page.reload()
    ready.scan("SB00860")
    context.set_offline(False)
    ready.shows("SB00860", 0, "open")
    ready.scan("1200000")
    ready.answers("success")
    assert inside("SB00860") == ["1200000"]


def test_only_the_shells_are_kept_and_nobodys_data_in_them(ready: PackingScreen, people: None) -> None:
    ready.open("SB00860")
    found = kept(ready.page)
    pages = [address for address in found if "/static/" not in address]
    names = [address.partition("/scan")[2] for address in pages]
    shells = ["/shell/", "/shell/bill/", "/shell/recount/", "/shell/return/"]
    assert sorted(names) == [f"{name}?language=en" for name in shells]
    for address in pages:
        shell = found[address]
        assert 'data-user=""' in shell
        for private in ("ravi", "mustard", "lucknow", "SB00860"):
            assert private not in shell
        assert re.search(r'csrf-token" content=""', shell)


def test_the_shell_speaks_the_language_of_its_person_and_is_no_other_version(
    screen: PackingScreen, context: BrowserContext
) -> None:
    """Of the profile, in a browser that asks for English."""
    page = screen.page
    User.objects.filter(username="ravi").update(language="hi")
    page.reload()
    page.evaluate(HINDI_ALONE)
    page.reload()
    expect(page.locator("#update")).to_be_hidden()
    context.set_offline(True)
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "hi")
    expect(page.locator("#sack-state")).to_contain_text("बोरी")


def test_nobody_signed_in_and_no_connection_refuses_aloud(
    ready: PackingScreen, context: BrowserContext
) -> None:
    page = ready.page
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("#username")).to_be_visible()
    context.set_offline(True)
    page.goto("/scan/")
    expect(page.locator("#trouble")).to_contain_text("Nobody is signed in on this device")
    ready.scan("SB00860")
    ready.answers("block", "Sign in, then scan it again")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('tt.queue'))") == []


def test_a_server_that_fails_opens_the_shell(ready: PackingScreen) -> None:
    # The page's own request is what a proxy answers when the application behind it is gone.
    ready.page.context.route("**/scan/", lambda route: route.fulfill(status=502, body="Bad gateway"))
    ready.page.reload()
    ready.shows("No sack open")
    expect(ready.page.locator("#contact")).to_contain_text("ravi")


def new_version(settings, tmp_path, words: str) -> None:
    """From now on the server runs a newer version of the page."""
    folder = tmp_path / "scan"
    folder.mkdir()
    old = (settings.BASE_DIR / "templates/scan/words.html").read_text()
    (folder / "words.html").write_text(old.replace("Scan a sack to begin", words))
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]


UPDATE = "async () => { await (await navigator.serviceWorker.ready).update() }"
HINDI_ALONE = """async () => {
  while (!(await caches.match("/scan/shell/?language=hi")) || (await caches.keys()).length !== 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""
ONE_VERSION = """async () => {
  while ((await caches.keys()).length !== 1) await new Promise((resolve) => setTimeout(resolve, 50));
}"""


def test_a_new_version_waits_for_the_next_start_and_reads_the_old_queue(
    ready: PackingScreen, context: BrowserContext, settings, tmp_path
) -> None:
    ready.open("SB00860")
    ready.page.evaluate("window.sameShift = true")
    new_version(settings, tmp_path, "Scan a sack, please")
    ready.page.evaluate(UPDATE)
    expect(ready.page.locator("#update")).to_contain_text("from the next start")
    ready.scan("1200000")
    ready.shows("SB00860", 1)
    context.set_offline(True)
    ready.burst(packets(1_200_001, 3))
    assert ready.page.evaluate("window.sameShift") is True
    ready.page.reload()  # still without the network: the old shell
    expect(ready.page.locator("#unsent")).to_contain_text("3 not sent")
    context.set_offline(False)
    ready.shows("SB00860", 4)
    ready.page.reload()
    expect(ready.page.locator("#update")).to_be_hidden()
    ready.page.evaluate(ONE_VERSION)
    context.set_offline(True)
    fresh = context.new_page()
    fresh.goto("/scan/")
    expect(fresh.locator("#sack-state")).to_have_text("Scan a sack, please")
    assert inside("SB00860") == packets(1_200_000, 4)


def test_it_can_be_installed(page: Page) -> None:
    open_page(page, "/scan/", "ravi")
    session = page.context.new_cdp_session(page)
    told = session.send("Page.getAppManifest")
    assert told["errors"] == []
    icons = page.evaluate("fetch('/manifest.webmanifest').then((answer) => answer.json())")["icons"]
    assert [(icon["sizes"], icon["purpose"]) for icon in icons] == [
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    ]
    for icon in icons:
        answer = page.request.get(icon["src"])
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
