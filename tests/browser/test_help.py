import pypdfium2
import pytest
from playwright.sync_api import Page

from accounts.models import User
from tests.browser.screen import open_page


@pytest.mark.parametrize("language", ["en", "hi"])
def test_the_help_of_each_role_prints_on_one_sheet(page: Page, language: str) -> None:
    User.objects.update(language=language)
    open_page(page, "/help/dispatcher/", "ravi")
    for role in ("dispatcher", "biller", "admin"):
        page.goto(f"/help/{role}/")
        for picture in page.locator(".help-part img").all():
            picture.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        printed = page.pdf(format="A4", prefer_css_page_size=True)
        assert len(pypdfium2.PdfDocument(printed)) == 1, role
