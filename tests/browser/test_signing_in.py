"""The ways in, and the bar that warns before a session ends, as people meet them."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from typing import get_args

import pytest
from django.db.models import F
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import BrowserContext, Page, expect

from accounts.jobs import send_reset_link
from accounts.models import Session, User
from tests.browser.screen import PASSWORD, PackingScreen, open_page
from tests.browser.test_pages import SIZES, Scheme, serious

NEW = "Three-wet-camels-sang"


@pytest.fixture
def looks_right(page: Page) -> Callable[[], None]:
    """looks_right() -> the page has nothing serious and fits, at each size and in each scheme."""

    def look() -> None:
        for scheme in get_args(Scheme):
            page.emulate_media(color_scheme=scheme)
            for width, height in SIZES:
                page.set_viewport_size({"width": width, "height": height})
                assert serious(page) == [], (page.url, width, scheme)
                assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    return look


def code(key: str) -> str:
    return f"{TOTP(base64.b32decode(key.replace(' ', ''))).token():06}"


def test_a_code_app_from_setting_up_to_a_lost_telephone(page: Page, looks_right) -> None:
    open_page(page, "/accounts/second-factor/", "kavya")
    looks_right()
    expect(page.get_by_role("img", name="QR code for your code app")).to_have_js_property("complete", True)
    page.get_by_text("No camera?").click()
    key = page.locator("#key").inner_text()
    page.fill("#token", code(key))
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_role("heading")).to_have_text("Your recovery codes")
    looks_right()
    kept = page.locator(".recovery li").all_inner_texts()
    assert len(kept) == 10
    page.get_by_role("link", name="I have kept them").click()
    page.goto("/accounts/second-factor/")
    looks_right()
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()
    page.fill("#username", "kavya")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Now the code")
    page.fill("#token", "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    looks_right()
    page.fill("#token", kept[6])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def test_an_admin_must_set_one_up_first(page: Page, settings, looks_right) -> None:
    settings.SECOND_FACTOR = "required"
    open_page(page, "/accounts/second-factor/", "asha")
    looks_right()
    page.goto("/admin/")
    expect(page.get_by_role("heading")).to_have_text("Set up your code app")
    page.get_by_role("button", name="Sign in as somebody else").click()
    expect(page.locator("#username")).to_be_visible()


def test_a_forgotten_password(page: Page, mailoutbox, looks_right, site: str, people: None) -> None:
    User.objects.filter(username="ravi").update(email="ravi@example.com")
    page.goto("/accounts/login/")
    looks_right()
    page.get_by_role("link", name="Forgot your password?").click()
    looks_right()
    page.fill("#name", "ravi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading")).to_have_text("Look into your mail")
    looks_right()
    send_reset_link(name="ravi")
    link = re.search(r"(/accounts/forgot/\S+)", mailoutbox[0].body)
    assert link
    page.goto(link[1])
    looks_right()
    page.fill("#new_password1", "ravi-ravi-ravi")
    page.fill("#new_password2", "ravi-ravi-ravi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("others would guess")
    looks_right()
    page.fill("#new_password1", NEW)
    page.fill("#new_password2", NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Sign in with the new one")
    page.fill("#username", "ravi")
    page.fill("#password", NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")
    page.goto(link[1])
    expect(page.get_by_role("heading")).to_have_text("This link does not work")
    looks_right()


def test_one_password_for_another_and_all_devices_out(page: Page, looks_right) -> None:
    open_page(page, "/accounts/sessions/", "ravi")
    looks_right()
    page.get_by_role("link", name="Change your password").click()
    looks_right()
    page.fill("#old_password", PASSWORD)
    page.fill("#new_password1", NEW)
    page.fill("#new_password2", NEW)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="changed")).to_be_visible()
    page.get_by_role("button", name="Sign out everywhere").click()
    expect(page.locator("#username")).to_be_visible()


def seconds_left(seconds: int) -> None:
    """As if all sessions ended so soon."""
    for session in Session.objects.all():
        passed = session.expire_date - timezone.now() - timedelta(seconds=seconds)
        Session.objects.filter(pk=session.pk).update(
            expire_date=F("expire_date") - passed, seen_at=timezone.now()
        )


@pytest.mark.parametrize("path", ["/bags/", "/scan/"])
def test_one_touch_stays(page: Page, looks_right, path: str) -> None:
    open_page(page, path, "ravi")
    expect(page.locator("#staying")).to_be_hidden()
    seconds_left(100)
    page.reload()
    expect(page.locator("#staying [data-says=ending]")).to_contain_text("You will be signed out in 1:")
    looks_right()
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#staying")).to_be_hidden()
    assert (Session.objects.get().expire_date - timezone.now()).total_seconds() > 1700


def test_a_scan_presses_no_button_of_the_bar_and_stays_by_itself(screen: PackingScreen) -> None:
    seconds_left(110)
    screen.page.reload()
    bar = screen.page.locator("#staying")
    expect(bar).to_be_visible()
    bar.get_by_role("button").focus()
    calls: list[str] = []
    screen.page.on("request", lambda request: calls.append(request.url))
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=2))
    screen.press("SB00860")
    screen.shows("SB00860", 0, "open")
    assert not [url for url in calls if url.endswith("/stay")]
    expect(bar).to_be_hidden(timeout=40_000)


def test_work_in_another_tab_takes_the_warning_away(page: Page, context: BrowserContext) -> None:
    open_page(page, "/bags/", "ravi")
    seconds_left(110)
    page.reload()
    expect(page.locator("#staying")).to_be_visible()
    other = context.new_page()
    other.goto("/bags/")
    other.get_by_role("button", name="Stay signed in").click()
    expect(page.locator("#staying")).to_be_hidden(timeout=40_000)


def test_it_says_when_it_ended(page: Page, looks_right) -> None:
    open_page(page, "/bags/", "ravi")
    seconds_left(3)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#staying [data-says=ended]")).to_be_visible(timeout=40_000)
    looks_right()
    page.get_by_role("link", name="Sign in").click()
    expect(page.locator("#username")).to_be_visible()
    page.wait_for_url("**/accounts/login/?next=%2Fbags%2F")
