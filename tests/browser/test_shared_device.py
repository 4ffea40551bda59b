"""One device, several people: what somebody scanned stays theirs, by name, and goes out as theirs alone."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from bags.models import Scan
from tests.browser.screen import PASSWORD, PackingScreen, open_page
from tests.browser.test_packing import inside, packets

SCANS = "**/api/v1/scans"
QUEUED = "Object.keys(localStorage).filter((name) => name.startsWith('tt.queue.')).sort()"


def sign_in(page: Page, name: str) -> None:
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")


def sign_out(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Sign out", exact=True).click()


@pytest.fixture
def twelve(screen: PackingScreen, context: BrowserContext) -> PackingScreen:
    """Ravi's screen with twelve scans that did not get through; from now on calls get through again."""
    context.route(SCANS, lambda route: route.abort())
    screen.burst(["SB00860", *packets(1_200_000, 11)])
    expect(screen.page.locator("#unsent")).to_contain_text("12 not sent")
    expect(screen.page.locator("#trouble")).to_contain_text("No connection")
    return screen


def test_another_person_sees_whose_scans_wait_and_sends_none_of_them(
    twelve: PackingScreen, context: BrowserContext
) -> None:
    page = twelve.page
    sign_out(page)
    page.get_by_role("button", name="Sign out now").click()
    expect(page.locator("#username")).to_be_visible()
    context.unroute(SCANS)
    open_page(page, "/scan/", "meena")
    expect(page.locator("#others")).to_contain_text("12 unsent scans of ravi")
    twelve.shows("No sack open", state="none")
    expect(page.locator("#rows li")).to_have_count(0)
    twelve.open("SB00861")
    twelve.scan("1300000")
    twelve.shows("SB00861", 1)
    twelve.all_sent()
    assert set(Scan.objects.values_list("operator__username", flat=True)) == {"meena"}
    assert len(page.evaluate(QUEUED)) == 12

    sign_out(page)
    open_page(page, "/scan/", "ravi")
    twelve.all_sent()
    expect(page.locator("#others")).to_be_hidden()
    assert inside("SB00860") == packets(1_200_000, 11)
    of_ravi = Scan.objects.filter(operator__username="ravi").order_by("seq")
    assert list(of_ravi.values_list("seq", flat=True)) == list(range(1, 13))
    assert list(Scan.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 15))
    assert page.evaluate(QUEUED) == []


def test_signing_out_warns_and_destroys_nothing(twelve: PackingScreen) -> None:
    page = twelve.page
    before = page.evaluate(QUEUED)
    sign_out(page)
    warning = page.locator("#unsent-warning")
    expect(warning).to_contain_text("that are not sent yet: 12. They are safe")
    expect(warning.get_by_role("link")).to_be_focused()
    page.reload()  # still signed in
    expect(warning).to_be_hidden()
    sign_out(page)
    warning.get_by_role("button", name="Sign out now").click()
    expect(page.locator("#username")).to_be_visible()
    assert page.evaluate(QUEUED) == before
    assert page.evaluate("[localStorage['tt.operator'], sessionStorage['tt.rows.1']]") == [None, None]
    assert page.evaluate("Object.keys(sessionStorage).filter((name) => /rows|sack/.test(name))") == []


def test_signing_out_of_the_admin_site_warns_too(
    page: Page, context: BrowserContext, screen: PackingScreen
) -> None:
    context.clear_cookies()
    open_page(page, "/scan/", "asha")
    context.route(SCANS, lambda route: route.abort())
    screen.scan("SB00860")
    expect(page.locator("#unsent")).to_contain_text("1 not sent")
    page.goto("/admin/")
    page.locator("#logout-form button").click()
    expect(page.locator("#unsent-warning")).to_contain_text("not sent yet: 1.")
    page.locator("#unsent-warning").get_by_role("button").click()
    expect(page.locator("#unsent-warning")).to_have_count(0)
    assert len(page.evaluate(QUEUED)) == 1


def test_without_unsent_scans_signing_out_asks_nothing(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.all_sent()
    sign_out(screen.page)
    expect(screen.page.locator("#username")).to_be_visible()


def test_fifty_scans_after_the_session_ended_go_out_after_the_sign_in(
    screen: PackingScreen, context: BrowserContext
) -> None:
    screen.open("SB00860")
    context.clear_cookies()
    screen.burst([*packets(1_200_000, 20), "SB00861", *packets(1_300_000, 29)])
    expect(screen.page.locator("#trouble")).to_contain_text("You are signed out. Your 50 scans are safe")
    screen.page.locator("#sign-in").click()
    sign_in(screen.page, "ravi")
    screen.shows("SB00861", 29, "open")
    screen.all_sent()
    assert inside("SB00860") == packets(1_200_000, 20)
    assert inside("SB00861") == packets(1_300_000, 29)


def test_nobody_elses_screen_opens_from_the_device(twelve: PackingScreen, context: BrowserContext) -> None:
    """Meena signs in where Ravi's session ended, and opens the packing page only when the network is gone."""
    page = twelve.page
    page.evaluate("navigator.serviceWorker.ready")
    context.clear_cookies()
    open_page(page, "/", "meena")
    context.set_offline(True)
    page.goto("/scan/")
    expect(page.locator("#trouble")).to_contain_text("Nobody is signed in")
    assert len(page.evaluate(QUEUED)) == 12


def test_the_queue_can_be_saved_to_a_file(twelve: PackingScreen, context: BrowserContext) -> None:
    twelve.page.locator("#undo").click()
    context.clear_cookies()
    open_page(twelve.page, "/scan/", "meena")
    twelve.scan("SB00861")
    expect(twelve.page.locator("#unsent")).to_contain_text("1 not sent")
    with twelve.page.expect_download() as saved:
        twelve.page.locator("#others [data-save]").click()
    assert saved.value.suggested_filename.startswith("traitortrack-queue-")
    file = json.loads(Path(saved.value.path()).read_text())
    assert file["format"] == "traitortrack-queue-1"
    assert file["device"] == twelve.page.evaluate("localStorage['tt.device']")
    ravi, meena = file["people"]
    assert [ravi["name"], meena["name"]] == ["ravi", "meena"]
    assert [scan["raw"] for scan in ravi["scans"]] == ["SB00860", *packets(1_200_000, 11)]
    assert set(ravi["scans"][1]) == {
        *("key", "seq", "mode", "raw", "parent", "bill", "captured_at", "source", "offline")
    }
    assert ravi["scans"][1]["parent"] == "SB00860"
    assert [undo["scan"] for undo in ravi["undos"]] == [ravi["scans"][11]["key"]]
    assert [(scan["seq"], scan["raw"]) for scan in meena["scans"]] == [(13, "SB00861")]
    assert len(twelve.page.evaluate(QUEUED)) == 14
