"""Every page in a real browser: none breaks the content policy. `context` notes each violation, and fails."""

import uuid
from typing import Any

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from accounts.jobs import send_email_link
from accounts.models import PromotionRequest, Role, User
from accounts.notifications import PROMOTION_ASKED, notify
from accounts.operators import Operator
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.services import create_bill
from tests.api.test_doors import DOORS, ID
from tests.browser.screen import open_page
from tests.browser.test_pages import serious

PAGES = sorted({path for method, path in DOORS if method == "GET" and not path.startswith("/api/v1/")})


@pytest.fixture
def asha(page: Page) -> Page:
    """The admin, in a warehouse where each address of the doors' table has something to show."""
    by = Operator.of(User.objects.get(username="kavya"))
    create_bill(number="B-1", by=by)
    steps: list[dict[str, Any]] = [
        {"mode": "pack", "raw": "SB00001"},
        {"mode": "pack", "raw": "0000100001", "parent": "SB00001"},
        {"mode": "bill", "raw": "SB00001", "bill": "B-1"},
    ]
    pulls = [Pull(key=uuid.uuid4(), **step) for step in steps]
    process(pulls=pulls, operator=by, device=uuid.uuid4())
    leela = User.objects.create_user("leela", pk=ID, role=Role.BILLER)
    PromotionRequest.objects.create(user=leela, reason="shift lead", asked_at=timezone.now())
    notify([User.objects.get(username="asha")], PROMOTION_ASKED, name="leela")
    open_page(page, "/", "asha")
    return page


def admin_pages() -> list[str]:
    """The list, the form and one of everything that the Django admin shows."""
    request = RequestFactory().get("/admin/")
    request.user = User(role=Role.ADMIN)
    found = []
    for model, shown in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        if shown.has_add_permission(request):
            found.append(reverse(f"{name}_add"))
        if one := model._default_manager.first():
            found.append(reverse(f"{name}_change", args=[one.pk]))
    return found


def visit(page: Page, path: str) -> None:
    if "text/html" in page.request.get(path).headers["content-type"]:  # else it is a file to save
        page.goto(path)
        page.wait_for_load_state("networkidle")


def test_every_page(asha: Page) -> None:
    for path in PAGES:
        visit(asha, path)


def test_the_pages_of_the_admin_site(asha: Page) -> None:
    send_email_link.defer(user_id=ID)
    for path in ["/admin/", "/admin/password_change/", *admin_pages()]:
        visit(asha, path)


def test_a_violation_would_be_noticed(context: BrowserContext, asha: Page, complaints: list[str]) -> None:
    """The twin: an inline style is one."""
    asha.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">x</p>')")
    asha.wait_for_function("document.querySelector('p[style]') !== null")
    asha.goto("/accounts/profile/")
    assert [text for text in complaints if "Content Security Policy" in text]
    complaints.clear()


PEOPLE_PAGES = [
    "/users/",
    "/users/?q=nothing",
    "/users/new/",
    f"/users/{ID}/",
    "/accounts/profile/",
    "/accounts/profile/scans/",
    "/accounts/profile/email/x:y:z/",
    "/notifications/",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_and_nothing_wider_than_the_screen(asha: Page, scheme) -> None:
    asha.emulate_media(color_scheme=scheme)
    for width, height in [(360, 640), (1280, 800)]:
        asha.set_viewport_size({"width": width, "height": height})
        for path in PEOPLE_PAGES:
            asha.goto(path)
            assert serious(asha) == [], (path, width)
            assert asha.evaluate("document.documentElement.scrollWidth") <= width, path
