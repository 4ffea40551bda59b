"""A saved queue, imported by an admin: as its operators' scans, exactly once, each broken entry named."""

import io
import itertools
import json
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from audit.log import Signature
from audit.models import AuditLog
from bags.models import Device, Scan
from bags.queue_files import importing, parsing
from bags.queue_files.importing import import_queue
from bags.queue_files.parsing import QueueFileRefused
from bags.scanning.service import Busy
from tests.billing.conftest import everything
from tests.desk.conftest import is_in, waiting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
NUMBERS = itertools.count(1)
ASHA = Signature(actor="asha")
DEVICE = "0b0e4c1a-7a8e-4c39-9f5f-7b1f2f7a9c11"


def pull(raw, parent=None, **fields):
    """A scan as the device kept it."""
    return {
        "key": str(uuid.uuid4()),
        "seq": next(NUMBERS),
        "mode": "pack",
        "raw": raw,
        "parent": parent,
        "bill": None,
        "captured_at": "2026-11-24T09:15:02.101Z",
        "source": "wedge",
        "offline": False,
        **fields,
    }


@pytest.fixture
def saved(people):
    """saved(ravi=[scans], …) -> the file's content; `undos` are the first person's."""

    def make(undos=(), **scans):
        persons = [
            {"user": people[name].pk, "name": name, "scans": list(scans[name]), "undos": []} for name in scans
        ]
        persons[0]["undos"] = list(undos)
        facts = {"format": "traitortrack-queue-1", "device": DEVICE, "saved_at": "2026-11-24T18:00:00Z"}
        return json.dumps({**facts, "people": persons}).encode()

    return make


def told(outcomes):
    return [
        (
            one.name,
            one.new,
            one.replayed,
            [row["code"] for row in one.refused],
            [row["number"] for row in one.broken],
        )
        for one in outcomes
    ]


def test_scans_go_in_as_their_operators_and_offline(saved, holds):
    content = saved(
        ravi=[pull("SB00001", seq=1), pull("7000001", "SB00001", seq=2, repairs=["caps_lock"])],
        meena=[pull("SB00002", seq=3)],
    )
    assert told(import_queue(content=content, signed=ASHA)) == [
        ("ravi", 2, 0, [], []),
        ("meena", 1, 0, [], []),
    ]
    stored = Scan.objects.order_by("pk").values_list(
        "operator__username", "seq", "offline", "code", "repairs"
    )
    assert list(stored) == [
        ("ravi", 1, True, "parent_opened", []),
        ("ravi", 2, True, "linked", ["caps_lock"]),
        ("meena", 3, True, "parent_opened", []),
    ]
    assert {str(scan.device_id) for scan in Scan.objects.all()} == {DEVICE}
    holds()


def test_who_brought_it_is_noted_once_and_ties_its_entries_together(saved):
    signed = Signature(actor="asha", address="10.1.2.3", request_id="import-0001")
    import_queue(content=saved(ravi=[pull("SB00001")]), signed=signed)
    entry, created = AuditLog.objects.order_by("pk")
    assert (entry.action, entry.actor, entry.target_type, entry.target_id) == (
        "queue_imported",
        "asha",
        "device",
        DEVICE,
    )
    assert entry.after == {"saved_at": "2026-11-24T18:00:00+00:00", "entries": {"ravi": 1}}
    assert (created.action, created.actor, created.on_behalf_of) == ("parent_created", "asha", "ravi")
    assert entry.request_id == created.request_id == "import-0001"
    assert entry.address == created.address == "10.1.2.3"
    assert (entry.device, str(created.device)) == (None, DEVICE)


def test_importing_again_and_after_the_device_sent_them_is_harmless(saved, send_itself, holds):
    scans = [pull("SB00001"), *[pull(f"70000{number:02}", "SB00001") for number in range(12)]]
    send_itself("ravi", scans[:5])
    content = saved(ravi=scans)
    assert told(import_queue(content=content, signed=ASHA)) == [("ravi", 8, 5, [], [])]
    assert told(import_queue(content=content, signed=ASHA)) == [("ravi", 0, 13, [], [])]
    assert Scan.objects.count() == 13
    holds()


@pytest.fixture
def send_itself(signed_in):
    def post(name, scans):
        body = {"device": DEVICE, "clock": "2026-11-24T09:15:02.120Z", "scans": scans}
        answer = signed_in(name).post("/api/v1/scans", body, content_type="application/json")
        assert answer.status_code == 200

    return post


def test_more_than_a_batch(saved, monkeypatch, holds):
    sizes, real = [], importing.process
    monkeypatch.setattr(importing, "process", lambda **call: sizes.append(len(call["pulls"])) or real(**call))
    scans = [pull(f"SB{number:05}", seq=number) for number in range(250)]
    assert told(import_queue(content=saved(ravi=scans), signed=ASHA)) == [("ravi", 250, 0, [], [])]
    assert sizes == [100, 100, 50]
    assert list(Scan.objects.order_by("pk").values_list("seq", flat=True)) == list(range(250))
    holds()


def test_an_undo_comes_right_behind_its_scan(saved, holds):
    """Taken out of SB00001 and packed into SB00002: the file keeps undos apart."""
    first = pull("7000001", "SB00001")
    scans = [pull("SB00001"), pull("SB00002"), first, pull("7000001", "SB00002")]
    undo = {"key": str(uuid.uuid4()), "scan": first["key"]}
    assert told(import_queue(content=saved(ravi=scans, undos=[undo]), signed=ASHA)) == [
        ("ravi", 5, 0, [], [])
    ]
    assert is_in("7000001") == "SB00002"
    holds()


def test_an_undo_of_a_scan_sent_long_ago_comes_first(saved, fill, holds):
    key = fill("ravi", "SB00001", 1)["key"]
    undo = {"key": str(uuid.uuid4()), "scan": key}
    content = saved(ravi=[pull("SB00002"), pull("0000100001", "SB00002")], undos=[undo])
    assert told(import_queue(content=content, signed=ASHA)) == [("ravi", 3, 0, [], [])]
    assert is_in("0000100001") == "SB00002"
    holds()


def test_what_does_not_fit_any_more_is_a_conflict(saved, fill, holds):
    fill("meena", "SB00001", 1)
    content = saved(ravi=[pull("SB00002"), pull("0000100001", "SB00002")])
    (outcome,) = import_queue(content=content, signed=ASHA)
    assert told([outcome]) == [("ravi", 2, 0, ["conflict"], [])]
    assert outcome.refused[0]["number"] == 2
    assert len(waiting()) == 1
    holds()


def test_scans_of_a_deactivated_operator_are_facts(saved, people, holds):
    people["ravi"].is_active = False
    people["ravi"].save()
    (outcome,) = import_queue(content=saved(ravi=[pull("SB00001")]), signed=ASHA)
    assert (outcome.new, outcome.is_active) == (1, False)
    holds()


def test_each_broken_entry_is_named_and_the_good_ones_go_in(saved):
    scans = [pull("SB00001"), pull("SB00002", seq=-1), "scan", pull("SB00003", more=1), pull("SB00004")]
    undos = [{"key": "x", "scan": str(uuid.uuid4())}]
    (outcome,) = import_queue(content=saved(ravi=scans, undos=undos), signed=ASHA)
    assert told([outcome]) == [("ravi", 2, 0, [], [2, 3, 4, 6])]
    assert outcome.broken[0]["message"].startswith("seq: ")
    assert AuditLog.objects.get(action="queue_imported").after["entries"] == {"ravi": 2}
    assert sorted(Scan.objects.values_list("raw", flat=True)) == ["SB00001", "SB00004"]


def test_a_key_that_stands_for_another_scan_is_named(saved, scan):
    known = scan("ravi", "SB00001")["key"]
    assert told(import_queue(content=saved(ravi=[pull("SB00002", key=known)]), signed=ASHA)) == [
        ("ravi", 0, 0, ["key_reused"], [])
    ]


def test_nobody_gets_anothers_scans(saved, people):
    """The number of one, the name of another."""
    content = saved(ravi=[pull("SB00001"), pull("SB00002")], meena=[pull("SB00003")])
    content = content.replace(b'"name": "ravi"', b'"name": "arjun"')
    outcomes = import_queue(content=content, signed=ASHA)
    assert told(outcomes) == [("arjun", 0, 0, [], [1, 2]), ("meena", 1, 0, [], [])]
    assert Scan.objects.get().operator.username == "meena"


BROKEN = [
    b"",
    b"[]",
    b"null",
    b"{",
    b'{"format": "traitortrack-queue-1"}',
    b"[" * 100_000,
    b"\xff\xfe",
    b"NaN",
    b'{"format": "traitortrack-queue-2", "device": "0b0e4c1a-7a8e-4c39-9f5f-7b1f2f7a9c11",'
    b' "saved_at": "2026-11-24T18:00:00Z", "people": []}',
]


@pytest.mark.parametrize("content", BROKEN)
def test_what_is_no_saved_queue_is_refused_whole(people, content):
    before = everything()
    with pytest.raises(QueueFileRefused) as caught:
        import_queue(content=content, signed=ASHA)
    assert caught.value.code == "not_a_queue"
    assert everything() == before


def test_a_file_larger_than_any_queue(people, monkeypatch):
    monkeypatch.setattr(parsing, "MAX_BYTES", 10)
    with pytest.raises(QueueFileRefused) as caught:
        import_queue(content=b" " * 11, signed=ASHA)
    assert caught.value.code == "too_large"


def test_nothing_to_record_is_no_import(saved):
    assert told(import_queue(content=saved(ravi=[]), signed=ASHA)) == [("ravi", 0, 0, [], [])]
    assert AuditLog.objects.count() == 0


def test_others_were_quicker(saved, monkeypatch):
    def busy(**_call):
        raise Busy

    monkeypatch.setattr(importing, "process", busy)
    with pytest.raises(QueueFileRefused) as caught:
        import_queue(content=saved(ravi=[pull("SB00001")]), signed=ASHA)
    assert caught.value.code == "busy"


def test_an_import_is_no_sign_of_life_of_the_device(saved, send_itself):
    send_itself("ravi", [pull("SB00001")])
    Device.objects.update(last_seen_at="2026-01-01T00:00:00Z")
    import_queue(content=saved(meena=[pull("SB00002")]), signed=ASHA)
    device = Device.objects.get()
    assert (device.last_seen_at.year, device.last_seen_at.month) == (2026, 1)
    assert device.last_operator.username == "ravi"


def upload(content):
    return {"file": SimpleUploadedFile("queue.json", content, "application/json")}


def test_the_page_shows_what_became_of_it(saved, signed_in, fill):
    fill("meena", "SB00001", 1)
    scans = [pull("SB00002"), pull("0000100001", "SB00002"), pull("SB00003", seq=-1)]
    answer = signed_in("asha").post("/scan/queue-file/", upload(saved(ravi=scans)))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert [
        page.count(text) for text in ("Entry 3 is broken:", "Entry 2:", "Kept for a person to look at.")
    ] == [
        1,
        1,
        1,
    ]
    assert AuditLog.objects.get(action="queue_imported").actor == "asha"


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_the_page_says_why_a_file_is_refused(signed_in, content):
    answer = signed_in("asha").post("/scan/queue-file/", upload(content))
    assert answer.status_code == 400
    assert "Choose another file." in answer.content.decode()


def test_the_command_tells_in_words_and_in_json(saved, tmp_path):
    file = tmp_path / "queue.json"
    file.write_bytes(saved(ravi=[pull("SB00001"), pull("SB00002", seq=-1)]))
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as left:
        call_command("import_queue", str(file), stdout=out, stderr=err)
    assert left.value.code == 1
    assert "ravi: 1 recorded now, 0 recorded before" in err.getvalue()
    assert "entry 2: invalid: seq: " in err.getvalue()
    with pytest.raises(SystemExit):
        call_command("import_queue", str(file), "--json", stdout=out, stderr=err)
    (outcome,) = json.loads(out.getvalue())
    assert (outcome["name"], outcome["new"], outcome["replayed"]) == ("ravi", 0, 1)
    assert AuditLog.objects.filter(action="queue_imported").count() == 2


def test_the_command_refuses_in_words(people, tmp_path):
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_queue", str(tmp_path / "none.json"))
    (tmp_path / "none.json").write_text("[]")
    with pytest.raises(CommandError, match="Choose another file"):
        call_command("import_queue", str(tmp_path / "none.json"))
