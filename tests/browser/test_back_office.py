"""The Django admin, each list and each form of it, as screen readers, phones and the dark find it."""

import uuid
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.utils import timezone
from playwright.sync_api import Page

from accounts.email_change import ask_email_change
from accounts.models import User
from accounts.notifications import BILL_REOPENED, notify
from accounts.operators import Operator
from accounts.promotion import ask_promotion
from accounts.tables import SmallTableAdmin
from audit.sealing import seal_and_anchor
from bags.desk.deciding import decide
from bags.exports.catalogue import listings
from bags.exports.making import ask_export
from bags.importing.models import ImportBatch, ImportProblem
from bags.labels.layouts import Paper
from bags.labels.printing import print_labels
from bags.labels.reserving import reserve_sacks
from bags.models import Link, RecountLine
from bags.parked.deciding import decide_parked
from bags.recounts.confirming import confirm_count
from bags.recounts.correcting import decide_line
from bags.recounts.finishing import finish_recount
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from billing.returns import create_return
from billing.services import complete_bill, create_bill
from monitoring.models import DayMail, DaySize, ErrorCount, HealthSample, Incident
from monitoring.statistics.folding import fold
from monitoring.wallboard.links import make_link
from tests.browser.screen import open_page
from tests.browser.test_pages import SIZES, Scheme, serious

LONG = "an answer of many words that somebody typed, for whoever looks later " * 4


@pytest.fixture
def full(page: Page, settings) -> Page:
    """Asha, in a house that has at least one row of everything."""
    open_page(page, "/admin/", "asha")
    asha = Operator.of(User.objects.get(username="asha"))
    _at_work(asha)
    _asked(asha, Operator.of(User.objects.get(username="kavya")))
    _noted(asha)
    fold()
    seal_and_anchor()
    return page


def _at_work(asha: Operator) -> None:
    device = uuid.uuid4()
    beat = Beat(unsent=3, attention=1, version="a1b2c3", storage="denied")

    def scan(raw: str, mode: str = "pack", **rest: Any) -> dict[str, Any]:
        pull = Pull(key=uuid.uuid4(), mode=mode, raw=raw, **rest)
        return process(pulls=[pull], operator=asha, device=device, beat=beat)[0]

    for sack in ("SB00001", "SB00002"):
        scan(sack)
    scan("7000001", parent="SB00001")
    conflict = scan("7000001", parent="SB00002", offline=True)
    link = Link.objects.get(unlinked_at=None)
    decide(scan_id=conflict["scan_id"], decision="keep", reason=LONG[:400], seen=link.pk, by=asha)
    parked = scan("https://example.com/a/poster/that/somebody/read?page=1&place=gate", mode="lookup")
    decide_parked(scan_id=parked["scan_id"], decision="dismiss", reason="a poster", by=asha)
    counted = scan("SB00002", mode="count")
    scan("7000002", mode="count", parent="SB00002")
    finish_recount(recount_id=int(counted["bill"]["number"]), by=asha)
    decide_line(line_id=RecountLine.objects.get().pk, decision="dismiss", reason=LONG[:400], by=asha)
    create_bill(number="B-1", by=asha, description=LONG)
    scan("SB00001", mode="bill", bill="B-1")
    confirm_count(code="SB00001", reason="counted", by=asha)
    complete_bill(number="B-1", by=asha, reason="one sack")
    made = create_return(area="lucknow", notes=LONG, by=asha)
    scan("SB00001", mode="return", bill=made.number)
    labels = reserve_sacks(key=uuid.uuid4(), product="mustard", count=10, first=None, by=asha)
    first = labels.first_code
    print_labels(
        range_id=labels.pk, first=first, last=first, paper=Paper(layout="a4-3x8"), reason="", by=asha
    )


def _asked(asha: Operator, kavya: Operator) -> None:
    ask_email_change(email="kavya@example.com", by=kavya)
    ask_promotion(reason=LONG[:300], by=kavya)
    notify([asha.id], BILL_REOPENED, number="B-1", by="kavya", reason=LONG)
    ask_export(listing=listings()["bags"], wanted={"q": "SB0"}, kind="csv", by=asha)
    make_link(name="Gate", area=None, by=asha)
    AccessAttempt.objects.create(
        username="ravi", ip_address="10.0.0.9", user_agent=LONG[:200], failures_since_start=5
    )


def _noted(asha: Operator) -> None:
    """What the worker notes by and by."""
    now = timezone.now()
    batch = ImportBatch.objects.create(
        kind="bags", state="failed", file_name="bags of the week.xlsx", created_at=now, created_by_id=asha.id
    )
    ImportProblem.objects.create(
        batch=batch, place=1, line=2, code="unreadable", facts={}, cells=["SB1", LONG]
    )
    DayMail.objects.create(
        day=now.date(), recipient="a@example.com", due_at=now, next_try_at=now, attempts=2, last_error=LONG
    )
    DaySize.objects.create(day=now.date(), size=123_456_789, tables={"bags_scan": 100_000_000})
    ErrorCount.objects.create(minute=now, kind="OperationalError", times=3)
    HealthSample.objects.create(minute=now, numbers={"database_ms": 1.5, "memory_free_percent": 40})
    Incident.objects.create(item="disk", text=LONG, began_at=now)


def addresses() -> Iterator[str]:
    """The first page, each app's, each list and one form of each; in and out of the small tables."""
    yield "/admin/"
    for model, site in admin.site._registry.items():
        app, name = model._meta.app_label, model._meta.model_name
        row = model._default_manager.order_by("-pk").first()
        assert row, f"the scene has no {name}"
        yield f"/admin/{app}/"
        yield f"/admin/{app}/{name}/"
        yield f"/admin/{app}/{name}/{quote(row.pk)}/change/"
        if isinstance(site, SmallTableAdmin):
            yield f"/admin/{app}/{name}/import/"
            yield f"/admin/{app}/{name}/export/"
    yield "/admin/bags/bag/?q=nothing-like-this"


def test_nothing_serious_in_the_back_office(full: Page) -> None:
    """Each page at both sizes; which one is dark goes around, for all are made of the same few templates."""
    found = {}
    pages = dict.fromkeys(addresses())
    assert len(pages) > 70
    for number, path in enumerate(pages):
        schemes = get_args(Scheme)
        for (width, height), scheme in zip(SIZES, schemes[:: 1 if number % 3 else -1], strict=True):
            full.emulate_media(color_scheme=scheme)
            full.set_viewport_size({"width": width, "height": height})
            full.goto(path)
            # Django's forms.css imports another file, and to read that axe would write a style into the page,
            # which the content policy refuses.
            if bad := serious(full, preload=False):
                found[path, scheme, width] = bad
            if full.evaluate("document.documentElement.scrollWidth") > width:
                found[path, scheme, width] = [*bad, "wider than the screen"]
    assert found == {}
