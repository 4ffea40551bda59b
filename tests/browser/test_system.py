"""The system page tells what is so now, by itself."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from monitoring.models import ErrorCount
from tests.browser.screen import open_page


@pytest.fixture
def system(page: Page) -> Page:
    open_page(page, "/system/", "asha")
    return page


def test_it_changes_without_a_reload(system: Page) -> None:
    errors = system.locator("[data-item=errors]")
    expect(errors).to_have_attribute("data-status", "ok")
    expect(errors.get_by_text("Good", exact=True)).to_be_visible()
    expect(errors.get_by_text("Bad", exact=True)).to_be_hidden()
    first = system.locator("#as-of").get_attribute("datetime")
    note_errors(25)
    expect(errors).to_have_attribute("data-status", "bad")
    expect(errors.get_by_text("Bad", exact=True)).to_be_visible()
    expect(errors).to_contain_text("25 errors in the last hour.")
    expect(system.locator("[data-rows='errors.kinds'] tr")).to_contain_text("ValueError")
    assert system.locator("#as-of").get_attribute("datetime") != first


def note_errors(times: int) -> None:
    ErrorCount.objects.create(minute=timezone.now(), kind="ValueError", times=times)


def test_the_charts_draw_what_was_kept_and_what_comes(system: Page) -> None:
    expect(system.locator("[data-line] canvas")).to_have_count(8)
    expect(system.locator("[data-last=connections]")).not_to_have_text("–")


def test_signed_out_it_says_so_and_stands_still(system: Page) -> None:
    system.context.clear_cookies()
    expect(system.locator("#stale")).to_contain_text("You are signed out")


def test_a_biller_does_not_reach_it(page: Page) -> None:
    open_page(page, "/", "kavya")
    answer = page.goto("/system/")
    assert answer
    assert answer.status == 403
    assert page.locator(".nav").get_by_text("System").count() == 0
