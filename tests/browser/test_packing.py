import re

import pytest
from playwright.sync_api import expect

from bags.models import Bag, Link, Scan
from tests.browser.screen import PackingScreen


def inside(sack: str) -> list[str]:
    """The codes in a sack, as the database has them, in the order of their scans."""
    links = Link.objects.filter(parent__qr_id=sack, unlinked_at=None).order_by("scan__seq")
    return list(links.values_list("child__qr_id", flat=True))


def packets(first: int, number: int) -> list[str]:
    return [str(first + index) for index in range(number)]


def test_a_whole_sack_with_keys_five_milliseconds_apart(screen: PackingScreen) -> None:
    screen.shows("No sack open", state="none")
    codes = packets(1_200_000, 30)
    screen.burst(["SB00860", *codes])
    screen.shows("SB00860", 30, "full")
    screen.all_sent()
    assert inside("SB00860") == codes
    assert list(Scan.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 32))
    expect(screen.page.locator("#rows li")).to_have_count(10)
    expect(screen.row(0)).to_contain_text("Sack full")
    expect(screen.page.locator("#done")).to_be_disabled()


def test_twenty_codes_in_one_second_all_count(screen: PackingScreen) -> None:
    screen.open("SB00860")
    codes = packets(1_200_000, 20)
    screen.burst(codes, gap=5)  # 160 keys, 5 ms apart
    screen.shows("SB00860", 20)
    screen.all_sent()
    assert inside("SB00860") == codes


def test_real_key_presses(screen: PackingScreen) -> None:
    screen.open("SB00860")
    for code in packets(1_200_000, 5):
        screen.press(code)
    screen.shows("SB00860", 5)
    assert inside("SB00860") == packets(1_200_000, 5)


def test_a_scanner_without_suffix(screen: PackingScreen) -> None:
    screen.burst(["SB00860"], suffix=None)
    screen.shows("SB00860", 0, "open")
    screen.burst(["1200000"], suffix=None)
    screen.shows("SB00860", 1)


def test_a_scanner_that_ends_with_tab_moves_no_focus(screen: PackingScreen) -> None:
    screen.page.locator("#volume").focus()
    screen.page.keyboard.type("SB00860")
    screen.page.keyboard.press("Tab")
    screen.shows("SB00860", 0, "open")
    assert screen.page.evaluate("document.activeElement.id") == "volume"


def test_a_code_in_pieces_is_refused_aloud(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.burst(["1"], suffix=None)
    screen.page.wait_for_timeout(300)
    screen.burst(["200012"])
    screen.answers("block", "in pieces")
    screen.page.wait_for_timeout(1100)
    screen.scan("1200012")
    screen.shows("SB00860", 1)
    assert Scan.objects.count() == 2


def test_a_slow_scanner_is_heard_too(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000"], gap=60)
    screen.shows("SB00860", 1)
    assert inside("SB00860") == ["1200000"]


@pytest.mark.parametrize("focused", ["#done", "#undo", "#volume", "#send", "#keys", ".bar a"])
def test_the_enter_of_a_scan_presses_nothing(screen: PackingScreen, focused: str) -> None:
    screen.open("SB00860")
    screen.press("1200000")
    screen.shows("SB00860", 1)
    screen.page.locator(focused).focus()
    screen.press("1200001")
    screen.page.keyboard.press("Enter")  # a second suffix key
    screen.shows("SB00860", 2, "open")
    screen.press("LABEL NO.1200002 LOT NO.:MST-24-118")
    screen.shows("SB00860", 3, "open")
    screen.all_sent()
    assert inside("SB00860") == packets(1_200_000, 3)
    assert Scan.objects.count() == 4
    assert screen.page.url.endswith("/scan/")
    expect(screen.page.locator("#volume")).to_have_text(re.compile("Loud"))


def test_a_button_is_pressed_by_a_person_with_the_keyboard(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("1200000")
    screen.shows("SB00860", 1)
    screen.page.wait_for_timeout(1100)
    screen.page.locator("#undo").focus()
    screen.page.keyboard.press("Space")
    screen.shows("SB00860", 0)
    screen.page.locator("#done").focus()
    screen.page.keyboard.press("Enter")
    screen.answers("block", "empty")


def test_a_scan_while_the_field_has_the_focus_leaves_what_was_typed(screen: PackingScreen) -> None:
    screen.open("SB00860")
    field = screen.page.locator("#code")
    field.focus()
    screen.page.keyboard.type("120", delay=150)
    screen.page.wait_for_timeout(1200)
    screen.press("1300000")
    screen.shows("SB00860", 1)
    expect(field).to_have_value("120")
    screen.page.keyboard.type("0000", delay=150)
    screen.page.wait_for_timeout(1000)
    screen.page.keyboard.press("Enter")
    screen.shows("SB00860", 2)
    expect(field).to_have_value("")
    assert inside("SB00860") == ["1300000", "1200000"]


def test_typing_by_hand_anywhere_ends_up_in_the_field(screen: PackingScreen) -> None:
    screen.page.keyboard.type("SB00860", delay=150)
    expect(screen.page.locator("#code")).to_have_value("SB00860")
    screen.page.keyboard.press("Enter")
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().source == "typed"


def test_a_key_held_down_is_no_code(screen: PackingScreen) -> None:
    for _ in range(8):
        screen.page.keyboard.down("5")
    screen.page.keyboard.up("5")
    expect(screen.page.locator("#code")).to_have_value("5")
    screen.page.wait_for_timeout(1100)
    screen.open("SB00860")
    assert Scan.objects.count() == 1


def test_a_line_feed_behind_the_code_opens_no_downloads(screen: PackingScreen) -> None:
    screen.page.evaluate(
        "window.addEventListener('keydown', event => { window.stopped = event.defaultPrevented })"
    )
    screen.press("SB00860")
    screen.page.keyboard.press("Control+j")
    assert screen.page.evaluate("window.stopped") is True
    screen.shows("SB00860", 0, "open")


def test_a_paste_into_the_field_is_sent_with_enter_or_by_touch(screen: PackingScreen) -> None:
    field = screen.page.locator("#code")
    for text, send in (("SB00860", "Enter"), ("1200000", None)):
        field.focus()
        screen.page.keyboard.insert_text(text)
        screen.page.keyboard.press(send) if send else screen.page.locator("#send").click()
        screen.answers("success")
    screen.shows("SB00860", 1)


def test_shortcuts_stay_alive(screen: PackingScreen) -> None:
    screen.open("SB00860")
    stopped = "event => { window.stopped = event.defaultPrevented }"
    screen.page.evaluate(f"window.addEventListener('keydown', {stopped})")
    for keys in ("Control+r", "F5", "Alt+ArrowLeft"):
        key = keys.rsplit("+", 1)[-1]
        flags = f"ctrlKey: {str('Control' in keys).lower()}, altKey: {str('Alt' in keys).lower()}"
        event = f"new KeyboardEvent('keydown', {{ key: '{key}', {flags}, bubbles: true, cancelable: true }})"
        screen.page.evaluate(f"document.body.dispatchEvent({event})")
        assert screen.page.evaluate("window.stopped") is False, keys
    screen.page.keyboard.press("Control+r")
    screen.shows("SB00860", 0, "open")


def test_two_sacks_in_a_row_with_a_slow_server(screen: PackingScreen) -> None:
    screen.slow_server(400)
    first, second = packets(1_200_000, 9), packets(1_300_000, 9)
    screen.burst(["SB00860", *first, "SB00861", *second])
    screen.shows("SB00861", 9, "open")
    screen.all_sent()
    assert inside("SB00860") == first
    assert inside("SB00861") == second


def test_what_is_not_judged_yet_is_never_green(screen: PackingScreen) -> None:
    held = []

    def hold(route) -> None:
        held.append(route)

    screen.page.route("**/api/v1/scans", hold, times=1)
    screen.scan("SB00860")
    screen.shows("SB00860", state="sent")
    expect(screen.page.locator("#sack-count")).to_have_text("–")
    screen.scan("1200000")
    screen.answers("sent", "1200000")
    expect(screen.page.locator("#unsent")).to_contain_text("2 not sent")
    expect(screen.page.locator("#rows [data-severity=success]")).to_have_count(0)
    held[0].continue_()
    screen.shows("SB00860", 1, "open")
    screen.answers("success", "In SB00860: 1 of 30")


def test_the_same_code_twice_in_a_moment_is_sent_once(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("1200000")
    screen.scan("1200000")
    screen.answers("held", "1200000")
    screen.shows("SB00860", 1)
    screen.all_sent()
    assert Scan.objects.filter(bag__qr_id="1200000").count() == 1


def test_a_full_device_refuses_aloud(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full') } }")
    screen.scan("1200000")
    screen.answers("block", "no room")
    expect(screen.page.locator("#rows li")).to_have_count(1)
    assert not Bag.objects.filter(qr_id="1200000").exists()
