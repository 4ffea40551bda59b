"""The device tells how it is with each call, and by itself when there is nothing to send."""

import json

from playwright.sync_api import Page, Request, expect

from bags import shell
from bags.models import Device
from tests.browser.screen import PackingScreen, open_page


def test_each_call_tells_what_waits_and_a_quiet_device_tells_every_half_minute(page: Page) -> None:
    page.clock.install()
    open_page(page, "/scan/", "ravi")
    screen = PackingScreen(page)
    page.clock.run_for(1000)
    screen.page.keyboard.type("SB00860")
    screen.page.keyboard.press("Enter")
    page.clock.run_for(1000)
    screen.shows("SB00860", 0, "open")
    told = Device.objects.get()
    assert (told.unsent, told.attention, told.app_version) == (1, 0, shell.version())

    beats: list[Request] = []
    page.on("request", lambda request: request.url.endswith("/api/v1/beat") and beats.append(request))
    with page.expect_response("**/api/v1/beat") as answer:
        page.clock.run_for(45_000)
    assert answer.value.status == 200
    body = json.loads(beats[0].post_data or "")
    assert body["beat"] == {"unsent": 0, "attention": 0, "version": shell.version(), "storage": "unknown"}
    told.refresh_from_db()
    assert told.unsent == 0


def test_a_beat_that_fails_is_nobodys_trouble(page: Page) -> None:
    page.clock.install()
    open_page(page, "/scan/", "ravi")
    page.route("**/api/v1/beat", lambda route: route.fulfill(status=500, body="no"))
    with page.expect_response("**/api/v1/beat"):
        page.clock.run_for(45_000)
    page.clock.run_for(1000)
    expect(page.locator("#trouble")).to_be_hidden()
    expect(page.locator("#unsent")).to_contain_text("All sent")
