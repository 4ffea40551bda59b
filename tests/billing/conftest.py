"""A live bill to work on, and the proof that a refusal changed nothing."""

import contextlib

import pytest
from django.apps import apps

from billing.services import BillRefused, create_bill
from tests.api.conftest import _plain_statics  # noqa: F401 - used by all here

MAY_NOT = ["ravi", "nobody"]
MAY = ["kavya", "asha"]


def everything():
    """Every row of every table of ours."""
    ours = [
        model
        for app in ("bags", "billing", "accounts", "audit")
        for model in apps.get_app_config(app).get_models()
    ]
    return {model.__name__: sorted(model.objects.values_list(), key=str) for model in ours}


@pytest.fixture
def refused():
    """`with refused("bill_final"):` the operation inside is refused so, and changes no row at all."""

    @contextlib.contextmanager
    def check(code):
        before = everything()
        with pytest.raises(BillRefused) as caught:
            yield
        assert caught.value.code == code
        assert caught.value.message
        assert everything() == before

    return check


@pytest.fixture
def bill(operator, fill, scan):
    """Bill B-1 by kavya, expecting 3 parents: SB00001 with 2 children and M444-00002, full with 15."""
    made = create_bill(number="B-1", target=3, by=operator("kavya"))
    for parent, children in (("SB00001", 2), ("M444-00002", 15)):
        fill("ravi", parent, children)
        assert scan("kavya", parent, mode="bill", bill="B-1")["code"] == "billed"
    made.refresh_from_db()
    return made
