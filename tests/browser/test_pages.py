import gzip
import uuid
from typing import Any, Literal, get_args

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from accounts.models import User
from accounts.operators import Operator
from audit.models import AuditLog
from audit.sealing import seal_and_anchor
from bags.desk.deciding import decide
from bags.labels.reserving import reserve_sacks
from bags.models import Link, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from billing.services import create_bill
from monitoring.statistics.folding import fold
from monitoring.wallboard.links import make_link, revoke_link
from tests.browser.screen import PackingScreen, open_page

Scheme = Literal["light", "dark"]
SIZES = [(360, 640), (1280, 800)]
PAGES = [
    "/",
    "/scan/",
    "/bags/",
    "/bags/?q=nothing",
    "/bags/SB00860/",
    "/bags/SB00860/?at=2030-01-01T08:00",
    "/bags/1200000/?at=soon",
    "/bags/1200000/",
    "/bills/",
    "/bills/?state=completed",
    "/bills/new/",
    "/bills/B-1/",
    "/reports/",
    "/reports/day/",
    "/reports/bills/",
    "/reports/areas/",
    "/reports/own/?operator=ravi",
    "/reports/day/?day=soon",
    "/reports/day/mail/",
    "/reports/exceptions/mail/",
    "/bills/B-1/edit/",
    "/bills/B-1/history/",
    "/scan/bill/B-1/",
    "/returns/",
    "/returns/new/",
    "/exports/",
    "/parked/",
    "/scan/recount/",
    "/recounts/",
    "/recounts/?show=open",
    "/reports/exceptions/",
    "/search/?q=SB0086",
    "/search/?q=nothing",
    "/conflicts/",
    "/nowhere/",
    "/help/dispatcher/",
    "/help/biller/",
    "/help/admin/",
]


def serious(page: Page, **options: Any) -> list[str]:
    """What axe-core calls serious or worse, in words."""
    found = Axe().run(page, options=options).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html']}" for one in bad for node in one["nodes"]]


@pytest.fixture
def packed(page: Page) -> Page:
    """Kavya, with a sack, two packets and a bill to look at."""
    open_page(page, "/scan/", "kavya")
    screen = PackingScreen(page)
    screen.open("SB00860")
    screen.scan("1200000")
    screen.scan("1200001")
    screen.shows("SB00860", 2)
    create_bill(number="B-1", by=Operator.of(User.objects.get(username="kavya")))
    return page


@pytest.fixture
def in_conflict(packed: Page) -> Page:
    """And two conflicts, one of them decided; two parked codes."""
    kavya = Operator.of(User.objects.get(username="kavya"))
    for sack, packet in (("SB00862", "1200000"), ("SB00863", "1200001")):
        pulls = [
            Pull(key=uuid.uuid4(), mode="pack", raw=sack),
            Pull(key=uuid.uuid4(), mode="pack", raw=packet, parent=sack, offline=True),
        ]
        process(pulls=pulls, operator=kavya, device=None)
    for text in ("SB00999", "SB00999", "<b>SB1</b>"):
        process(pulls=[Pull(key=uuid.uuid4(), mode="lookup", raw=text)], operator=kavya, device=uuid.uuid4())
    conflict = Scan.objects.open_conflicts()[0]
    seen = Link.objects.get(child=conflict.bag, unlinked_at=None).pk
    decide(scan_id=conflict.pk, decision="keep", reason="I looked", seen=seen, by=kavya)
    return packed


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_nothing_serious_and_nothing_wider_than_the_screen(in_conflict: Page, scheme: Scheme) -> None:
    look_at(in_conflict, PAGES, scheme)


@pytest.mark.parametrize("scheme", get_args(Scheme))
def test_nothing_serious_on_the_admins_pages(page: Page, scheme: Scheme) -> None:
    asha = Operator.of(User.objects.get(username="asha"))
    beat = Beat(unsent=12, attention=1, version="a1b2c3", storage="denied")
    device = uuid.uuid4()
    pulls = [Pull(key=uuid.uuid4(), mode="lookup", raw="7000001", seq=seq) for seq in (1, 2, 5)]
    process(pulls=pulls, operator=asha, device=device, beat=beat)
    open_page(page, "/devices/", "asha")
    create_bill(number="B-1", by=asha, description="Seed for Kanpur, two lorries")
    made = AuditLog.objects.get(action="bill_created")
    labels = reserve_sacks(key=uuid.uuid4(), product="mustard", count=10, first=None, by=asha)
    seal_and_anchor()
    look_at(
        page,
        [
            "/devices/",
            f"/devices/{device}/",
            "/scan/queue-file/",
            "/system/",
            "/wallboard/links/",
            "/imports/",
            "/labels/",
            f"/labels/{labels.pk}/",
            "/audit/",
            "/audit/?target=nothing",
            "/audit/?kind=bill",
            f"/audit/{made.pk}/",
            f"/audit/bill/{made.target_id}/",
            "/admin/",
        ],
        scheme,
    )


def look_at(page: Page, paths: list[str], scheme: Scheme) -> None:
    page.emulate_media(color_scheme=scheme)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert serious(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_each_answer_of_the_packing_screen(screen: PackingScreen) -> None:
    for scheme in get_args(Scheme):
        screen.page.emulate_media(color_scheme=scheme)
        screen.open("SB00861")
        for code in ("1200000", "SB0086", "1200000", "TT-NONE"):
            screen.scan(code)
            screen.page.wait_for_timeout(400)
            assert serious(screen.page) == [], (scheme, code)


def test_targets_on_the_packing_screen_are_large_enough(screen: PackingScreen) -> None:
    screen.open("SB00860")
    screen.scan("1200000")
    screen.shows("SB00860", 1)
    for control in screen.page.locator("button:visible, a:visible, input:visible").all():
        box = control.bounding_box()
        assert box, control
        assert min(box["width"], box["height"]) >= 48, control.inner_text()


def test_the_sign_in_page(browser: Browser, site: str, people: None) -> None:
    page = browser.new_page(base_url=site)
    page.goto("/scan/")
    expect(page.locator("#username")).to_be_focused()
    page.fill("#username", "ravi")
    page.fill("#password", "wrong")
    page.locator("[data-shows]").click()
    expect(page.locator("#password")).to_have_attribute("type", "text")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.locator("#username")).to_have_value("ravi")
    assert serious(page) == []
    page.close()


def test_signing_out(packed: Page) -> None:
    packed.goto("/")
    packed.get_by_role("button", name="Sign out").click()
    expect(packed.locator("#username")).to_be_visible()
    packed.goto("/bags/")
    expect(packed.locator("#username")).to_be_visible()


def test_each_role_sees_its_own_ways(context: BrowserContext) -> None:
    seen = {
        "asha": [
            "Dashboard",
            "Scan",
            "Bags",
            "Bills",
            "Reports",
            "Conflicts",
            "Parked codes",
            "Recounts",
            "Devices",
            "Imports",
            "Users",
            "Audit",
            "System",
            "Admin site",
        ],
        "kavya": ["Dashboard", "Scan", "Bags", "Bills", "Reports", "Conflicts", "Parked codes", "Recounts"],
        "ravi": ["Dashboard", "Scan", "Bags", "Reports", "Recounts"],
    }
    for name, links in seen.items():
        context.clear_cookies()
        page = context.new_page()
        open_page(page, "/", name)
        assert [text.strip() for text in page.locator(".nav a").all_inner_texts()] == links


def test_the_dashboard_refreshes_by_itself(packed: Page, context: BrowserContext) -> None:
    packed.goto("/")
    number = packed.locator("[data-number=scans_today]")
    fold()
    expect(number).to_have_text("3")
    other = context.new_page()
    other.goto("/scan/")
    PackingScreen(other).open("SB00861")
    packed.bring_to_front()
    fold()
    expect(number).to_have_text("4")
    expect(packed.locator("[data-rows=areas] tr")).to_contain_text("No area")
    expect(packed.locator("[data-rows=operators] [data-cell=operator]")).to_have_text(["kavya"])
    expect(packed.locator("[data-empty=refusals]")).to_be_visible()
    expect(packed.locator("#hours canvas")).to_be_visible()


def test_a_wallboard_needs_no_session_and_stops_when_taken_back(
    packed: Page, browser: Browser, site: str
) -> None:
    asha = Operator.of(User.objects.get(username="asha"))
    link, token = make_link(name="Gate", area=None, by=asha)
    fold()
    wall = browser.new_page(base_url=site)
    for scheme in get_args(Scheme):
        wall.emulate_media(color_scheme=scheme)
        wall.goto(f"/wallboard/?token={token}")
        expect(wall.locator("#hours canvas")).to_be_visible()
        assert serious(wall) == []
    number = wall.locator("[data-number=scans_today]")
    expect(number).to_have_text("3")
    PackingScreen(packed).open("SB00861")
    fold()
    expect(number).to_have_text("4")
    revoke_link(link_id=link.pk, by=asha)
    expect(wall.locator("#stale")).to_contain_text("was taken back")
    assert wall.context.cookies() == []
    wall.close()


def test_the_packing_page_stays_small(browser: Browser, site: str, people: None) -> None:
    """HTML as it is; style sheets, scripts and pictures compressed (by brotli they are smaller still)."""
    page = browser.new_page(base_url=site)
    open_page(page, "/", "ravi")
    sizes: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if response.ok and not response.from_service_worker:
            body = response.body()
            sizes[response.url] = len(gzip.compress(body)) if "/static/" in response.url else len(body)

    page.on("response", weigh)
    page.goto("/scan/")
    page.wait_for_load_state("networkidle")
    assert sum(sizes.values()) < 100_000, sizes
    page.close()
