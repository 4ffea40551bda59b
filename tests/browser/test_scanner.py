"""The scanner is heard right, or refused aloud: other layouts, Caps Lock, control keys, input methods."""

import json
from typing import Any

import pytest
from playwright.sync_api import CDPSession, expect

from bags.models import Bag, Scan
from tests.browser.keys import ALT, AZERTY, ENTER, HINDI, QWERTZ, TAB, US, press, strokes
from tests.browser.screen import PackingScreen
from tests.browser.test_packing import inside

LET_THROUGH = """() => {
  window.through = [];
  window.addEventListener("keydown", (event) => event.defaultPrevented || window.through.push(event.key));
}"""
LABEL = "LABEL NO.0012345 LOT NO.:MST-24-118"


@pytest.mark.parametrize("layout", [AZERTY, QWERTZ, HINDI], ids=["azerty", "qwertz", "hindi"])
def test_another_keyboard_layout_is_mended_and_noted(screen: PackingScreen, layout: dict[str, str]) -> None:
    for text in ("M444-00030", LABEL):
        press(screen.page, [*strokes(text, layout), ENTER])
    screen.shows("M444-00030", 1)
    screen.all_sent()
    assert inside("M444-00030") == ["0012345"]
    assert [(scan.raw, scan.repairs) for scan in Scan.objects.order_by("seq")] == [
        ("M444-00030", ["layout"]),
        (LABEL, ["layout"]),
    ]


def test_caps_lock_is_mended_and_noted(screen: PackingScreen) -> None:
    press(screen.page, [*strokes("SB00860", caps=True), ENTER, *strokes("1200000", caps=True), ENTER])
    screen.shows("SB00860", 1)
    screen.all_sent()
    assert [(scan.raw, scan.repairs) for scan in Scan.objects.order_by("seq")] == [
        ("SB00860", ["caps_lock"]),
        ("1200000", []),
    ]


def test_a_code_that_can_be_two_is_refused_aloud_and_not_sent(screen: PackingScreen) -> None:
    press(screen.page, [*strokes("SB00860"), ENTER])
    screen.shows("SB00860", 0, "open")
    press(screen.page, [*strokes("ABCY1234", QWERTZ), ENTER])
    screen.answers("block", "two ways")
    screen.all_sent()
    assert Scan.objects.count() == 1
    press(
        screen.page, [*strokes("M444-00030", QWERTZ), ENTER]
    )  # no code of that layout, so the layout is known
    screen.shows("M444-00030", 0, "open")
    press(screen.page, [*strokes("ABCY1234", QWERTZ), ENTER])
    screen.shows("M444-00030", 1)
    assert inside("M444-00030") == ["ABCY1234"]


def test_what_the_check_has_learned_is_used(screen: PackingScreen) -> None:
    screen.page.evaluate(
        "localStorage.setItem('tt.scanner', JSON.stringify({suffix: 'Tab', gap: 4, right: 'delivered'}))"
    )
    screen.page.reload()
    press(screen.page, [*strokes("SB00860"), TAB, *strokes("ABCY1234", QWERTZ), TAB])
    screen.shows("SB00860", 1)
    assert inside("SB00860") == ["ABCZ1234"]
    press(screen.page, strokes("1200000"))  # no end key, where the scanner has one: a part may be missing
    screen.answers("block", "in pieces")
    assert inside("SB00860") == ["ABCZ1234"]


def test_a_slow_scanner_that_the_check_knows_is_no_typist(screen: PackingScreen) -> None:
    screen.page.evaluate(
        "localStorage.setItem('tt.scanner', JSON.stringify({suffix: 'none', gap: 45, right: null}))"
    )
    screen.page.reload()
    press(screen.page, strokes("SB00860"), gap=45)
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().source == "wedge"


@pytest.mark.parametrize("focused", ["#code", "#done", "#rows", "body"])
def test_control_keys_around_a_code_are_the_scanners_own(screen: PackingScreen, focused: str) -> None:
    screen.open("SB00860")
    screen.page.evaluate(LET_THROUGH)
    screen.page.locator(focused).evaluate("(element) => element.focus()")
    group = {"key": "]", "code": "BracketRight", "ctrlKey": True}
    end = {"key": "d", "code": "KeyD", "ctrlKey": True}
    function = {"key": "F3", "code": "F3"}
    press(screen.page, [function, *strokes("1200000"), group, function, end, ENTER])
    screen.shows("SB00860", 1, "open")
    assert inside("SB00860") == ["1200000"]
    stopped = [key for key in screen.page.evaluate("window.through") if key in ("d", "]", "Enter")]
    assert stopped == []


def test_a_separator_inside_a_code_makes_it_unreadable(screen: PackingScreen) -> None:
    screen.open("SB00860")
    group = {"key": "]", "code": "BracketRight", "ctrlKey": True}
    press(screen.page, [*strokes("1200"), group, *strokes("000"), ENTER])
    screen.answers("block", "not readable")
    assert Scan.objects.get(seq=2).raw == "1200\x1d000"


def test_characters_by_alt_and_number(screen: PackingScreen) -> None:
    keys: list[dict[str, Any]] = []
    for character in "SB00860":
        keys.append({**ALT, "only": "keydown"})
        keys += [{"key": digit, "code": f"Numpad{digit}", "altKey": True} for digit in str(ord(character))]
        keys.append({**ALT, "only": "keyup"})
    press(screen.page, [*keys, ENTER], gap=2)
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().source == "wedge"


def test_a_dead_key_or_a_sleeping_number_pad_never_shortens_a_code(screen: PackingScreen) -> None:
    screen.open("SB00860")
    press(screen.page, [*strokes("120000"), {"key": "End", "code": "Numpad1"}, ENTER])
    screen.shows("SB00860", 1)
    press(screen.page, [*strokes("120000"), {"key": "Unidentified", "code": ""}, ENTER])
    screen.answers("block", "in pieces")
    screen.all_sent()
    assert inside("SB00860") == ["1200001"]
    assert not Bag.objects.filter(qr_id="120000").exists()


def test_two_codes_whose_enter_was_lost_are_never_one(screen: PackingScreen) -> None:
    screen.open("SB00860")
    for glued in ("12000001200001", "1200000SB00861", f"{LABEL}SB00861"):
        press(screen.page, [*strokes(glued), ENTER])
        screen.answers("block", "Scan it again")
        screen.scan("TT-UNDO")  # another answer in between
        screen.answers("block", "None of the last")
    press(screen.page, [*strokes("SB00861SB00862"), ENTER])
    screen.answers("block", "not readable")
    screen.all_sent()
    assert list(Bag.objects.values_list("qr_id", flat=True)) == ["SB00860"]


def test_a_long_code_counts_when_it_is_read_twice(screen: PackingScreen) -> None:
    screen.open("SB00860")
    for answer in ("Scan it again", "1 of 30"):
        press(screen.page, [*strokes("12000001200001"), ENTER])
        expect(screen.page.locator("#answer")).to_contain_text(answer)
    assert inside("SB00860") == ["12000001200001"]


class Phone:
    """A phone's input method: keydown names no key, and the text is written into the focused field."""

    def __init__(self, screen: PackingScreen) -> None:
        self.page = screen.page
        self.session: CDPSession = screen.page.context.new_cdp_session(screen.page)

    def _key(self, kind: str) -> None:
        key = {"type": kind, "key": "Unidentified", "code": "", "windowsVirtualKeyCode": 229}
        self.session.send("Input.dispatchKeyEvent", key)

    def write(self, text: str) -> None:
        for character in text:
            self._key("rawKeyDown")
            self.session.send("Input.insertText", {"text": character})
            self._key("keyUp")

    def compose(self, text: str) -> None:
        """One word that grows, as most input methods do it."""
        for end in range(1, len(text) + 1):
            self._key("rawKeyDown")
            place = {"selectionStart": end, "selectionEnd": end, "text": text[:end]}
            self.session.send("Input.imeSetComposition", place)
            self._key("keyUp")


@pytest.fixture
def phone(screen: PackingScreen) -> Phone:
    screen.page.locator("#code").focus()
    return Phone(screen)


def patiently(screen: PackingScreen, write, code: str) -> None:
    """Again, if this machine was too busy to write like a scanner: the screen then takes it for typing."""
    for _ in range(5):
        write(code)
        screen.page.wait_for_timeout(400)
        if (
            screen.page.locator("#code").input_value() == ""
            and screen.page.locator(f"#rows :text-is('{code}')").count()
        ):
            return
        screen.page.locator("#code").evaluate("(field) => { field.value = '' }")
        screen.page.wait_for_timeout(1200)
    pytest.fail("too busy to write in time")


@pytest.mark.parametrize("way", ["write", "compose"])
def test_a_phone_that_names_no_keys(screen: PackingScreen, phone: Phone, way: str) -> None:
    for code in ("SB00860", "1200000"):
        patiently(screen, getattr(phone, way), code)
    screen.shows("SB00860", 1)
    screen.all_sent()
    assert inside("SB00860") == ["1200000"]
    assert {scan.source for scan in Scan.objects.all()} == {"wedge"}
    expect(screen.page.locator("#code")).to_have_value("")


def test_a_code_written_in_one_piece(screen: PackingScreen, phone: Phone) -> None:
    phone.session.send("Input.insertText", {"text": "SB00860"})
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().source == "wedge"


def test_a_word_of_the_keyboard_on_the_screen_waits_for_its_enter(
    screen: PackingScreen, phone: Phone
) -> None:
    screen.page.locator("#keys").click()
    phone.session.send("Input.insertText", {"text": "SB00860"})
    screen.page.wait_for_timeout(500)
    expect(screen.page.locator("#code")).to_have_value("SB00860")
    screen.page.keyboard.press("Enter")
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().source == "typed"


def test_a_phones_key_outside_the_field_is_refused_and_the_next_scan_is_heard(
    screen: PackingScreen, phone: Phone
) -> None:
    screen.open("SB00860")
    screen.page.locator("#code").blur()
    unnamed = {"key": "Unidentified", "code": "", "keyCode": 229}
    press(screen.page, [unnamed, *strokes("200000"), ENTER])
    screen.answers("block", "in pieces")
    expect(screen.page.locator("#code")).to_be_focused()
    assert Scan.objects.count() == 1
    screen.scan("1200000")
    screen.shows("SB00860", 1)


def test_a_hindi_input_method_on_a_computer(screen: PackingScreen) -> None:
    screen.page.locator("#code").focus()
    keys = [{**key, "key": "Process", "keyCode": 229} for key in strokes("SB00860", US)]
    press(screen.page, [*keys, {"key": "Process", "code": "Enter", "keyCode": 229}])
    screen.shows("SB00860", 0, "open")
    assert Scan.objects.get().repairs == ["layout"]


def test_what_is_sent_says_what_was_mended(screen: PackingScreen) -> None:
    with screen.page.expect_request("**/api/v1/scans") as plain:
        screen.scan("SB00860")
    assert "repairs" not in json.loads(plain.value.post_data or "")["scans"][0]
