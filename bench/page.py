"""The packing page on a slow phone: a real browser with a sixth of this machine's speed, over slow 3G."""

import shutil
from collections.abc import Iterator
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, sync_playwright

from bench.database import Person

SLOWER = 6
# Of Chromium's own tools: bytes/s, and ms for each round trip.
SLOW_3G = {"offline": False, "latency": 2000, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
QUEUED = 10_000
SCANS = 30
MINUTES = 3 * 60_000
USABLE = "#contact:not(:empty)"

_FILL = """([user, number]) => {
  for (let n = 1; n <= number; n += 1) {
    const scan = { seq: n, raw: `LABEL NO.${1000000 + n} LOT NO.:MST-24-118, D.O.T.:03/11/2025`,
                   parent: "SB00860", offline: true, at: Date.now() };
    const entry = { user, name: "bench", screen: "gone", scan };
    localStorage.setItem(`tt.queue.${n}.${crypto.randomUUID()}`, JSON.stringify(entry));
  }
}"""
_KEY_TO_SIGN = """async (codes) => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const press = (key) =>
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const took = [];
  for (const code of codes) {
    for (const key of code) press(key);
    const began = performance.now();
    press("Enter");
    while (document.querySelector("#rows [data-part=text]")?.textContent !== code) await frame();
    await frame();
    took.push(performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return took;
}"""


def rows(port: int, person: Person, csrf: str) -> Iterator[dict[str, Any]]:
    """{what, value, unit, asked}; asked is None where a figure is only told."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{port}", viewport={"width": 360, "height": 640}
        )
        context.set_default_timeout(MINUTES)
        cookies = {"session": person.session, "csrf": csrf}
        context.add_cookies(
            [
                {"name": name, "value": value, "domain": "127.0.0.1", "path": "/"}
                for name, value in cookies.items()
            ]
        )
        yield from _loading(context)
        yield from _scanning(context)
        browser.close()


def _loading(context: BrowserContext) -> Iterator[dict[str, Any]]:
    page, session = _slow_page(context)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_3G)
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    first = _opened(page)
    yield _row("bytes before usable", sum(received) / 1000, "kB", 100)
    yield _row("first time usable, slow 3G", first, "s", None)
    page.evaluate("navigator.serviceWorker.ready")
    yield _row("next time usable, slow 3G", _opened(page), "s", None)
    page.close()


def _scanning(context: BrowserContext) -> Iterator[dict[str, Any]]:
    page, _ = _slow_page(context)
    _opened(page)
    yield from _signs(page, "online", 1_200_000)
    context.route("**/api/v1/scans", lambda route: route.abort())
    page.evaluate(_FILL, [page.locator("body").get_attribute("data-user"), QUEUED])
    _opened(page)
    yield from _signs(page, f"{QUEUED:,} waiting", 1_300_000)
    page.close()


def _signs(page: Page, when: str, first: int) -> Iterator[dict[str, Any]]:
    took = page.evaluate(_KEY_TO_SIGN, [str(first + number) for number in range(SCANS)])
    yield _row(f"key to the 'sent' sign, {when}, median", median(took), "ms", 100)
    yield _row(f"key to the 'sent' sign, {when}, worst of {SCANS}", max(took), "ms", None)


def _slow_page(context: BrowserContext) -> tuple[Page, CDPSession]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    return page, session


def _opened(page: Page) -> float:
    """Open the packing page; s until it hears scans."""
    page.goto("/scan/", wait_until="commit")
    page.locator(USABLE).wait_for(state="attached")
    return float(page.evaluate("performance.now()")) / 1000


def _row(what: str, value: float, unit: str, asked: int | None) -> dict[str, Any]:
    return {"what": what, "value": round(value, 1), "unit": unit, "asked": asked}
