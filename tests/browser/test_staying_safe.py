"""Reloads, lost answers, ended sessions, other tabs: no scan is lost, none counts twice."""

import json
import re

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from bags.models import Bag, Scan
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_packing import inside, packets

SCANS = "**/api/v1/scans"


def test_a_reload_shows_the_sack_and_its_count(screen: PackingScreen) -> None:
    screen.burst(["SB00860", *packets(1_200_000, 13)])
    screen.shows("SB00860", 13)
    screen.page.reload()
    screen.shows("SB00860", 13, "open")
    screen.scan("1300000")
    screen.shows("SB00860", 14)


def test_the_count_is_right_after_another_device_packed(screen: PackingScreen, browser: Browser) -> None:
    screen.open("SB00860")
    other = browser.new_context(base_url=screen.page.url.removesuffix("/scan/"))
    there = PackingScreen(other.new_page())
    open_page(there.page, "/scan/", "meena")
    there.open("SB00860")
    there.scan("1300000")
    there.shows("SB00860", 1)
    screen.page.reload()
    screen.shows("SB00860", 1, "open")
    other.close()


def test_a_reload_in_the_middle_of_unsent_scans(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.page.route(SCANS, lambda route: route.abort())
    screen.burst([*packets(1_200_000, 5), "SB00861", *packets(1_300_000, 5)])
    expect(screen.page.locator("#trouble")).to_contain_text("No connection")
    screen.page.unroute(SCANS)
    screen.page.reload()
    screen.all_sent()
    screen.shows("SB00861", 5, "open")
    assert inside("SB00860") == packets(1_200_000, 5)
    assert inside("SB00861") == packets(1_300_000, 5)


def test_an_answer_lost_after_the_server_saved(screen: PackingScreen) -> None:
    screen.open("SB00860")
    lost = []

    def lose(route) -> None:
        lost.append(route.fetch())
        route.abort()

    screen.page.route(SCANS, lose, times=1)
    screen.scan("1200000")
    screen.shows("SB00860", 1)
    screen.all_sent()
    assert len(lost) == 1
    assert Scan.objects.filter(bag__qr_id="1200000").count() == 1


def test_a_page_in_place_of_json_and_a_server_error_keep_the_scan(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.page.route(
        SCANS, lambda route: route.fulfill(status=200, content_type="text/html", body="<h1>Sign in</h1>")
    )
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_contain_text("does not answer")
    screen.page.unroute(SCANS)
    screen.page.route(SCANS, lambda route: route.fulfill(status=502, body="Bad gateway"))
    screen.scan("1200001")
    expect(screen.page.locator("#unsent")).to_contain_text("2 not sent")
    screen.page.unroute(SCANS)
    screen.shows("SB00860", 2)
    screen.all_sent()
    expect(screen.page.locator("#trouble")).to_be_hidden()


def test_an_ended_session_keeps_the_scans(screen: PackingScreen, context: BrowserContext) -> None:
    screen.open("SB00860")
    context.clear_cookies()
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_contain_text(
        "You are signed out. Your scan is safe on this device. Sign in to send it."
    )
    screen.page.locator("#sign-in").click()
    screen.page.fill("#username", "ravi")
    screen.page.fill("#password", "Sacks-of-mustard-24")
    screen.page.keyboard.press("Enter")
    screen.page.wait_for_url(re.compile(r"/scan/$"))
    screen.shows("SB00860", 1, "open")
    screen.all_sent()


def test_a_sign_in_in_another_tab_is_enough(screen: PackingScreen, context: BrowserContext) -> None:
    screen.open("SB00860")
    context.clear_cookies()
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_contain_text("signed out")
    open_page(context.new_page(), "/", "ravi")
    screen.page.bring_to_front()
    screen.page.evaluate("window.dispatchEvent(new Event('focus'))")
    screen.shows("SB00860", 1)
    screen.all_sent()


def test_another_persons_session_sends_nothing_of_mine(
    screen: PackingScreen, context: BrowserContext
) -> None:
    screen.open("SB00860")
    context.clear_cookies()
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_contain_text("signed out")
    other = context.new_page()
    open_page(other, "/scan/", "meena")
    expect(other.locator("#others")).to_contain_text("1 unsent scan of ravi")
    PackingScreen(other).shows("No sack open")
    screen.page.bring_to_front()
    screen.page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(screen.page.locator("#trouble")).to_contain_text("Another person has signed in")
    assert not Bag.objects.filter(qr_id="1200000").exists()
    assert Scan.objects.count() == 1


def test_a_scan_the_server_will_never_take_is_kept_and_shown(screen: PackingScreen) -> None:
    screen.open("SB00860")

    def refuse(route) -> None:
        if "1200001" in (route.request.post_data or ""):
            route.fulfill(status=400, json={"error": {"code": "invalid", "message": "", "fields": {}}})
        else:
            route.continue_()

    screen.page.route(SCANS, refuse)
    screen.burst(packets(1_200_000, 4))
    screen.shows("SB00860", 3)
    expect(screen.page.locator("#aside-list")).to_have_text("1200001")
    screen.page.reload()
    expect(screen.page.locator("#aside-list")).to_have_text("1200001")
    screen.page.unroute(SCANS)
    screen.page.locator("#retry").click()
    screen.shows("SB00860", 4)
    expect(screen.page.locator("#aside")).to_be_hidden()


def test_two_tabs_send_once_and_keep_their_own_sacks(screen: PackingScreen, context: BrowserContext) -> None:
    calls: list[str] = []

    def note(request: Request) -> None:
        if request.post_data and request.url.endswith("/api/v1/scans"):
            calls.append(request.post_data)

    context.on("request", note)
    second = PackingScreen(context.new_page())
    second.page.goto("/scan/")
    second.shows("No sack open", state="none")
    screen.burst(["SB00860", *packets(1_200_000, 5)])
    second.burst(["SB00861", *packets(1_300_000, 5)])
    for tab, sack in ((screen, "SB00860"), (second, "SB00861")):
        tab.shows(sack, 5, "open")
        tab.all_sent()
    keys = [scan["key"] for call in calls for scan in json.loads(call)["scans"]]
    assert len(keys) == len(set(keys)) == 12
    assert sorted(keys) == sorted(str(key) for key in Scan.objects.values_list("key", flat=True))
    assert list(Scan.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 13))
    assert Scan.objects.values("device").distinct().count() == 1


def test_offline_scans_are_sent_later(screen: PackingScreen, context: BrowserContext) -> None:
    screen.open("SB00860")
    context.set_offline(True)
    screen.burst(packets(1_200_000, 3))
    expect(screen.page.locator("#trouble")).to_contain_text("Your 3 scans are safe on this device")
    context.set_offline(False)
    screen.shows("SB00860", 3)
    screen.all_sent()
    assert list(Scan.objects.filter(bag__kind="child").values_list("offline", flat=True)) == [True] * 3


def test_the_back_link_and_the_way_in(screen: PackingScreen, page: Page) -> None:
    screen.page.locator(".bar a").click()
    page.wait_for_url(re.compile(r":\d+/$"))
    page.get_by_role("link", name="Start packing").click()
    page.wait_for_url(re.compile(r"/scan/$"))
    screen.open("SB00860")
