"""A blind recount, from the first scan to the corrected sack."""

import re
import uuid

from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from accounts.operators import Operator
from audit.sealing import seal
from bags.models import Link, Recount, RecountLine
from bags.scanning.rules import Pull
from bags.scanning.service import process
from monitoring.invariants import broken
from monitoring.statistics.folding import fold
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_pages import SIZES, serious


class CountScreen(PackingScreen):
    def counts(self, sack: str, packets: int) -> None:
        expect(self.page.locator("#sack-code")).to_have_text(sack)
        expect(self.page.locator("#sack-count")).to_have_text(str(packets))


def packed(name: str, sack: str, *packets: str) -> None:
    by = Operator.of(User.objects.get(username=name))
    pulls = [Pull(key=uuid.uuid4(), mode="pack", raw=sack)]
    pulls += [Pull(key=uuid.uuid4(), mode="pack", raw=code, parent=sack) for code in packets]
    process(pulls=pulls, operator=by, device=None)


def inside(sack: str) -> list[str]:
    links = Link.objects.filter(parent__qr_id=sack, unlinked_at=None)
    return sorted(links.values_list("child__qr_id", flat=True))


def holds() -> None:
    seal()
    fold()
    assert broken() == {}


def test_counted_by_a_dispatcher_and_corrected_by_a_biller(page: Page, context: BrowserContext) -> None:
    packed("ravi", "SB00001", "1200001", "1200002", "1200003")
    packed("ravi", "SB00002", "1200009")
    open_page(page, "/scan/recount/", "ravi")
    count_blind(CountScreen(page))
    expect(page.locator(".board dt")).to_have_text(["Expected", "Found", "Missing", "Unexpected"])
    expect(page.locator(".board dd")).to_have_text(["3", "2", "1", "2"])
    expect(page.locator("main")).to_contain_text("A biller decides")
    assert inside("SB00001") == ["1200001", "1200002", "1200003"]
    context.clear_cookies()
    desk = context.new_page()
    open_page(desk, "/conflicts/", "kavya")
    decide_all(desk)
    assert Recount.objects.get().undecided == 0
    holds()


def count_blind(screen: CountScreen) -> None:
    """1200003 is missing; 1200009 and 7700001 are not expected; one is read twice."""
    page = screen.page
    expect(page.locator("#done")).to_be_disabled()
    screen.press("SB00001")
    screen.counts("SB00001", 0)
    for number, code in enumerate(("1200001", "1200002", "1200009", "7700001"), start=1):
        screen.press(code)
        screen.counts("SB00001", number)
        screen.answers("success", f"Counted so far: {number}.")
    page.wait_for_timeout(1600)  # the same code at once is held back
    screen.press("7700001")
    screen.answers("notice", "It counts once")
    screen.counts("SB00001", 4)
    for hidden in ("of 3", "1200003"):
        expect(page.locator("body")).not_to_contain_text(hidden, use_inner_text=True)
    screen.all_sent()
    page.reload()
    screen.counts("SB00001", 4)
    screen.press("TT-DONE")
    page.wait_for_url(re.compile(r"/recounts/\d+/$"))


def decide_all(desk: Page) -> None:
    desk.click("text=3 differences")
    expect(desk.locator(".differences")).to_have_count(2)
    for code in ("1200003", "1200009"):
        desk.get_by_label(code, exact=True).check()
    desk.click("text=Correct the chosen")
    expect(desk.locator("main")).to_contain_text("Settled: 2 packets.")
    assert (inside("SB00001"), inside("SB00002")) == (["1200001", "1200002", "1200009"], [])
    desk.get_by_label("7700001", exact=True).check()
    desk.click("text=Leave the chosen as they are")
    expect(desk.locator("main")).to_contain_text("Say why")
    desk.get_by_label("7700001", exact=True).check()
    desk.fill("#reason", "a packet of another firm")
    desk.click("text=Leave the chosen as they are")
    expect(desk.locator("main")).to_contain_text("a packet of another firm")
    expect(desk.locator("#decide")).to_have_count(0)


def test_scans_without_a_connection_are_counted_when_it_is_back(page: Page) -> None:
    packed("ravi", "SB00001", "1200001", "1200002")
    open_page(page, "/scan/recount/", "ravi")
    screen = CountScreen(page)
    screen.press("SB00001")
    screen.counts("SB00001", 0)
    page.context.set_offline(True)
    screen.press("1200001")
    screen.press("1200002")
    expect(page.locator("#unsent")).to_contain_text("2 not sent")
    screen.press("TT-DONE")
    screen.answers("attention", "not sent yet")
    page.context.set_offline(False)
    screen.all_sent()
    screen.counts("SB00001", 2)
    page.click("#done")
    page.wait_for_url(re.compile(r"/recounts/\d+/$"))
    expect(page.locator("main")).to_contain_text("All as recorded")
    assert set(RecountLine.objects.values_list("outcome", flat=True)) == {"found"}
    holds()


def test_the_board_reads_well(page: Page) -> None:
    """With differences of every kind and decisions: nothing serious, nothing wider than a phone."""
    packed("kavya", "SB00001", "1200001", "1200002")
    kavya = Operator.of(User.objects.get(username="kavya"))
    for raw, parent in (("SB00001", None), ("1200001", "SB00001"), ("A" * 20, "SB00001")):
        process(
            pulls=[Pull(key=uuid.uuid4(), mode="count", raw=raw, parent=parent)], operator=kavya, device=None
        )
    recount = Recount.objects.get()
    open_page(page, f"/recounts/{recount.pk}/", "kavya")
    expect(page.locator("main")).to_contain_text("2 packets counted")
    look_at(page)
    page.goto("/scan/recount/")
    CountScreen(page).press("SB00001")
    CountScreen(page).counts("SB00001", 2)
    page.click("#done")
    page.wait_for_url(f"**/recounts/{recount.pk}/")
    look_at(page)
    page.get_by_label("1200002", exact=True).check()
    page.click("text=Correct the chosen")
    page.click("text=Take it back")
    look_at(page)
    page.goto("/conflicts/")
    expect(page.locator("main")).to_contain_text("1 difference")
    look_at(page)


def look_at(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            assert serious(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") == width
