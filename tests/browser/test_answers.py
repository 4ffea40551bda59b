from playwright.sync_api import expect

from bags.models import Bag, Link, Scan
from tests.browser.screen import PackingScreen
from tests.browser.test_packing import inside


def test_already_here_is_amber_and_counts_once(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("1200000")
    screen.scan("1200001")
    screen.shows("SB00860", 2)
    screen.scan("1200000")
    screen.answers("notice", "Already in")
    screen.shows("SB00860", 2, "open")


def test_a_packet_without_a_sack(screen: PackingScreen) -> None:
    screen.scan("1200000")
    screen.answers("attention", "Scan a sack first")
    assert Scan.objects.get().code == "need_parent"


def test_unreadable_is_red_and_recorded(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("SB0086")
    screen.answers("block", "not readable")
    assert Scan.objects.get(raw="SB0086").code == "unreadable"
    screen.shows("SB00860", 0, "open")


def test_markup_in_a_code_is_shown_as_text(screen: PackingScreen) -> None:
    screen.scan("<img src=x onerror=alert(1)>")
    screen.answers("block")
    expect(screen.row(0)).to_contain_text("<img src=x onerror=alert(1)>")
    assert screen.page.locator("img").count() == 0


def test_a_sack_that_cannot_be_opened_leaves_none_open(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("1200000")
    screen.shows("SB00860", 1)
    screen.page.locator("#done").click()
    screen.shows("SB00860", 1, "short")
    screen.answers("success", "Sack closed")
    screen.open("SB00861")
    screen.scan("SB00860")
    screen.answers("block", "No sack is open now")
    screen.shows("No sack open", state="none")
    screen.scan("1200001")
    screen.answers("attention", "Scan a sack first")
    assert not Bag.objects.filter(qr_id="1200001").exists()


def test_in_another_sack_then_move(screen: PackingScreen) -> None:
    screen.open("SB00861")
    screen.scan("1200000")
    screen.shows("SB00861", 1)
    screen.open("SB00860")
    screen.scan("1200000")
    screen.answers("attention", "SB00861")
    screen.page.locator("#answer-move").click()
    screen.answers("success", "Moved")
    screen.shows("SB00860", 1)
    expect(screen.page.locator("#answer-move")).to_be_hidden()
    assert (inside("SB00860"), inside("SB00861")) == (["1200000"], [])


def test_move_from_the_list_and_take_the_move_back(screen: PackingScreen) -> None:
    screen.open("SB00861")
    screen.scan("1200000")
    screen.shows("SB00861", 1)
    screen.open("SB00860")
    screen.scan("1200000")
    screen.answers("attention")
    screen.row(0).get_by_role("button", name="Move here").click()
    screen.shows("SB00860", 1)
    screen.page.locator("#undo").click()
    screen.answers("success", "Taken back")
    screen.shows("SB00860", 0)
    assert (inside("SB00860"), inside("SB00861")) == ([], ["1200000"])


def test_undo_the_last_then_one_from_the_list(screen: PackingScreen) -> None:
    screen.open("SB00860")
    for code in ("1200000", "1200001", "1200002"):
        screen.scan(code)
    screen.shows("SB00860", 3)
    screen.page.locator("#undo").click()
    screen.shows("SB00860", 2)
    screen.row(2).get_by_role("button", name="Undo").click()
    screen.shows("SB00860", 1)
    expect(screen.row(2)).to_contain_text("Taken back")
    assert inside("SB00860") == ["1200001"]
    assert Link.objects.filter(end_reason="undo").count() == 2


def test_undo_opens_a_full_sack_again(screen: PackingScreen) -> None:
    screen.burst(["M444-00030", *[str(1_200_000 + index) for index in range(15)]])
    screen.shows("M444-00030", 15, "full")
    screen.page.locator("#undo").click()
    screen.shows("M444-00030", 14, "open")


def test_undo_waits_behind_a_scan_that_has_no_answer_yet(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.slow_server(500)
    screen.scan("1200000")
    screen.page.locator("#undo").click()
    screen.answers("success", "Taken back")
    screen.shows("SB00860", 0)
    screen.all_sent()
    assert inside("SB00860") == []
    assert Scan.objects.get(bag__qr_id="1200000", mode="pack").undone_at


def test_buttons_give_the_focus_back(screen: PackingScreen) -> None:
    screen.page.locator("#volume").click()
    expect(screen.page.locator("#volume")).to_contain_text("Medium")
    assert screen.page.evaluate("document.activeElement === document.body")
    screen.page.reload()
    expect(screen.page.locator("#volume")).to_contain_text("Medium")


def test_the_shift_starts_with_one_touch(screen: PackingScreen) -> None:
    start = screen.page.locator("#start")
    expect(start).to_contain_text("Start shift")
    start.click()
    expect(start).to_be_hidden()
    screen.open("SB00860")
