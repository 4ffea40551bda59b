"""Reports and papers in the browser: the chart is drawn, the buttons bring files."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.screen import PackingScreen, open_page

# The colours of a chart's picture that are not see-through.
COLOURS = """() => {
  const canvas = document.querySelector("[data-chart] canvas");
  const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const found = new Set();
  const hex = (number) => number.toString(16).padStart(2, "0");
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] === 255) found.add(`#${hex(data[at])}${hex(data[at + 1])}${hex(data[at + 2])}`);
  return [...found];
}"""


@pytest.fixture
def worked(page: Page) -> Page:
    """Kavya's screen, after two packets."""
    open_page(page, "/scan/", "kavya")
    screen = PackingScreen(page)
    screen.open("SB00860")
    screen.scan("1200000")
    screen.scan("1200001")
    screen.shows("SB00860", 2)
    return page


def test_the_chart_is_drawn_in_the_colours_of_the_scheme(worked: Page) -> None:
    for scheme, bar in (("light", "#0b5233"), ("dark", "#8fdcb0")):
        worked.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        worked.goto("/reports/own/")
        expect(worked.locator("[data-chart] canvas")).to_be_visible()
        worked.wait_for_function(f"(bar) => ({COLOURS})().includes(bar)", arg=bar)
    worked.emulate_media(color_scheme="light")
    worked.wait_for_function("""() => document.querySelectorAll("[data-chart] canvas").length === 1""")
    worked.wait_for_function(f"(bar) => ({COLOURS})().includes(bar)", arg="#0b5233")


def test_the_files_are_of_the_days_shown(worked: Page) -> None:
    worked.goto("/reports/day/?day=2020-02-29")
    for link, name in (("CSV", "Day summary 29 Feb 2020.csv"), ("XLSX", "Day summary 29 Feb 2020.xlsx")):
        with worked.expect_download() as download:
            worked.get_by_role("link", name=link, exact=True).click()
        assert download.value.suggested_filename == name
    address = worked.get_by_role("link", name="PDF to print").get_attribute("href")
    assert address == "/reports/day.pdf?day=2020-02-29"
    answer = worked.request.get(address)
    assert (answer.status, answer.body()[:5]) == (200, b"%PDF-")


def test_choosing_another_day(worked: Page) -> None:
    worked.goto("/reports/own/")
    expect(worked.locator("#table-sacks")).to_be_visible()
    worked.fill("#day", "2020-02-29")
    worked.get_by_role("button", name="Show").click()
    expect(worked.locator(".page-head")).to_contain_text("kavya, 29 Feb 2020")
    assert worked.input_value("#day") == "2020-02-29"
