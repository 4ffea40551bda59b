"""quality.md's bad input, as one table: 4xx in the error shape, nothing stored, never a 500."""

import gzip
import json
import time
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Notification, Session, User
from accounts.notifications import PROMOTION_ASKED, notify
from audit.actions import Action
from audit.models import AuditLog
from bags.models import Bag, Link, Scan
from billing.services import create_bill
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
CASES = [json.loads(line) for line in Path("../shared/data/codes.jsonl").read_text("utf-8").splitlines()]

WHOLE_BODIES = {
    "empty": (b"", 400),
    "list": (b"[]", 400),
    "text": (b'"x"', 400),
    "null": (b"null", 400),
    "doubled key": (b'{"device": "a", "device": "b"}', 400),
    "brackets": (b"[" * 100_000, 400),
    "nested": (b'{"scans":' * 2_000 + b"1" + b"}" * 2_000, 400),
    "5,000 digits": (b'{"seq": ' + b"9" * 5_000 + b"}", 400),
    "NaN": (b'{"seq": NaN}', 400),
    "lone surrogate": (b'{"device": "\\ud800"}', 400),
    "UTF-16": ('{"device": "x"}'.encode("utf-16"), 400),
    "BOM": (b'\xef\xbb\xbf{"device": "x"}', 400),
    "not UTF-8": (b'{"device": "\xff"}', 400),
    "3 MB": (b'{"device": "' + b"x" * 3_000_000 + b'"}', 413),
    "just over": (b" " * (256 * 1024 + 1), 413),
}


@pytest.fixture
def stores_nothing():
    def count():
        return Scan.objects.count(), Bag.objects.count(), Link.objects.count()

    before = count()
    yield
    assert count() == before


def is_error(status, told, expected):
    assert status == expected
    assert set(told["error"]) == {"code", "message", "fields"}
    assert "Traceback" not in json.dumps(told)


@pytest.mark.parametrize("name", WHOLE_BODIES)
@pytest.mark.parametrize("path", ["/api/v1/scans", "/api/unlink_child", "/api/v1/bills"])
def test_a_body_that_is_no_call(send, stores_nothing, path, name):
    data, expected = WHOLE_BODIES[name]
    began = time.process_time()
    is_error(*send("kavya", path, data), expected)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_content_type(send, body, stores_nothing, kind):
    is_error(*send("ravi", "/api/v1/scans", json.dumps(body()).encode(), kind), 415)


def test_a_packed_body(send, body, stores_nothing):
    packed = gzip.compress(json.dumps(body()).encode())
    is_error(*send("ravi", "/api/v1/scans", packed, **{"Content-Encoding": "gzip"}), 415)


FIELDS = ["key", "seq", "mode", "raw", "parent", "bill", "captured_at", "source", "offline"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field(send, body, stores_nothing, field):
    call = body()
    del call["scans"][0][field]
    status, told = send("ravi", "/api/v1/scans", call)
    is_error(status, told, 400)
    assert [name for name in told["error"]["fields"] if name.endswith(field)]


WRONG = [
    {"key": "not-a-uuid"},
    {"key": 5},
    {"seq": "5"},
    {"seq": 5.5},
    {"seq": -1},
    {"seq": 2**63},
    {"seq": True},
    {"mode": "steal"},
    {"raw": None},
    {"raw": 5},
    {"raw": ["SB00001"]},
    {"parent": 5},
    {"bill": {}},
    {"captured_at": "yesterday"},
    {"captured_at": 1700000000},
    {"captured_at": "2026-11-24T09:15:02"},
    {"captured_at": "0001-01-01T00:00:00+05:30"},
    {"source": "dream"},
    {"offline": "no"},
    {"offline": 0},
    {"surprise": 1},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_field(send, body, stores_nothing, wrong):
    is_error(*send("ravi", "/api/v1/scans", body(**wrong)), 400)


@pytest.mark.parametrize("count", [0, 101])
def test_too_few_and_too_many_scans(send, body, stores_nothing, count):
    call = body()
    call["scans"] = call["scans"] * count
    is_error(*send("ravi", "/api/v1/scans", call), 400)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["raw"])[:40])
def test_every_code_of_the_shared_table(send, body, case):
    status, told = send("ravi", "/api/v1/scans", body(raw=case["raw"]))
    expected = {"parent": "parent_opened", "child": "need_parent", None: "unreadable"}[case["kind"]]
    assert (status, told["results"][0]["code"]) == (200, expected)
    assert Scan.objects.get().raw == case["raw"].replace("\0", "\N{SYMBOL FOR NULL}")
    assert Bag.objects.count() == (case["kind"] == "parent")


def test_one_broken_scan_does_not_stop_the_others(send, body):
    call = body()
    call["scans"] += body(raw="\0")["scans"] + body(raw="7000001", parent="SB00001")["scans"]
    told = send("ravi", "/api/v1/scans", call)[1]
    assert [result["code"] for result in told["results"]] == ["parent_opened", "unreadable", "linked"]


READS = [
    ("/api/v1/bags?limit=0", 400),
    ("/api/v1/bags?limit=-1", 400),
    ("/api/v1/bags?limit=abc", 400),
    ("/api/v1/bags?limit=201", 400),
    (f"/api/v1/bags?limit={10**30}", 400),
    ("/api/v1/bags?after=abc", 400),
    ("/api/v1/bags?after=aWQ6LTE", 400),
    ("/api/v1/bags?kind=sack", 400),
    ("/api/v1/bags?from=yesterday", 400),
    ("/api/v1/bags?to=0.5", 400),
    ("/api/v1/scans?to=1700000000", 400),
    ("/api/v1/bills?from=0001-01-01", 400),
    ("/api/v1/bills?from=2026-11-24&to=2026-11-25T09:15:00", 200),
    ("/api/v1/bags?from=2026-11-24T09:15:00%2B05:30", 200),
    ("/api/v1/bags?q=%25", 200),
    ("/api/v1/bags?q=_", 200),
    ("/api/v1/bags?q=%5C", 200),
    ("/api/v1/bags?q=%27%22", 200),
    ("/api/v1/bags?q=%00", 200),
    ("/api/v1/bags?q=%FF", 200),
    ("/api/v1/bags/%00", 404),
    ("/api/v1/bags/%FF", 404),
    ("/api/v1/bags/%F0%9F%98%80", 404),
    ("/api/v1/bills/%00", 404),
    ("/api/v1/bills?q=%00%25_", 200),
    ("/api/v1/scans?device=x", 400),
    ("/api/v1/scans?operator=%00", 200),
    ("/api/v1/scans?code=%00", 200),
    ("/api/v1/bags?area=%00&product=%00", 200),
    ("/api/v1/nothing", 404),
    ("/bags/?page=abc", 200),
    (f"/bags/?limit={10**30}&page=-1", 200),
    ("/notifications/?after=abc", 404),
    ("/accounts/profile/scans/?after=%00", 404),
    ("/accounts/profile/email/%00/", 200),
    (f"/notifications/{10**30}/", 405),
    ("/bags/?after=abc", 404),
    ("/bags/?q=%00%FF", 200),
    ("/bags/%00/", 404),
    ("/bills/?after=x", 404),
    ("/bills/%00/", 404),
]


@pytest.mark.parametrize(("path", "expected"), READS)
def test_odd_reading(signed_in, fill, path, expected):
    fill("kavya", "SB00001", 1)
    answer = signed_in("kavya").get(path)
    assert answer.status_code == expected
    if expected >= 400 and path.startswith("/api/"):
        is_error(expected, answer.json(), expected)


NUL = [
    ("get", "/audit/user/%00/", {"asha": 404}),
    ("get", "/bills/%00/", {"kavya": 404, "asha": 404}),
    ("get", "/bills/%00/pdf", {"kavya": 404, "asha": 404}),
    ("get", "/returns/%00/", {"kavya": 404, "asha": 404}),
    ("get", "/api/v1/bills/%00", {"kavya": 404, "asha": 404}),
    ("get", "/api/v1/returns/%00", {"kavya": 404, "asha": 404}),
    ("post", "/bags/%00/counted/", {"kavya": 302, "asha": 302}),
]


@pytest.mark.parametrize("name", ["ravi", "kavya", "asha"])
@pytest.mark.parametrize(("method", "path", "seen_by"), NUL)
def test_nul_in_an_address_for_every_role(signed_in, stores_nothing, method, path, seen_by, name):
    """Whoever may look there finds nothing; the log tells of whoever may not, with the address as sent."""
    assert getattr(signed_in(name), method)(path).status_code == seen_by.get(name, 403)
    labels = AuditLog.objects.filter(action=Action.RIGHT_REFUSED).values_list("target_label", flat=True)
    assert list(labels) == ([] if name in seen_by else [f"{method.upper()} {path}"])


@pytest.mark.parametrize("q", ["%", "_", "\\", "'", '"', "\0", "%00", "x" * 151], ids=lambda q: ascii(q[:5]))
def test_a_search_takes_signs_as_they_are(signed_in, fill, operator, q):
    fill("kavya", "SB00001", 1)
    create_bill(number="B-1", by=operator("kavya"))
    asha = signed_in("asha")
    assert asha.get("/api/v1/bags", {"q": q}).json().get("results", []) == []
    assert asha.get("/api/v1/bills", {"q": q}).json().get("results", []) == []
    assert asha.get("/users/", {"q": q}).context["page"]["results"] == []


PEOPLE = [
    "/users/?role=king",
    "/users/?area=mars",
    "/users/?area=%00",
    "/users/?state=0",
    "/users/?q=%FF",
]


@pytest.mark.parametrize("path", PEOPLE)
def test_a_filter_that_means_nothing_finds_nobody(signed_in, path):
    answer = signed_in("asha").get(path)
    assert (answer.status_code, answer.context["page"]["results"]) == (200, [])


@pytest.mark.parametrize("number", ["0", str(10**30), "-1", "1.5", "%00"])
def test_nobody_of_that_number(signed_in, number):
    assert signed_in("asha").get(f"/users/{number}/").status_code == 404


FORMS = {
    "/users/new/": {"username": "leela", "role": "biller", "area": "", "email": ""},
    "/accounts/profile/language/": {"language": "en"},
    "/accounts/profile/email/": {"email": "ravi@example.com", "password": PASSWORD},
    "/accounts/profile/promotion/": {"reason": "shift lead"},
}
ODD = {
    "empty": "",
    "NUL": "\0",
    "no UTF-8": b"\xff\xed\xa0\x80",
    "long": "x" * 10_000,
    "turns round": "\u202e",
    "a second header": "a@b.example\r\nBcc: c@d.example",
    "markup": "<script>alert(1)</script>",
}
FIELDS_OF_FORMS = [(path, field) for path, form in FORMS.items() for field in form]


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize(("path", "field"), FIELDS_OF_FORMS)
def test_an_odd_form(signed_in, people, path, field, odd):
    """Taken or refused, but never a 500, and nobody who is there already is changed."""
    client = signed_in("asha" if path.startswith("/users/") else "ravi")
    before = list(User.objects.order_by("pk").values())
    answer = client.post(path, {**FORMS[path], field: odd})
    assert answer.status_code in (200, 302, 400)
    assert b"<script>alert" not in answer.content
    assert list(User.objects.exclude(username="leela").order_by("pk").values())[: len(before)] == before


def test_another_s_things_are_not_there(signed_in, people):
    notify([people["kavya"]], PROMOTION_ASKED, name="leela")
    Client().force_login(people["kavya"], backend="accounts.backends.PasswordBackend")
    theirs = Session.objects.get(user=people["kavya"])
    ravi = signed_in("ravi")
    assert ravi.post(f"/notifications/{Notification.objects.get().pk}/").status_code == 404
    ravi.post(f"/accounts/sessions/{theirs.handle}/end/")
    assert Session.objects.filter(pk=theirs.pk).exists()
    assert Notification.objects.get().read_at is None


FORGED = [
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "https"},
    {"X-Forwarded-For": "evil.example"},
    {"X-Forwarded-For": "\0, 10.0.0.1, ::1"},
    {"Forwarded": "host=evil.example;proto=https;for=1.2.3.4"},
    {"X-Original-URL": "/users/"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"X-Request-ID": "x\r\nSet-Cookie: a=b"},
]


@pytest.mark.parametrize("headers", FORGED, ids=str)
def test_forged_headers_change_nothing(client, people, headers):
    answer = client.get("/bags/", headers=headers)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/bags/")
    page = client.get("/accounts/login/", headers=headers)
    assert b"evil.example" not in page.content
    assert "a=b" not in str(page.cookies)


@pytest.mark.parametrize(
    "path", ["/api/v1/scans/x", "/api/unlink_child", "/accounts/logout/", "/api/v1/bills/B-1/complete"]
)
def test_get_changes_nothing(signed_in, stores_nothing, path):
    assert signed_in("kavya").get(path).status_code in (404, 405)


def test_trace_is_refused(client, db):
    assert client.generic("TRACE", "/accounts/login/").status_code == 405


LOGINS = [
    {"username": "ra\0vi", "password": "x"},
    {"username": "ravi", "password": "x\0"},
    {"username": "r" * 10_000, "password": "x"},
    {"username": "ravi", "password": "x" * 900_000},
    {"username": "", "password": ""},
    {},
]


@pytest.mark.parametrize("form", LOGINS, ids=lambda form: str(form)[:40])
def test_odd_sign_in(client, people, form):
    began = time.process_time()
    answer = client.post("/accounts/login/", form)
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session
    assert time.process_time() - began < 1


def test_two_megabytes_of_password(client, people):
    assert (
        client.post("/accounts/login/", {"username": "ravi", "password": "x" * 2_000_000}).status_code == 413
    )


@pytest.mark.parametrize(
    "next_", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"]
)
def test_sign_in_leads_to_no_other_host(client, people, next_):
    form = {"username": "ravi", "password": "Sacks-of-mustard-24", "next": next_}
    answer = client.post("/accounts/login/", form)
    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("host", ["evil.example", "localhost:80:80", "a b"])
def test_a_forged_host(client, db, host):
    assert client.get("/accounts/login/", headers={"Host": host}).status_code == 400
