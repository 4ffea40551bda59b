"""Command codes do hands-free what the buttons do, and nothing that was not asked for."""

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from bags.commands import CHECKS, COMMANDS
from bags.models import Bag, Scan
from tests.browser.screen import PackingScreen, open_page
from tests.browser.test_packing import inside
from tests.browser.test_pages import serious


def test_done_closes_the_sack_on_the_screen(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000", "tt-done"])
    screen.shows("SB00860", 1, "short")
    scan = Scan.objects.get(mode="close")
    assert (scan.raw, scan.source, scan.code) == ("TT-DONE", "wedge", "closed")


def test_undo_takes_back_the_last_scan(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000", "1200001", "TT-UNDO", "1200001"])
    screen.shows("SB00860", 2)
    screen.all_sent()
    assert inside("SB00860") == ["1200000", "1200001"]
    assert Scan.objects.filter(raw="1200001", undone_at__isnull=False).count() == 1


def test_move_brings_the_packet_that_was_found_in_another_sack(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000", "1200001", "SB00861", "1300000", "1200000"])
    screen.answers("attention", "SB00860")
    screen.scan("TT-MOVE")
    screen.shows("SB00861", 2)
    screen.all_sent()
    assert (inside("SB00860"), inside("SB00861")) == (["1200001"], ["1300000", "1200000"])
    screen.scan("TT-UNDO")
    screen.answers("success", "Taken back")
    screen.page.wait_for_timeout(1500)
    screen.scan("TT-MOVE")
    screen.answers("block", "Nothing was changed")


def test_move_waits_for_the_answer_to_the_last_scan(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000", "1200001", "SB00861", "1200000"])
    screen.answers("attention", "SB00860")
    screen.slow_server(1000)
    screen.burst(["1200001", "TT-MOVE"])
    screen.answers("attention", "no answer yet")
    screen.all_sent()
    assert inside("SB00860") == ["1200000", "1200001"]
    assert not Scan.objects.filter(mode="move").exists()


@pytest.mark.parametrize(
    ("command", "severity", "text"),
    [
        ("TT-DONE", "attention", "No sack is open"),
        ("TT-MOVE", "attention", "No sack is open"),
        ("TT-UNDO", "block", "can be taken back"),
        ("TT-NONE", "block", "not known here"),
        (CHECKS[0].code, "block", "not known here"),
    ],
)
def test_what_cannot_be_done_is_refused_aloud_and_changes_nothing(screen, command, severity, text) -> None:
    screen.scan(command)
    screen.answers(severity, text)
    screen.all_sent()
    assert (Scan.objects.count(), Bag.objects.count()) == (0, 0)


def test_a_command_twice_in_a_moment_is_obeyed_once(screen: PackingScreen) -> None:
    screen.burst(["SB00860", "1200000", "1200001"])
    screen.shows("SB00860", 2)
    screen.burst(["TT-UNDO", "TT-UNDO"])
    screen.shows("SB00860", 1)
    screen.all_sent()
    assert inside("SB00860") == ["1200000"]


def test_help_shows_the_commands_until_the_next_scan(screen: PackingScreen) -> None:
    panel = screen.page.locator("#help")
    screen.open("SB00860")
    screen.scan("TT-HELP")
    for command in COMMANDS:
        expect(panel).to_contain_text(command.code)
    for scheme in ("light", "dark"):
        screen.page.emulate_media(color_scheme=scheme)
        assert serious(screen.page) == []
    screen.scan("1200000")
    expect(panel).to_be_hidden()
    screen.shows("SB00860", 1)
    screen.page.locator("#help-button").click()
    expect(panel).to_be_visible()
    screen.page.locator("#help-button").click()
    expect(panel).to_be_hidden()


def _read(picture: Locator, path) -> str:
    picture.screenshot(path=path)
    return zxingcpp.read_barcodes(Image.open(path))[0].text


def test_the_sheet_is_one_page_of_codes_that_can_be_read(page: Page, tmp_path) -> None:
    open_page(page, "/scan/sheet/", "ravi")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    pictures = page.locator(".qr").all()
    read = [_read(picture, tmp_path / f"{number}.png") for number, picture in enumerate(pictures)]
    assert read == [printed.code for printed in [*COMMANDS, *CHECKS]]
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    assert page.pdf(format="A4").count(b"/Type /Page\n") == 1
