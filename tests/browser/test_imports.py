"""An admin brings a file in: looks at what is wrong with it, says yes, closes the page, takes it back."""

from playwright.sync_api import BrowserContext, Page, expect

from bags.importing.models import ImportBatch
from bags.models import Link
from tests.browser.screen import open_page
from tests.browser.test_pages import look_at
from tests.imports.conftest import DATA, start_worker, worker_until_idle  # noqa: F401 - fixtures


def upload(page: Page, kind: str, file: str) -> ImportBatch:
    page.goto("/imports/")
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("CSV or XLSX file").set_input_files(DATA / file)
    page.get_by_role("button", name="Upload and check").click()
    expect(page.get_by_text("You may close this page")).to_be_visible()
    return ImportBatch.objects.latest("pk")


def test_from_the_file_to_the_result_and_back(page: Page, context: BrowserContext, worker_until_idle) -> None:  # noqa: F811
    open_page(page, "/imports/", "asha")
    batch = upload(page, "Bags", "bags.csv")
    worker_until_idle()
    expect(page.get_by_role("heading", name="Nothing went in yet")).to_be_visible()  # by itself
    expect(page.get_by_text("572 rows are good")).to_be_visible()
    expect(page.get_by_text("Sack SB21700 is full: it holds 30.").first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="A file of just these rows").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 7
    assert Link.objects.count() == 0
    look_at(page, ["/imports/", f"/imports/{batch.pk}/"], "light")

    page.get_by_role("button", name="Yes, bring the good rows in").click()
    expect(page.get_by_text("You may close this page")).to_be_visible()
    look_at(page, [f"/imports/{batch.pk}/"], "dark")
    page.close()
    worker_until_idle()
    again = context.new_page()
    again.goto("/notifications/")
    again.get_by_text("Your import of bags.csv is finished.").click()
    expect(again.get_by_role("heading", name="Result")).to_be_visible()
    assert Link.objects.count() == 551
    look_at(again, [f"/imports/{batch.pk}/"], "dark")

    again.get_by_role("button", name="Take this import back").click()
    worker_until_idle()
    expect(again.get_by_text("Taken back", exact=True).first).to_be_visible()
    assert Link.objects.filter(unlinked_at=None).count() == 0


def test_no_drops_the_file(page: Page, worker_until_idle) -> None:  # noqa: F811
    open_page(page, "/imports/", "asha")
    upload(page, "Batches of packets", "batches-mustard-with-errors.xlsx")
    worker_until_idle()
    page.get_by_role("button", name="No, drop this file").click()
    expect(page.get_by_text("Dropped")).to_be_visible()
    assert Link.objects.count() == 0
