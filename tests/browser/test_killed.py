"""The browser is killed in the middle of a shift, as a phone does it for want of memory."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from bags.models import Scan
from tests.browser.conftest import FLAGS
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_packing import inside, packets
from tests.house.conftest import eventually


@pytest.fixture
def start(browser: Browser, site: str, people: None, tmp_path: Path) -> Iterator:
    """start() -> a browser on one and the same profile, and its main process."""
    running: list[BrowserContext] = []

    def launch() -> tuple[BrowserContext, psutil.Process]:
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=shutil.which("chromium"),
            args=FLAGS,
            env={**os.environ},
            base_url=site,
            viewport={"width": 360, "height": 640},
        )
        context.set_default_timeout(15_000)
        running.append(context)
        flag = f"--user-data-dir={tmp_path / 'profile'}"
        [main] = [
            child
            for child in psutil.Process().children(recursive=True)
            if flag in child.cmdline() and not any(word.startswith("--type=") for word in child.cmdline())
        ]
        return context, main

    yield launch
    for context in running:
        context.close()


def test_scans_made_offline_survive_the_death_of_the_browser(start) -> None:
    context, main = start()
    screen = PackingScreen(context.new_page())
    open_page(screen.page, "/scan/", "ravi")
    screen.open("SB00860")
    context.set_offline(True)
    screen.burst([*packets(1_200_000, 10), "SB00861", *packets(1_300_000, 10)])
    expect(screen.page.locator("#unsent")).to_contain_text("21 not sent")
    for process in [*main.children(recursive=True), main]:
        process.kill()
    psutil.wait_procs([main], timeout=20)

    context, _ = start()
    screen = PackingScreen(context.new_page())
    open_page(screen.page, "/scan/", "ravi")
    assert eventually(lambda: Scan.objects.count() == 22, 15)  # the copy is asked first, which takes a moment
    screen.all_sent()
    assert inside("SB00860") == packets(1_200_000, 10)
    assert inside("SB00861") == packets(1_300_000, 10)
