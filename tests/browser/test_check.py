"""The scanner check: what it says, what it keeps, and that the packing screen goes by it."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from bags.commands import CHECKS
from tests.browser.keys import ENTER, HINDI, QWERTZ, TAB, US, press, strokes
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_pages import SIZES, serious

CODES = [check.code for check in CHECKS]


@pytest.fixture
def check(page: Page) -> Page:
    open_page(page, "/scan/check/", "ravi")
    expect(page.locator("#check-step")).to_contain_text("Code 1 of 3")
    return page


def scan_all(
    page: Page, end: list[dict[str, Any]], layout: dict[str, str] = US, *, caps: bool = False
) -> None:
    for number, code in enumerate(CODES):
        expect(page.locator(f"#check-codes li:nth-child({number + 1})")).to_be_visible()
        press(page, [*strokes(code, layout, caps=caps), *end])
    expect(page.locator("#check-done")).to_be_visible()


def finding(page: Page, about: str, state: str, text: str) -> None:
    item = page.locator(f"#check-report [data-about={about}]")
    expect(item).to_have_attribute("data-state", state)
    expect(item).to_contain_text(text)


def profile(page: Page) -> dict[str, Any]:
    kept = json.loads(page.evaluate("localStorage.getItem('tt.scanner')"))
    assert 0 < kept.pop("gap") < 35
    return kept


def test_a_scanner_that_fits(check: Page) -> None:
    scan_all(check, [ENTER])
    finding(check, "suffix", "good", "Enter after each code")
    finding(check, "speed", "good", "ms from key to key")
    finding(check, "layout", "good", "fit: English")
    finding(check, "caps", "good", "as printed")
    finding(check, "double", "good", "came once")
    expect(check.locator("#check-saved")).to_have_text("Saved for this device.")
    assert profile(check) == {"suffix": "Enter", "right": "physical", "caps": None}


def test_another_layout_caps_lock_and_tab(check: Page) -> None:
    check.locator("#check-again").evaluate("(button) => button.focus()")
    scan_all(check, [TAB], QWERTZ, caps=True)
    finding(check, "suffix", "good", "Tab after each code")
    finding(check, "layout", "look", "another language than the scanner")
    finding(check, "caps", "look", "Caps Lock is on")
    assert profile(check) == {"suffix": "Tab", "right": "physical", "caps": None}


def test_the_packing_screen_goes_by_it(check: Page) -> None:
    scan_all(check, [ENTER], QWERTZ)
    check.get_by_role("link", name="To the packing screen").click()
    screen = PackingScreen(check)
    screen.all_sent()  # the page listens
    press(check, [*strokes("SB00860", QWERTZ), ENTER, *strokes("ABCY1234", QWERTZ), ENTER])
    screen.shows("SB00860", 1)
    expect(screen.row(0)).to_contain_text("ABCY1234")


def test_no_end_key_and_a_double_trigger(check: Page) -> None:
    for code in CODES:
        press(check, strokes(code))
        expect(check.locator("#check-last")).to_have_text(f"Read: {code}")
    finding(check, "suffix", "look", "presses nothing after a code")
    press(check, strokes(CODES[2]))
    expect(check.locator("#check-last")).to_contain_text("came twice")
    finding(check, "double", "look", "counted: 1")
    assert profile(check) == {"suffix": "none", "right": "physical", "caps": None}


def test_what_is_none_of_the_codes_is_said_and_does_not_count(check: Page) -> None:
    press(check, [*strokes("TT-CHECK-1-AQWZYM-012345678"), ENTER])
    expect(check.locator("#check-last")).to_contain_text("none of these codes")
    expect(check.locator("#check-step")).to_contain_text("Code 1 of 3")
    assert check.evaluate("localStorage.getItem('tt.scanner')") is None


def test_a_hindi_keyboard_and_a_second_check(check: Page) -> None:
    scan_all(check, [ENTER], HINDI)
    finding(check, "layout", "look", "another language than the scanner")
    check.locator("#check-again").click()
    expect(check.locator("#check-step")).to_contain_text("Code 1 of 3")
    expect(check.locator("#check-done")).to_be_hidden()
    scan_all(check, [ENTER])
    finding(check, "layout", "good", "fit: English")


def test_a_browser_that_keeps_nothing_says_so(check: Page) -> None:
    check.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    scan_all(check, [ENTER])
    expect(check.locator("#check-saved")).to_contain_text("could not be saved")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_fit_to_be_seen(check: Page, scheme) -> None:
    check.emulate_media(color_scheme=scheme)
    scan_all(check, [TAB], QWERTZ, caps=True)
    for width, height in SIZES:
        check.set_viewport_size({"width": width, "height": height})
        assert serious(check) == [], width
        assert check.evaluate("document.documentElement.scrollWidth") <= width
    check.goto("/scan/sheet/")
    for width, height in SIZES:
        check.set_viewport_size({"width": width, "height": height})
        assert serious(check) == [], width
        assert check.evaluate("document.documentElement.scrollWidth") <= width
