"""The search field on every page, and a long list as a file."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bags.jobs import make_export
from bags.models import Export
from tests.browser.screen import PackingScreen, open_page


@pytest.fixture
def packed(page: Page) -> Page:
    open_page(page, "/scan/", "kavya")
    screen = PackingScreen(page)
    screen.open("SB00860")
    screen.scan("1200000")
    screen.shows("SB00860", 1)
    page.goto("/bags/")
    return page


def test_the_search_field_is_one_key_away(packed: Page) -> None:
    packed.keyboard.press("/")
    expect(packed.locator("#search")).to_be_focused()
    packed.keyboard.type("sb00860")
    packed.keyboard.press("Enter")
    packed.get_by_role("link", name="SB00860").click()
    expect(packed.locator("h1")).to_have_text("SB00860")


def test_the_key_stays_a_sign_where_somebody_types(packed: Page) -> None:
    packed.locator("#id_q").press_sequentially("A/1")
    expect(packed.locator("#id_q")).to_have_value("A/1")


def test_a_short_list_comes_at_once(packed: Page) -> None:
    packed.locator("#id_kind").select_option("child")
    packed.get_by_role("button", name="Search").last.click()
    with packed.expect_download() as download:
        packed.get_by_role("link", name="CSV").click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        assert [row["qr_id"] for row in csv.DictReader(file)] == ["1200000"]


def test_a_long_list_is_made_while_the_page_waits(packed: Page, settings, tmp_path) -> None:
    settings.EXPORT_AT_ONCE_ROWS, settings.EXPORT_FOLDER = 1, tmp_path
    packed.get_by_role("link", name="XLSX").click()
    packed.get_by_role("button", name="Make the file").click()
    expect(packed.locator("[data-export]")).to_contain_text("Waiting")
    make_export(str(Export.objects.get().pk))
    with packed.expect_download() as download:
        packed.get_by_role("link", name="Download", exact=True).click()
    assert download.value.suggested_filename.endswith(".xlsx")
