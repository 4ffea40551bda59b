"""The Django admin's lists of what is kept: read-only, without a full count, found by code."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bags import readonly
from bags.models import Bag, Link, Scan
from bags.readonly import EstimatingPaginator, ReadOnly
from billing.models import Bill
from billing.services import create_bill

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
MODELS = [model for model, site in admin.site._registry.items() if isinstance(site, ReadOnly)]


@pytest.fixture
def floor(fill, scan, operator):
    fill("ravi", "SB00001", 3)
    fill("arjun", "M444-00002", 2)
    create_bill(number="B-1", by=operator("kavya"))
    scan("kavya", "SB00001", mode="bill", bill="B-1")


def test_history_is_registered_to_look_at():
    assert {Bag, Link, Scan, Bill} <= set(MODELS)


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
    for row in model.objects.all()[:1]:
        assert asha.get(f"{base}{row.pk}/change/").status_code == 200
        assert asha.post(f"{base}{row.pk}/change/", {}).status_code == 403
        assert asha.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert asha.get(f"{base}add/").status_code == 403
    assert asha.get(f"{base}?q=SB00001").status_code == 200
    assert signed_in("kavya").get(base).status_code == 302


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("bags/bag/?q=sb000", 1),
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
    assert EstimatingPaginator(Bag.objects.order_by("pk"), 50).count == 7
    monkeypatch.setattr(readonly, "COUNT_UP_TO", 3)
    assert EstimatingPaginator(Bag.objects.order_by("pk"), 50).count >= 4
