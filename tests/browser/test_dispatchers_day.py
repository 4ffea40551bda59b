"""A dispatcher's day, from sign-in to sign-out. The biller's stands in test_billing.py."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from accounts.models import Notification, PromotionRequest, User
from accounts.passwords import give_password
from bags.models import Bag, Link, Recount, Scan
from monitoring.statistics.folding import fold
from tests.browser.days import done_by, go, operator, sign_in, sign_out
from tests.browser.screen import PackingScreen
from tests.browser.test_packing import inside, packets
from tests.browser.test_recount import CountScreen
from tests.browser.test_signing_in import NEW
from tests.imports.conftest import bags_csv, start_worker, worker_until_idle  # noqa: F401 - fixtures

FULL, SHORT = packets(1_200_000, 30), packets(1_300_000, 5)


@pytest.fixture
def acknowledged(page: Page) -> dict[str, str]:
    """The result code of each key that the server acknowledged to this page."""
    told: dict[str, str] = {}

    def note(response: Response) -> None:
        if response.url.endswith(("/api/v1/scans", "/api/unlink_child")) and response.ok:
            body = response.json()
            told.update({one["key"]: one["code"] for one in body.get("results", [body])})

    page.on("response", note)
    return told


def test_a_dispatchers_day(
    page: Page, context: BrowserContext, acknowledged: dict[str, str], holds: Callable[[], None]
) -> None:
    first_sign_in(page)
    page.get_by_role("link", name="Start packing").click()
    page.get_by_role("button", name="Start shift").click()
    screen = PackingScreen(page)
    pack_a_full_sack(screen)
    pack_a_short_sack(screen, context)
    look_at_own_work(page)
    count_blind(page)
    ask_to_become_admin(page)
    sign_out(page, "ravi")
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('tt.queue.'))") == []
    assert acknowledged == {str(key): code for key, code in Scan.objects.values_list("key", "code")}
    assert_the_work_stands()
    holds()


def first_sign_in(page: Page) -> None:
    """With the password from an admin, which opens nothing else."""
    first = give_password(target=User.objects.get(username="ravi"), by=operator("asha"))
    sign_in(page, "ravi", first)
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a password of your own")
    page.goto("/scan/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a password of your own")
    page.goto("/")
    page.fill("#old_password", first)
    page.fill("#new_password1", NEW)
    page.fill("#new_password2", NEW)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dashboard")


def pack_a_full_sack(screen: PackingScreen) -> None:
    screen.burst(["SB00860", *FULL])
    screen.shows("SB00860", 30, "full")
    screen.scan("1200030")
    screen.answers("block", "full")
    screen.shows("SB00860", 30, "full")
    screen.all_sent()


def pack_a_short_sack(screen: PackingScreen, context: BrowserContext) -> None:
    """One packet is taken out again; the last two go out when the connection is back."""
    screen.open("SB00861")
    screen.burst([*SHORT[:3], "1300009"])
    screen.shows("SB00861", 4)
    screen.scan("TT-UNDO")
    screen.shows("SB00861", 3)
    context.set_offline(True)
    screen.burst(SHORT[3:])
    expect(screen.page.locator("#trouble")).to_contain_text("Your 2 scans are safe on this device")
    assert inside("SB00861") == SHORT[:3]
    context.set_offline(False)
    screen.shows("SB00861", 5, "open")
    screen.all_sent()
    screen.scan("TT-DONE")
    screen.shows("SB00861", 5, "short")
    screen.all_sent()


def look_at_own_work(page: Page) -> None:
    fold()  # as the worker does each second
    page.get_by_role("link", name="Back").click()
    pace = page.locator("[data-rows=operators] tr")
    expect(pace).to_have_count(1)
    expect(pace.locator("[data-cell=scans]")).to_have_text("41")
    expect(pace.locator("[data-cell=refused]")).to_have_text("1")
    expect(page.locator("[data-number=open_parents]")).to_have_text("0")
    page.get_by_role("link", name="ravi").click()
    page.get_by_role("link", name="My scans").click()
    expect(page.locator("tbody tr")).to_have_count(41)
    newest = page.locator("tbody td[data-label=Result]")
    told = ["SB00861 is closed with 5 of 30", "In SB00861: 5 of 30 · made offline"]
    told += ["In SB00861: 4 of 30 · made offline", "Taken back. SB00861: 3 of 30"]
    for row, words in enumerate([*told, "In SB00861: 4 of 30 · taken back"]):
        expect(newest.nth(row)).to_have_text(words)


def count_blind(page: Page) -> None:
    go(page, "Recounts")
    page.get_by_role("link", name="Count a sack").click()
    page.wait_for_url("**/scan/recount/")
    screen = CountScreen(page)
    screen.scan("SB00861")
    screen.counts("SB00861", 0)
    screen.burst(SHORT)
    screen.counts("SB00861", 5)
    screen.all_sent()
    screen.scan("TT-DONE")
    page.wait_for_url(re.compile(r"/recounts/\d+/$"))
    expect(page.locator("main")).to_contain_text("All as recorded")
    expect(page.locator(".board dd")).to_have_text(["5", "5", "0", "0"])


def ask_to_become_admin(page: Page) -> None:
    page.get_by_role("link", name="ravi").click()
    page.get_by_label("Why do you need to be admin?").fill("I look after the night shift")
    page.get_by_role("button", name="Ask the admins").click()
    expect(page.get_by_role("status")).to_have_text("The admins were told. You will be told what they say.")


def assert_the_work_stands() -> None:
    assert (inside("SB00860"), inside("SB00861")) == (FULL, SHORT)
    sacks = Bag.objects.filter(kind="parent").order_by("qr_id")
    assert list(sacks.values_list("qr_id", "state", "child_count", "area_id")) == [
        ("SB00860", "closed", 30, "lucknow"),
        ("SB00861", "closed", 5, "lucknow"),
    ]
    found = Bag.objects.filter(kind="child").order_by("qr_id")
    assert list(found.values_list("qr_id", "area_id")) == [
        (code, "lucknow") for code in [*FULL, *SHORT, "1300009"]
    ]
    ended = Link.objects.exclude(unlinked_at=None)
    assert list(ended.values_list("child__qr_id", "end_reason")) == [("1300009", "undo")]
    offline = Scan.objects.filter(offline=True).order_by("seq")
    assert list(offline.values_list("raw", flat=True)) == SHORT[3:]
    assert Counter(Scan.objects.values_list("code", flat=True)) == {
        "parent_opened": 2,
        "linked": 35,
        "linked_last": 1,
        "parent_full": 1,
        "undone": 1,
        "closed": 1,
        "recount_opened": 1,
        "counted": 5,
    }
    recount = Recount.objects.get()
    assert (recount.state, recount.expected, recount.found, recount.differences) == ("finished", 5, 5, 0)
    asked = PromotionRequest.objects.get()
    assert (asked.user.username, asked.state, asked.reason) == (
        "ravi",
        "pending",
        "I look after the night shift",
    )
    assert list(Notification.objects.values_list("user__username", "kind")) == [("asha", "promotion_asked")]
    assert done_by("ravi") == {
        "signed_in": 1,
        "password_changed": 1,
        "parent_created": 2,
        "child_linked": 36,
        "child_unlinked": 1,
        "parent_closed": 2,
        "recount_started": 1,
        "recount_finished": 1,
        "promotion_asked": 1,
        "signed_out": 1,
    }
