"""Somebody of whom there are traces everywhere, and the search that must find none."""

import uuid
from dataclasses import replace

import pytest
from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import promotion
from accounts.email_change import ask_email_change, confirm_email_change, token_of
from accounts.models import RecoveryCode, Role, User
from accounts.notifications import BILL_REOPENED, notify
from accounts.operators import Operator
from accounts.people import edit_person
from audit.database import database_now
from audit.log import Signature
from bags.desk.deciding import decide
from bags.models import Link, Recount, RecountLine
from bags.recounts.correcting import decide_line, take_back_line
from bags.recounts.finishing import finish_recount
from bags.scanning.rules import Pull
from bags.scanning.service import process
from billing.returns import create_return
from billing.services import complete_bill, create_bill, reopen_bill
from monitoring.models import DayMail
from tests.api.conftest import _plain_statics  # noqa: F401 - used by all here

NAME, FULL_NAME = "dilip.x7", "Dilip Xaviera"
MAIL, OLD_MAIL, ASKED_MAIL = "dilip@xaviera.example", "dx@old.example", "dx@new.example"
ADDRESS = "203.0.113.77"
# What a search of the whole database must not find; of the old address only what tells whose it was.
TRACES = [NAME, "xaviera", MAIL, "old.example", ASKED_MAIL, ADDRESS]


def found_anywhere(text):
    """Every column of every table that can hold a text: "table.column" of those with `text` in them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name) WHERE table_schema = current_schema()"
            " AND table_type = 'BASE TABLE' AND data_type NOT IN ('bigint', 'integer', 'smallint', 'boolean')"
        )
        hits = []
        for table, column in cursor.fetchall():
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE strpos(lower("{column}"::text), lower(%s)) > 0',  # noqa: S608
                [text],
            )
            if cursor.fetchone()[0]:
                hits.append(f"{table}.{column}")
    return sorted(hits)


@pytest.fixture
def dilip(people):
    return User.objects.create_user(NAME, "Sacks-of-mustard-24", role=Role.BILLER, email=OLD_MAIL)


@pytest.fixture
def traces(dilip, people, operator, client):
    """Dilip has worked, asked for things, and been written about."""
    asha, me = operator("asha"), Operator.of(dilip, signature=Signature(actor=NAME, address=ADDRESS))
    me = replace(me, area="lucknow")
    _about_themselves(dilip, me, asha)
    _at_work(me, operator("ravi"), asha)
    _in_the_background(dilip, people["asha"])
    client.force_login(dilip, backend="accounts.backends.PasswordBackend")
    assert client.get("/reports/own.csv", REMOTE_ADDR=ADDRESS).status_code == 200
    assert client.get("/users/", REMOTE_ADDR=ADDRESS).status_code == 403
    dilip.refresh_from_db()
    return dilip


def _about_themselves(dilip, me, asha):
    asked = ask_email_change(email=MAIL, by=me)
    confirm_email_change(token=token_of(asked), by=me)
    ask_email_change(email=ASKED_MAIL, by=me)
    promotion.ask_promotion(reason=f"I am {FULL_NAME}", by=me)
    [asked] = dilip.promotions.all()
    promotion.reject_promotion(request_id=asked.pk, answer=f"no, {NAME.upper()}!", by=asha)
    edit_person(user_id=dilip.pk, changes={"area_id": "lucknow"}, by=asha)
    TOTPDevice.objects.create(user=dilip, name=NAME, confirmed=False)
    RecoveryCode.objects.create(user=dilip, code_hash="x")


def _at_work(me, ravi, asha):
    def scan(by, raw, mode="pack", **rest):
        pull = Pull(key=uuid.uuid4(), mode=mode, raw=raw, **rest)
        return process(pulls=[pull], operator=by, device=uuid.UUID(int=7))[0]

    scan(me, "SB00001")
    scan(me, "7000001", parent="SB00001")
    scan(ravi, "SB00002")
    assert scan(ravi, "7000001", parent="SB00002")["explain"]["by"] == NAME
    conflict = scan(ravi, "7000001", parent="SB00002", offline=True)
    link = Link.objects.get(unlinked_at=None)
    decide(scan_id=conflict["scan_id"], decision="keep", reason=f"{FULL_NAME}, looked", seen=link.pk, by=me)
    scan(ravi, "SB00002", mode="count")
    scan(ravi, "7000009", mode="count", parent="SB00002")
    finish_recount(recount_id=Recount.objects.get().pk, by=me)
    line = RecountLine.objects.get()
    decide_line(line_id=line.pk, decision="dismiss", reason=f"{FULL_NAME}, counted", by=me)
    take_back_line(line_id=line.pk, reason=f"not as {NAME} said", by=asha)
    assert scan(me, f"<{NAME}>")["code"] == "unreadable"
    scan(me, "7000002", parent=NAME)
    scan(me, "SB00001", mode="bill", bill=f"of {NAME}")
    create_bill(number="B-7", description=f"ask {FULL_NAME.upper()}", destination=f"Kota, {NAME}", by=asha)
    scan(me, "SB00003")
    scan(me, "7000003", parent="SB00003")
    assert scan(me, "SB00003", mode="bill", bill="B-7")["code"] == "billed"
    complete_bill(number="B-7", by=me, reason=f"{NAME} said so")
    reopen_bill(number="B-7", by=asha, reason=f"not what {NAME} said")
    create_return(area="lucknow", notes=f"brought by {NAME}.", by=asha)


def _in_the_background(dilip, asha):
    AccessAttempt.objects.create(
        username=NAME, ip_address=ADDRESS, post_data=f"username={NAME}", failures_since_start=1
    )
    LogEntry.objects.create(
        user=asha,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(dilip.pk),
        object_repr=NAME,
        action_flag=CHANGE,
        change_message=f"of {NAME}",
    )
    notify([asha], BILL_REOPENED, number="B-7", by=NAME, reason=f"({FULL_NAME})")
    now = database_now()
    DayMail.objects.create(
        day=now.date(), recipient=MAIL, due_at=now, next_try_at=now, last_error=f"<{MAIL}>"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES"
            " ('default', 'x', jsonb_build_object('name', %s::text), 'failed'),"
            " ('default', 'y', jsonb_build_object('user_id', %s::bigint, 'old', %s::text), 'todo')",
            [NAME, dilip.pk, OLD_MAIL],
        )
