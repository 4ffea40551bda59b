"""The Django admin's lists of what is kept: read-only, without a full count, found by code."""

import re
import uuid

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import RecoveryCode
from accounts.promotion import ask_promotion
from accounts.sessions import Session
from audit import readonly
from audit.models import Anchor, AuditLog, Seal
from audit.readonly import EstimatingPaginator, ReadOnly
from audit.sealing import seal_and_anchor
from bags.importing.models import ImportPart
from bags.models import Bag, Link, Scan
from bags.scanning.rules import Pull
from bags.scanning.service import process
from bags.scanning.sighting import Beat
from billing.models import Bill
from billing.services import create_bill
from monitoring.models import StatisticsDelta, WallboardLink
from monitoring.statistics.folding import fold
from monitoring.wallboard.links import make_link

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
MODELS = [model for model, site in admin.site._registry.items() if isinstance(site, ReadOnly)]


@pytest.fixture
def floor(fill, scan, operator):
    fill("ravi", "SB00001", 3)
    fill("arjun", "M444-00002", 2)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")
    scan("ravi", "SB00003")
    scan("ravi", "0000100001", parent="SB00003", offline=True)
    beat = Beat(unsent=3, attention=0, version="1", storage="granted")
    pull = Pull(key=uuid.uuid4(), mode="lookup", raw="SB00001", seq=1)
    process(pulls=[pull], operator=operator("ravi"), device=uuid.uuid4(), beat=beat)
    ask_promotion(reason="shift lead", by=operator("kavya"))
    make_link(name="Gate", area=None, by=operator("asha"))
    fold()
    seal_and_anchor()


# Worth a sign-in; pieces of a file on its way in; what is counted and gone within seconds.
NOT_SHOWN = {Session, RecoveryCode, ImportPart, StatisticsDelta}
OWN = {"monitoring", "billing", "bags", "accounts", "audit"}


def test_every_model_of_the_house_is_there_to_look_at():
    ours = {model for model in apps.get_models() if model._meta.app_label in OWN}
    assert ours - NOT_SHOWN == {model for model in MODELS if model._meta.app_label in OWN}
    rest = {model._meta.label for model in admin.site._registry if model not in MODELS}
    assert rest == {"procrastinate.ProcrastinateJob"}  # the library's, read-only too


def test_the_scene_has_a_row_of_most(floor):
    empty = {model._meta.model_name for model in MODELS if not model.objects.exists()}
    assert empty == {
        "accessattempt",
        "conflictdecision",
        "daymail",
        "daysize",
        "emailchange",
        "errorcount",
        "export",
        "healthsample",
        "importbatch",
        "importproblem",
        "incident",
        "labelprint",
        "labelrange",
        "parkeddecision",
        "recount",
        "recountdecision",
        "recountline",
        "return",
        "returnline",
    }


def test_groups_are_no_second_way_to_a_right(signed_in):
    """Nobody may make one there: only roles give rights."""
    assert Group not in admin.site._registry
    assert signed_in("asha").post("/admin/auth/group/add/", {"name": "anybody"}).status_code == 404
    assert not Group.objects.exists()


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_open_and_change_nothing(floor, signed_in, model):
    asha, base = signed_in("asha"), f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    with CaptureQueriesContext(connection) as seen:
        assert asha.get(base).status_code == 200
    assert len(seen) <= 8, [query["sql"] for query in seen]
    # The full count, which no page waits for, has no limit inside.
    assert [q["sql"] for q in seen if "COUNT(*)" in (q["sql"] or "") and "LIMIT" not in q["sql"]] == []
    before = list(model.objects.order_by("pk").values())
    for row in model.objects.all()[:1]:
        page = f"{base}{quote(row.pk)}/"
        with CaptureQueriesContext(connection) as seen:
            assert asha.get(f"{page}change/").status_code == 200
        assert len(seen) <= 12, [query["sql"] for query in seen]
        assert asha.post(f"{page}change/", {}).status_code == 403
        assert asha.post(f"{page}delete/", {"post": "yes"}).status_code == 403
    deleting = {"action": "delete_selected", "_selected_action": [row["id"] for row in before if "id" in row]}
    asha.post(base, deleting)
    assert asha.post(f"{base}add/", {}).status_code == 403
    after = list(model.objects.order_by("pk").values())
    assert after[: len(before)] == before
    # That somebody asked for what they may not is noted.
    assert {row["action"] for row in after[len(before) :]} == (
        {"right_refused"} if model is AuditLog else set()
    )
    assert asha.get(f"{base}add/").status_code == 403
    assert asha.get(f"{base}?q=SB00001").status_code == 200
    assert signed_in("kavya").get(base).status_code == 302


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("bags/bag/?q=sb000", 2),
        ("bags/bag/?q=0001", 5),
        ("bags/bag/?q=%25%25%25", 0),
        ("bags/link/?q=SB00001", 3),
        ("bags/link/?q=0000100002", 1),
        ("bags/scan/?q=M444-00002", 3),
        ("bags/scan/?code=billed", 1),
        ("billing/bill/?q=b-1", 1),
    ],
)
def test_search_finds(floor, signed_in, path, rows):
    page = signed_in("asha").get(f"/admin/{path}")
    assert page.context["cl"].result_count == rows


def test_many_rows_are_estimated(floor, monkeypatch):
    assert EstimatingPaginator(Bag.objects.order_by("pk"), 50).count == 8
    monkeypatch.setattr(readonly, "COUNT_UP_TO", 3)
    assert EstimatingPaginator(Bag.objects.order_by("pk"), 50).count >= 4


@pytest.mark.parametrize("model", [Bag, Link, Scan, Bill, AuditLog, Seal, Anchor])
def test_the_ways_from_each_row_lead_somewhere(floor, signed_in, model):
    asha = signed_in("asha")
    for row in model.objects.all():
        page = asha.get(f"/admin/{model._meta.app_label}/{model._meta.model_name}/{row.pk}/change/")
        shown = page.content.decode().partition('id="content"')[2]
        for address in set(re.findall(r'href="(/[^"#]+)"', shown)):
            assert asha.get(address.replace("&amp;", "&")).status_code == 200, address


def test_no_secret_is_shown(floor, signed_in):
    asha = signed_in("asha")
    link = WallboardLink.objects.get()
    page = asha.get(f"/admin/monitoring/wallboardlink/{link.pk}/change/").content.decode()
    assert link.name in page
    assert link.token_hash not in page
    ravi = asha.get("/admin/accounts/user/?q=ravi").content.decode()
    assert "ravi" in ravi
    assert "md5$" not in ravi
