"""An admin's day, from sign-in to sign-out."""

import csv
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import PromotionRequest, User
from accounts.promotion import ask_promotion
from bags.labels.models import LabelPrint, LabelRange
from bags.models import Bag, Link
from bags.scanning.rules import Pull
from bags.scanning.service import process
from tests.browser.days import done_by, go, operator, sign_in, sign_out
from tests.browser.screen import PASSWORD
from tests.browser.test_imports import upload
from tests.browser.test_packing import inside
from tests.browser.test_signing_in import code
from tests.imports.conftest import bags_csv, start_worker, worker_until_idle  # noqa: F401 - fixtures


def scan(name: str, raw: str, mode: str = "pack", **rest: Any) -> None:
    process(pulls=[Pull(key=uuid.uuid4(), mode=mode, raw=raw, **rest)], operator=operator(name), device=None)


@pytest.fixture
def the_night_before(people: None) -> None:
    """A packet is in SB00001; ravi put it into SB00002 without a connection. SB00003 is short; nobody knows
    SB00077. Ravi asks to become admin."""
    for sack, codes in (("SB00001", ["1200001", "1200002"]), ("SB00002", []), ("SB00003", ["1200003"])):
        scan("ravi", sack)
        for packet in codes:
            scan("ravi", packet, parent=sack)
    scan("ravi", "1200001", parent="SB00002", offline=True)
    scan("ravi", "", mode="close", parent="SB00003")
    scan("ravi", "SB00077", mode="lookup")
    ask_promotion(reason="I look after the night shift", by=operator("ravi"))


def test_an_admins_day(
    page: Page,
    settings,
    the_night_before: None,
    tmp_path: Path,
    worker_until_idle: Callable[[], None],  # noqa: F811
    holds: Callable[[], None],
) -> None:
    settings.SECOND_FACTOR = "required"
    page.set_viewport_size({"width": 1280, "height": 800})
    sign_in_with_a_code_app(page)
    this_waits(page, "Conflicts 1", "Sacks to count again 2", "Requests to become admin 1")
    decide_the_conflict(page)
    register_the_parked_code(page)
    make_a_user(page)
    deactivate(page, "meena")
    say_yes_to_ravi(page)
    this_waits(page)
    import_and_take_back(page, tmp_path / "sacks.csv", worker_until_idle)
    print_labels(page)
    read_the_exceptions(page)
    read_the_audit_log(page)
    sign_out(page, "asha")
    assert (done_by("asha").total(), done_by("asha")["signed_out"]) == (len(ASHAS_DAY) + 1, 1)
    holds()


def sign_in_with_a_code_app(page: Page) -> None:
    sign_in(page, "asha", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up your code app")
    page.get_by_text("No camera?").click()
    page.fill("#token", code(page.locator("#key").inner_text()))
    page.get_by_role("button", name="Use this app").click()
    expect(page.locator(".recovery li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def this_waits(page: Page, *kinds: str) -> None:
    """On the first page of the Django admin, of nine kinds."""
    page.goto("/")
    go(page, "Admin site")
    expect(page.locator(".waits li")).to_have_count(9)
    expect(page.locator(".waits-some")).to_have_text(list(kinds))


def decide_the_conflict(page: Page) -> None:
    """And count both sacks again, as it asks for."""
    page.locator(".waits").get_by_role("link", name="Conflicts 1").click()
    conflict = page.get_by_role("article", name="1200001")
    conflict.get_by_label("Why?").fill("it lies in SB00002")
    conflict.get_by_role("button", name="Move into SB00002").click()
    expect(page.get_by_role("heading", name="No open conflicts")).to_be_visible()
    for sack in ("SB00001", "SB00002"):
        page.locator(".to-count").get_by_role("link", name=sack).click()
        page.get_by_label("What did you find?").fill("one packet")
        page.get_by_role("button", name="I counted it").click()
        expect(page.get_by_text("must be counted again")).to_have_count(0)
        go(page, "Conflicts")
    expect(page.locator(".to-count")).to_have_count(0)
    assert (inside("SB00001"), inside("SB00002")) == (["1200002"], ["1200001"])


def register_the_parked_code(page: Page) -> None:
    go(page, "Parked codes")
    page.get_by_label("Area").select_option("Lucknow")
    page.get_by_role("button", name="Register sack SB00077").click()
    expect(page.get_by_role("heading", name="No parked codes")).to_be_visible()
    made = Bag.objects.get(qr_id="SB00077")
    assert (made.kind, made.area_id, made.created_by.username) == ("parent", "lucknow", "asha")


def make_a_user(page: Page) -> None:
    go(page, "Users")
    page.get_by_role("link", name="New user").click()
    page.get_by_label("User name").fill("sunil")
    page.get_by_label("Role").select_option("Dispatcher")
    page.get_by_label("Area").select_option("Lucknow")
    page.get_by_role("button", name="Make the user").click()
    first = page.locator(".secret").inner_text()
    page.get_by_role("link", name="It is written down").click()
    expect(page.locator("main")).not_to_contain_text(first)
    made = User.objects.get(username="sunil")
    assert (made.role, made.area_id, made.must_change_password) == ("dispatcher", "lucknow", True)
    assert made.check_password(first)


def deactivate(page: Page, name: str) -> None:
    go(page, "Users")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("status")).to_contain_text("Not active any more")
    assert not User.objects.get(username=name).is_active


def say_yes_to_ravi(page: Page) -> None:
    """The bell tells that he asks."""
    page.get_by_role("link", name="Notifications").click()
    page.get_by_role("button", name="ravi asks to become admin.").click()
    expect(page.locator(".asked")).to_contain_text("I look after the night shift")
    page.get_by_role("button", name="Make admin").click()
    expect(page.get_by_role("status")).to_have_text("This person is an admin now, and was told.")
    assert User.objects.get(username="ravi").role == "admin"
    asked = PromotionRequest.objects.filter(state="approved")
    assert list(asked.values_list("user__username", "decided_by__username")) == [("ravi", "asha")]


def import_and_take_back(page: Page, file: Path, work: Callable[[], None]) -> None:
    file.write_text(bags_csv("SB90001,parent,", "9000001,child,SB90001", "9000002,child,SB90001"))
    batch = upload(page, "Bags", str(file))
    work()
    expect(page.get_by_text("3 rows are good")).to_be_visible()
    assert not Bag.objects.filter(qr_id="SB90001").exists()
    page.get_by_role("button", name="Yes, bring the good rows in").click()
    work()
    expect(page.get_by_role("heading", name="Result")).to_be_visible()
    assert in_by_import("SB90001") == ["9000001", "9000002"]
    page.get_by_role("button", name="Take this import back").click()
    work()
    expect(page.get_by_text("Taken back", exact=True).first).to_be_visible()
    batch.refresh_from_db()
    assert (batch.state, batch.made) == ("taken_back", {"parents": 1, "children": 2, "links": 2})
    assert (in_by_import("SB90001"), Bag.objects.get(qr_id="SB90001").child_count) == ([], 0)


def in_by_import(sack: str) -> list[str]:
    links = Link.objects.filter(parent__qr_id=sack, unlinked_at=None)
    return sorted(links.values_list("child__qr_id", flat=True))


def print_labels(page: Page) -> None:
    """The next numbers that nobody has."""
    go(page, "Bags")
    page.get_by_role("link", name="Labels").click()
    form = page.locator("form[action='/labels/sacks/']")
    form.get_by_label("Product").select_option("mustard")
    form.get_by_label("How many").fill("3")
    form.get_by_role("button", name="Reserve").click()
    expect(page.get_by_role("status")).to_have_text("3 labels are reserved: SB90002–SB90004.")
    with page.expect_download() as download:
        page.get_by_role("button", name="Print as PDF").click()
    paper = pypdf.PdfReader(download.value.path())
    assert [sheet.extract_text().split() for sheet in paper.pages] == [
        ["SB90002", "mustard", "SB90003", "mustard", "SB90004", "mustard"]
    ]
    made = LabelPrint.objects.get()
    assert (made.first_code, made.last_code, made.is_reprint) == ("SB90002", "SB90004", False)
    assert made.range == LabelRange.objects.get()


def read_the_exceptions(page: Page) -> None:
    go(page, "Reports")
    page.get_by_role("link", name="Exceptions", exact=True).click()
    short = page.get_by_role("region", name="Short by more than 10 per cent")
    expect(short.locator("tbody tr")).to_have_count(1)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert ["Total", "1"] in lines
    assert [[*line[:2], *line[3:]] for line in lines if line and line[0].startswith("SB")] == [
        ["SB00003", "Lucknow", "1", "30", ""]
    ]


# What asha did, and to what: each once.
ASHAS_DAY = {
    "Signed in: User asha",
    "Code app set up: User asha",
    "Packet taken out: Bag 1200001",
    "Packet put in: Bag 1200001",
    "Conflict decided: Scan 1200001",
    "Sack counted: Bag SB00001",
    "Sack counted: Bag SB00002",
    "Sack opened: Bag SB00077",
    "Parked code settled: Scan SB00077",
    "Personal data read: User all users",
    "User made: User sunil",
    "Personal data read: User sunil",
    "Personal data read: User meena",
    "User closed out: User meena",
    "Personal data read: User ravi",
    "Made admin: Request to become admin ravi",
    "User changed: User ravi",
    "Sack opened: Bag SB90001",
    "Packet put in: Bag 9000001",
    "Packet put in: Bag 9000002",
    "File imported: File to import sacks.csv",
    "Packet taken out: Bag 9000001",
    "Packet taken out: Bag 9000002",
    "Import taken back: File to import sacks.csv",
    "Label numbers reserved: Labels SB90002–SB90004",
    "Labels printed: Labels SB90002–SB90004",
    "Exported: Export exceptions.csv",
    "Personal data read: User asha",
}


def read_the_audit_log(page: Page) -> None:
    go(page, "Audit")
    page.get_by_label("Who").fill("asha")
    page.get_by_label("From").fill(f"{timezone.localdate():%Y-%m-%d}")
    page.locator(".filters").get_by_role("button", name="Search").click()
    expect(page.locator("tbody tr")).to_have_count(len(ASHAS_DAY))
    what = page.locator("td[data-label='What happened']").all_inner_texts()
    to_what = page.locator("td[data-label='To what']").all_inner_texts()
    assert {f"{did}: {thing}" for did, thing in zip(what, to_what, strict=True)} == ASHAS_DAY
    page.locator("tr", has_text="File imported").get_by_role("link").first.click()
    page.get_by_role("link", name="Its history").click()
    expect(page.locator("td[data-label='What happened']")).to_have_text(
        ["Import taken back", "File imported"]
    )
