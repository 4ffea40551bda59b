import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import AuditLog
from billing.services import cancel_bill, complete_bill, create_bill, reopen_bill

pytestmark = pytest.mark.django_db


def actions():
    return list(
        AuditLog.objects.order_by("pk").exclude(action="user_created").values_list("action", flat=True)
    )


def test_one_entry_for_each_change_of_state(fill, scan, operator, holds):
    fill("ravi", "M444-00001", 1)
    assert actions() == ["parent_created", "child_linked"]
    new = AuditLog.objects.get(action="child_linked")
    assert (new.actor, new.target_label, new.before, new.after["count"]) == ("ravi", "0000100001", None, 1)
    fill("ravi", "M444-00002", 0)
    scan("ravi", "0000100001", mode="move", parent="M444-00002")
    scan("ravi", mode="undo")
    scan("ravi", mode="close", parent="M444-00001")
    scan("ravi", "0000100001", parent="M444-00001")  # refused: leaves no entry
    assert actions()[3:] == ["child_unlinked", "child_linked"] * 2 + ["parent_closed"]
    by = operator("kavya")
    create_bill(number="B-1", by=by)
    scan("kavya", "M444-00001", mode="bill", bill="B-1")
    complete_bill(number="B-1", by=by)
    reopen_bill(number="B-1", by=by, reason="count again")
    cancel_bill(number="B-1", by=by)
    assert actions()[8:] == [
        "bill_created",
        "parent_billed",
        "bill_completed",
        "bill_reopened",
        "bill_cancelled",
        "parent_unbilled",
    ]
    holds()


def test_the_database_deletes_no_record(fill):
    fill("ravi", "SB00001", 1)
    for table in ("bags_scan", "bags_link", "bags_bag"):
        with pytest.raises(DatabaseError, match="nothing in it is ever deleted"), transaction.atomic():
            connection.cursor().execute(f"DELETE FROM {table}")  # noqa: S608
