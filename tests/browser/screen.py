"""The packing screen, as an operator's hands and eyes meet it."""

import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

PASSWORD = "Sacks-of-mustard-24"

# A scanner's keys, faster than any remote control of a browser can press them. They carry the times at which
# the scanner pressed them, as a real keyboard's do, however busy the page is.
BURST = """async ([codes, gap, suffix]) => {
  let at = performance.now();
  const press = async (key) => {
    const target = document.activeElement ?? document.body;
    for (const type of ["keydown", "keyup"]) {
      const event = new KeyboardEvent(type, { key, bubbles: true, cancelable: true });
      Object.defineProperty(event, "timeStamp", { value: at });
      target.dispatchEvent(event);
    }
    at += gap;
    while (performance.now() < at) await new Promise((resolve) => setTimeout(resolve));
  };
  for (const code of codes) {
    for (const key of code) await press(key);
    if (suffix) await press(suffix);
  }
}"""


def open_page(page: Page, path: str, name: str) -> None:
    """Sign in by the form, and go on to the page."""
    page.goto(f"/accounts/login/?next={path}")
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == path)


class PackingScreen:
    def __init__(self, page: Page) -> None:
        self.page = page

    def scan(self, code: str) -> None:
        self.burst([code])

    def press(self, code: str) -> None:
        """Real key presses: whatever has the focus gets them, with all that browsers do then."""
        field = self.page.locator("#code")
        before = field.input_value()
        for _ in range(5):
            if self._pressed_like_a_scanner(code):
                return
            # This machine was too busy to play a scanner. The screen refuses such a code; begin anew.
            self.page.wait_for_timeout(1200)
            field.evaluate("(field, text) => { field.value = text }", before)
        pytest.fail("too busy to press keys in time")

    def _pressed_like_a_scanner(self, code: str) -> bool:
        for key in code:
            began = time.monotonic()
            self.page.keyboard.type(key)
            if time.monotonic() - began > 0.05:
                return False
        self.page.keyboard.press("Enter")
        return True

    def burst(self, codes: list[str], gap: int = 5, suffix: str | None = "Enter") -> None:
        """Keys `gap` ms apart, on whatever has the focus."""
        self.page.evaluate(BURST, [codes, gap, suffix])

    def slow_server(self, milliseconds: int) -> None:
        """From now on each call for scans takes this much longer."""

        def wait(route: Route) -> None:
            self.page.wait_for_timeout(milliseconds)
            route.continue_()

        self.page.route("**/api/v1/scans", wait)

    def open(self, code: str) -> None:
        self.scan(code)
        self.shows(code, state="open")

    def shows(self, sack: str, count: int | None = None, state: str | None = None) -> None:
        expect(self.page.locator("#sack-code")).to_have_text(sack)
        if count is not None:
            expect(self.page.locator("#sack-count")).to_have_text(str(count))
        if state:
            expect(self.page.locator("#sack")).to_have_attribute("data-state", state)

    def answers(self, severity: str, text: str = "") -> None:
        expect(self.page.locator("#answer")).to_have_attribute("data-severity", severity)
        expect(self.page.locator("#answer")).to_contain_text(text)

    def all_sent(self) -> None:
        expect(self.page.locator("#unsent")).to_have_text(re.compile("All sent"))

    def row(self, number: int) -> Locator:
        """The last scans, newest first, from 0."""
        return self.page.locator("#rows li").nth(number)
