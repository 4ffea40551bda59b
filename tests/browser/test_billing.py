"""A biller's day: a bill is made, filled, completed, printed and in the day's mail; sacks come back."""

import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import time
from email.message import Message
from io import BytesIO

import pypdf
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import AsyncMessage
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from accounts.models import User
from accounts.operators import Operator
from bags.models import Bag, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.models import Bill, Return
from billing.returns import create_return
from billing.services import complete_bill, create_bill
from monitoring.invariants import broken
from monitoring.reports.mail import plan_day_mails, send_due_mails
from tests.browser.screen import PackingScreen, open_page


@pytest.fixture
def kavya(people: None) -> Operator:
    return Operator.of(User.objects.get(username="kavya"))


def pack(by: Operator, *sacks: str, children: int = 2) -> None:
    for sack in sacks:
        pulls = [Pull(key=uuid.uuid4(), mode="pack", raw=sack)]
        codes = [f"{sack[-5:]}{number:05}" for number in range(children)]
        pulls += [Pull(key=uuid.uuid4(), mode="pack", raw=code, parent=sack) for code in codes]
        process(pulls=pulls, operator=by, device=None)


def on_bill(number: str = "B-1") -> list[str]:
    lines = Bill.objects.get(number=number).lines.filter(removed_at=None)
    return list(lines.order_by("added_at").values_list("bag__qr_id", flat=True))


class BillScreen(PackingScreen):
    def counts(self, sacks: int, target: int | None = None) -> None:
        expect(self.page.locator("#bill-count")).to_have_text(str(sacks))
        if target:
            expect(self.page.locator("#bill-target")).to_have_text(str(target))

    def state(self, look: str, text: str = "") -> None:
        expect(self.page.locator("#sack")).to_have_attribute("data-state", look)
        expect(self.page.locator("#bill-state")).to_contain_text(text)


@pytest.fixture
def screen(page: Page, kavya: Operator) -> BillScreen:
    """Kavya's screen for bill B-1, which expects three sacks; four are packed."""
    pack(kavya, "SB00001", "SB00002", "SB00003", "SB00004")
    create_bill(number="B-1", target=3, by=kavya)
    open_page(page, "/scan/bill/B-1/", "kavya")
    made = BillScreen(page)
    made.counts(0, 3)
    return made


def test_a_day_from_a_new_bill_to_paper_and_mail(page: Page, kavya: Operator, mailbox: list[Message]) -> None:
    pack(kavya, "SB00001", "SB00002")
    open_page(page, "/bills/", "kavya")
    page.get_by_role("link", name="New bill").click()
    page.get_by_label("Number", exact=True).fill("B-7/26")
    page.get_by_label("Destination").fill("Kanpur")
    page.get_by_label("Sacks expected").fill("3")
    page.get_by_role("button", name="Make the bill").click()
    page.get_by_role("link", name="Scan sacks").click()
    screen = BillScreen(page)
    screen.counts(0, 3)
    screen.burst(["SB00001", "SB00002"])
    screen.counts(2)
    screen.state("live", "2 short")
    expect(page.locator("#bill-actual")).to_have_text("4.000")
    expect(page.locator("#bill-expected")).to_have_text("60.000")
    expect(page.locator("#bill-variance")).to_have_text("-56.000")
    screen.scan("TT-DONE")
    screen.answers("attention", "2 of 3 are there")
    page.get_by_role("button", name="The vehicle is full").click()
    screen.state("final", "Completed")
    screen.answers("success")
    screen.scan("SB00002")
    screen.answers("block", "is finished")
    bill = Bill.objects.get()
    assert (bill.number, bill.state, str(bill.actual_kg)) == ("B-7/26", "completed", "4.000")
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_text("Completed").first).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Reason: The vehicle is full")).to_be_visible()
    assert broken() == {}
    page.goto("/bills/B-7/26/")
    paper = printed(page)
    assert "B-7/26" in paper
    assert "SB00001" in paper
    page.goto("/reports/day/mail/")
    expect(page.get_by_text("4.000 kg dispatched").first).to_be_visible()
    mail_the_day()
    [mail] = mailbox
    assert mail["To"] == "boss@example.com"
    assert mail["Subject"].endswith("4 packets, 4.000 kg dispatched")


def printed(page: Page) -> str:
    """The text of the first page behind the button PDF."""
    address = page.get_by_role("link", name="PDF").get_attribute("href")
    assert address
    return pypdf.PdfReader(BytesIO(page.request.get(address).body())).pages[0].extract_text()


@pytest.fixture
def mailbox(settings) -> Iterator[list[Message]]:
    """The mails that a real SMTP server has taken."""
    taken: list[Message] = []

    class Box(AsyncMessage):
        async def handle_message(self, message: Message) -> None:
            taken.append(message)

    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.DAY_SUMMARY_AT, settings.DAY_SUMMARY_TO = time(20), ["boss@example.com"]
    yield taken
    controller.stop()


def mail_the_day() -> None:
    """What the worker does each minute, at eight in the evening."""
    evening = timezone.localtime().replace(hour=20, minute=0)
    plan_day_mails(evening)
    send_due_mails(evening)


def test_a_sack_is_taken_off_by_touch_and_put_on_again(screen: BillScreen) -> None:
    page = screen.page
    screen.burst(["SB00001", "SB00002", "SB00003", "SB00004"])
    screen.counts(4)
    screen.state("over", "More sacks than expected")
    page.locator("#all").click()
    expect(page.locator("#lines li")).to_have_count(4)
    page.get_by_role("button", name="Take SB00002 off").click()
    screen.counts(3)
    screen.state("full")
    expect(page.locator("#lines li")).to_have_count(3)
    assert on_bill() == ["SB00001", "SB00003", "SB00004"]
    page.locator("#undo").click()
    screen.counts(4)
    screen.all_sent()
    assert on_bill() == ["SB00001", "SB00003", "SB00004", "SB00002"]
    assert broken() == {}


def test_commands_take_back_and_complete(screen: BillScreen) -> None:
    screen.burst(["SB00001", "SB00002", "SB00003", "SB00004"])
    screen.counts(4)
    screen.scan("TT-UNDO")
    screen.counts(3)
    screen.answers("success", "Taken back")
    assert on_bill() == ["SB00001", "SB00002", "SB00003"]
    screen.scan("TT-DONE")
    screen.state("final")
    assert Bill.objects.get().state == "completed"
    assert broken() == {}


def test_each_refusal_says_why(screen: BillScreen, kavya: Operator) -> None:
    create_bill(number="B-2", by=kavya)
    process(
        pulls=[Pull(key=uuid.uuid4(), mode="bill", raw="SB00004", bill="B-2")], operator=kavya, device=None
    )
    screen.scan("SB00004")
    screen.answers("block", "SB00004 is on bill B-2")
    screen.scan("SB09999")
    screen.answers("block", "Not registered here")
    screen.scan("SB00001")
    expect(screen.row(0)).to_contain_text("On the bill")
    screen.page.wait_for_timeout(1600)  # the same code sooner is held back
    screen.scan("SB00001")
    screen.answers("notice", "already on this bill")
    screen.counts(1)


def test_a_whole_bill_in_a_burst_over_a_reload(screen: BillScreen, kavya: Operator) -> None:
    sacks = [f"SB01{number:03}" for number in range(40)]
    pack(kavya, *sacks, children=1)
    screen.slow_server(300)
    screen.burst(sacks)
    screen.page.reload()
    screen.counts(40)
    screen.all_sent()
    assert on_bill() == sacks
    screen.page.locator("#all").click()
    expect(screen.page.locator("#lines li")).to_have_count(40)
    assert broken() == {}


def test_offline_the_page_opens_again_and_the_sacks_arrive_later(
    screen: BillScreen, context: BrowserContext
) -> None:
    page = screen.page
    page.evaluate("navigator.serviceWorker.ready")
    screen.scan("SB00001")
    screen.counts(1)
    context.set_offline(True)
    screen.burst(["SB00002", "SB00003"])
    page.reload()
    expect(page.locator("#bill-number")).to_have_text("B-1")
    screen.state("none", "2 on the way")
    screen.scan("SB00004")
    expect(page.locator("#unsent")).to_contain_text("3 not sent")
    context.set_offline(False)
    screen.counts(4)
    screen.all_sent()
    assert on_bill() == ["SB00001", "SB00002", "SB00003", "SB00004"]
    assert list(Scan.objects.filter(mode="bill").order_by("seq").values_list("offline", flat=True)) == [
        False,
        True,
        True,
        True,
    ]
    assert broken() == {}


@pytest.fixture
def completed(kavya: Operator) -> None:
    """Bill B-1 with two sacks."""
    pack(kavya, "SB00001", "SB00002")
    create_bill(number="B-1", by=kavya)
    pulls = [Pull(key=uuid.uuid4(), mode="bill", raw=sack, bill="B-1") for sack in ("SB00001", "SB00002")]
    process(pulls=pulls, operator=kavya, device=None)
    complete_bill(number="B-1", by=kavya)


def test_a_sack_comes_back_and_goes_on_another_bill(page: Page, kavya: Operator, completed: None) -> None:
    open_page(page, "/returns/", "kavya")
    page.get_by_role("link", name="New return").click()
    page.get_by_label("Notes").fill("torn")
    page.get_by_role("button", name="Make the return").click()
    page.get_by_role("link", name="Scan sacks").click()
    screen = BillScreen(page)
    screen.counts(0)
    screen.burst(["SB00001", "SB00002"])
    screen.counts(2)
    screen.scan("TT-UNDO")
    screen.counts(1)
    expect(page.locator("#bill-actual")).to_have_text("2.000")
    screen.scan("TT-DONE")
    screen.state("final", "Committed")
    ticket = Return.objects.get()
    assert ticket.state == "committed"
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_role("heading", name=ticket.number)).to_be_visible()
    page.get_by_role("link", name="B-1").click()
    expect(page.get_by_text(re.compile("Came back: 1 of these sacks, 2.000 kg"))).to_be_visible()
    assert Bag.objects.get(qr_id="SB00001").held_by == ""
    assert broken() == {}


def test_the_weight_of_a_return_follows_each_scan(page: Page, kavya: Operator, completed: None) -> None:
    ticket = create_return(area="lucknow", by=kavya)
    open_page(page, f"/scan/return/{ticket.number}/", "kavya")
    screen = BillScreen(page)
    screen.counts(0)
    screen.burst(["SB00001", "SB00002"])
    screen.counts(2)
    expect(page.locator("#bill-actual")).to_have_text("4.000")
