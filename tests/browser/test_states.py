"""Each state of the packing screen: nothing serious for axe, not wider than a phone, targets for gloves."""

import re
from typing import get_args

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_pages import SIZES, Scheme, serious

SCANS = "**/api/v1/scans"


def looks_right(page: Page, state: str) -> None:
    for scheme in get_args(Scheme):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert serious(page) == [], (state, scheme, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (state, width)
    page.set_viewport_size({"width": 360, "height": 640})
    for control in page.locator("button:visible, a:visible, input:visible").all():
        box = control.bounding_box()
        assert box, (state, control)
        assert min(box["width"], box["height"]) >= 48, (state, control.inner_text())


def test_offline_and_opened_from_the_device(screen: PackingScreen, context: BrowserContext) -> None:
    screen.page.evaluate("navigator.serviceWorker.ready")
    screen.open("SB00860")
    context.set_offline(True)
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_be_visible()
    expect(screen.page.locator("#unsent")).to_contain_text("1 not sent")
    looks_right(screen.page, "offline")
    screen.page.reload()
    expect(screen.page.locator("#unsent")).to_contain_text("1 not sent")
    looks_right(screen.page, "opened from the device")


def test_needs_attention_then_signed_out_then_another_person(
    screen: PackingScreen, context: BrowserContext
) -> None:
    error = {"error": {"code": "invalid", "message": "", "fields": {}}}
    context.route(SCANS, lambda route: route.fulfill(status=400, json=error))
    screen.scan("SB00860")
    expect(screen.page.locator("#aside-list")).to_have_text("SB00860")
    context.unroute(SCANS)
    looks_right(screen.page, "needs attention")
    context.clear_cookies()
    screen.scan("SB00861")
    expect(screen.page.locator("#sign-in")).to_be_visible()
    looks_right(screen.page, "signed out")
    open_page(screen.page, "/scan/", "meena")
    expect(screen.page.locator("#others")).to_contain_text("2 unsent scans of ravi")
    looks_right(screen.page, "another person's scans")


def test_the_warning_at_signing_out(screen: PackingScreen, context: BrowserContext) -> None:
    context.route(SCANS, lambda route: route.abort())
    screen.scan("SB00860")
    expect(screen.page.locator("#unsent")).to_contain_text("1 not sent")
    page = screen.page
    page.goto("/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.locator("#unsent-warning")).to_be_visible()
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert serious(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_age_of_the_last_contact_and_the_way_to_a_file(
    screen: PackingScreen, context: BrowserContext
) -> None:
    contact, save = screen.page.locator("#contact"), screen.page.locator("#trouble [data-save]")
    screen.open("SB00860")
    expect(contact).to_have_text("ravi · in contact")
    context.set_offline(True)
    expect(screen.page.locator("#trouble")).to_contain_text("No connection. Go on scanning")
    screen.scan("1200000")
    expect(screen.page.locator("#trouble")).to_contain_text("No connection. Your scan is safe")
    expect(save).to_be_hidden()
    expect(contact).to_have_text(re.compile(r"ravi · contact \d+ s ago"))
    screen.page.evaluate("navigator.serviceWorker.ready")
    screen.page.evaluate("localStorage.setItem('tt.contact', Date.now() - 15 * 60000)")
    screen.page.reload()
    expect(contact).to_have_text("ravi · contact 15 min ago")
    expect(save).to_be_visible()
