"""What everybody does on every day."""

from collections import Counter

from playwright.sync_api import Page, expect

from accounts.models import Session, User
from accounts.operators import Operator
from audit.models import AuditLog
from tests.imports.conftest import bags_csv, start_worker, worker_until_idle  # noqa: F401 - fixtures


def operator(name: str) -> Operator:
    return Operator.of(User.objects.get(username=name))


def sign_in(page: Page, name: str, password: str) -> None:
    page.goto("/")
    page.fill("#username", name)
    page.fill("#password", password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto("/bags/")
    expect(page.locator("#username")).to_be_visible()
    assert not Session.objects.filter(user__username=name).exists()


def go(page: Page, name: str) -> None:
    """By the navigation."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()


def done_by(name: str) -> Counter[str]:
    """How often the audit log says what of this person."""
    return Counter(AuditLog.objects.filter(actor=name).values_list("action", flat=True))
