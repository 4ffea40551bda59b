"""The device tells how it is with each call, and by itself when there is nothing to send."""

import json

from playwright.sync_api import Page, expect

from bags import shell
from bags.models import Device
from tests.browser.screen import PackingScreen, open_page


def test_each_call_tells_what_waits_and_a_quiet_device_tells_every_half_minute(page: Page) -> None:
    page.clock.install()
    open_page(page, "/scan/", "ravi")
    expect(page.locator("#contact")).not_to_be_empty()  # it hears
    screen = PackingScreen(page)
    page.clock.run_for(1000)
    screen.page.keyboard.type("SB00860")
    screen.page.keyboard.press("Enter")
    page.clock.run_for(1000)
    screen.shows("SB00860", 0, "open")
    told = Device.objects.get()
    assert (told.unsent, told.attention, told.version) == (0, 0, shell.version())

    with page.expect_response("**/api/v1/beat") as answer:
        page.clock.run_for(45_000)
    assert answer.value.status == 200
    body = json.loads(answer.value.request.post_data or "")
    quiet = {"unsent": 0, "attention": 0, "version": shell.version()}
    assert {name: body["beat"][name] for name in quiet} == quiet
    assert body["beat"]["storage"] in ("granted", "denied", "unknown")
    told.refresh_from_db()
    assert (told.unsent, told.storage) == (0, body["beat"]["storage"])


def test_a_beat_that_fails_is_nobodys_trouble(page: Page) -> None:
    page.clock.install()
    open_page(page, "/scan/", "ravi")
    expect(page.locator("#contact")).not_to_be_empty()  # it hears
    page.route("**/api/v1/beat", lambda route: route.fulfill(status=500, body="no"))
    with page.expect_response("**/api/v1/beat"):
        page.clock.run_for(45_000)
    page.clock.run_for(1000)
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("#unsent")).to_contain_text("All sent")
