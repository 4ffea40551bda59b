from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.notifications import PROMOTION_ASKED, notify, read_all
from tests.browser.screen import open_page


def test_the_bell_counts_what_waits_and_leads_to_it(page: Page) -> None:
    asha = User.objects.get(username="asha")
    open_page(page, "/", "asha")
    badge = page.locator("#bell .bell-count")
    expect(badge).to_be_hidden()
    notify([asha], PROMOTION_ASKED, link="/bags/", name="leela")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(badge).to_have_text("1")
    page.locator("#bell").click()
    page.get_by_role("button", name="leela asks to become admin.").click()
    page.wait_for_url("**/bags/")
    expect(page.locator("#bell .bell-count")).to_be_hidden()


def test_what_was_read_elsewhere_is_gone(page: Page) -> None:
    asha = User.objects.get(username="asha")
    notify([asha], PROMOTION_ASKED, name="leela")
    open_page(page, "/", "asha")
    badge = page.locator("#bell .bell-count")
    expect(badge).to_have_text("1")
    read_all(user_id=asha.pk)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(badge).to_be_hidden()
