"""The admins' pages: upload, look, say yes or no, take back."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Notification
from audit.models import AuditLog
from bags.importing import service
from bags.importing.models import ImportBatch, ImportPart
from bags.models import Bag, Link
from tests.imports.conftest import DATA, bags_csv, inside, quiet

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
FILE = bags_csv("SB00001,parent,", "4000001,child,SB00001", "4000002,child,SB00001", "x,child,SB00001")


@pytest.fixture
def send(signed_in):
    """send(content, …) -> the answer to Asha's upload."""

    def post(content=FILE, kind="bags", name="bags.csv", **fields):
        content = content.encode() if isinstance(content, str) else content
        return signed_in("asha").post(
            "/imports/", {"kind": kind, "file": SimpleUploadedFile(name, content), **fields}
        )

    return post


@pytest.fixture
def uploaded(send, people):
    """An upload that the job has checked."""
    send()
    batch = ImportBatch.objects.get()
    service.check(batch.pk, progress=quiet)
    return batch


def jobs():
    asked = ProcrastinateJob.objects.filter(task_name__contains="import").order_by("pk")
    return list(asked.values_list("task_name", "args"))


def test_an_upload_is_kept_and_a_job_is_asked_for(send, people):
    answer = send(area="lucknow")
    batch = ImportBatch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{batch.pk}/")
    assert (batch.state, batch.kind, batch.file_name, batch.area_id) == (
        "uploaded",
        "bags",
        "bags.csv",
        "lucknow",
    )
    assert bytes(ImportPart.objects.get().content).decode() == FILE
    assert jobs() == [("check_import", {"batch_id": batch.pk})]


def test_a_checked_file_has_written_nothing(uploaded, client):
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.total, uploaded.good, uploaded.bad) == ("checked", 4, 3, 1)
    assert (Bag.objects.count(), Link.objects.count()) == (0, 0)
    page = client.get(f"/imports/{uploaded.pk}/").content.decode()
    assert "This is not a bag code." in page
    assert "Yes, bring the good rows in" in page


def test_yes_brings_the_good_rows_in_and_tells(uploaded, client, people, holds):
    client.post(f"/imports/{uploaded.pk}/confirm/")
    assert jobs()[-1] == ("apply_import", {"batch_id": uploaded.pk, "by_id": people["asha"].pk})
    service.apply(uploaded.pk, by_id=people["asha"].pk, progress=quiet)
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.made) == ("done", {"parents": 1, "children": 2, "links": 2})
    assert inside() == {"SB00001": ["4000001", "4000002"]}
    assert ImportPart.objects.count() == 0
    told = Notification.objects.get()
    assert (told.user, told.kind, told.link) == (
        people["asha"],
        "import_finished",
        f"/imports/{uploaded.pk}/",
    )
    assert set(AuditLog.objects.filter(action="child_linked").values_list("request_id", flat=True)) == {
        f"import-{uploaded.pk}"
    }
    page = client.get(f"/imports/{uploaded.pk}/").content.decode()
    assert "Take this import back" in page
    assert "This is not a bag code." in page
    holds()


def test_a_job_that_comes_twice_does_it_once(uploaded, client, people, holds):
    client.post(f"/imports/{uploaded.pk}/confirm/")
    for _time in range(2):
        service.check(uploaded.pk, progress=quiet)
        service.apply(uploaded.pk, by_id=people["asha"].pk, progress=quiet)
    assert Link.objects.count() == 2
    assert Notification.objects.count() == 1
    holds()


def test_yes_twice_is_one_yes(uploaded, client):
    for _time in range(2):
        client.post(f"/imports/{uploaded.pk}/confirm/")
    assert [name for name, _args in jobs()].count("apply_import") == 1
    page = client.get(f"/imports/{uploaded.pk}/").content.decode()
    assert "Somebody else was quicker" in page


def test_what_changed_since_the_check_counts(uploaded, client, people, scan, fill):
    fill("ravi", "SB00009", 0)
    scan("ravi", "4000001", parent="SB00009")
    client.post(f"/imports/{uploaded.pk}/confirm/")
    service.apply(uploaded.pk, by_id=people["asha"].pk, progress=quiet)
    assert inside() == {"SB00009": ["4000001"], "SB00001": ["4000002"]}
    assert list(uploaded.problems.order_by("place").values_list("code", flat=True)) == [
        "in_other_parent",
        "unreadable",
    ]


def test_whoever_asked_and_is_no_admin_any_more(uploaded, client, people):
    client.post(f"/imports/{uploaded.pk}/confirm/")
    people["asha"].is_active = False
    people["asha"].save()
    service.apply(uploaded.pk, by_id=people["asha"].pk, progress=quiet)
    uploaded.refresh_from_db()
    assert (uploaded.state, uploaded.code, Bag.objects.count()) == ("failed", "not_allowed", 0)


def test_no_drops_the_file(uploaded, client):
    client.post(f"/imports/{uploaded.pk}/drop/")
    uploaded.refresh_from_db()
    assert (uploaded.state, ImportPart.objects.count(), uploaded.problems.count()) == ("dropped", 0, 0)
    client.post(f"/imports/{uploaded.pk}/confirm/")
    uploaded.refresh_from_db()
    assert uploaded.state == "dropped"


def test_what_is_no_table_fails_and_says_so(send, client, people):
    send(b"%PDF-1.7 ...", name="bags.xlsx")
    batch = ImportBatch.objects.get()
    service.check(batch.pk, progress=quiet)
    batch.refresh_from_db()
    assert (batch.state, batch.code) == ("failed", "not_a_table")
    assert Notification.objects.get().kind == "import_failed"
    assert "This is no CSV or XLSX file" in client.get(f"/imports/{batch.pk}/").content.decode()


def test_nothing_good_cannot_be_confirmed(send, client, people):
    send(bags_csv("x,child,SB00001"))
    batch = ImportBatch.objects.get()
    service.check(batch.pk, progress=quiet)
    assert "Yes, bring" not in client.get(f"/imports/{batch.pk}/").content.decode()
    client.post(f"/imports/{batch.pk}/confirm/")
    batch.refresh_from_db()
    assert batch.state == "checked"


def test_a_file_of_just_the_bad_rows(uploaded, client):
    answer = client.get(f"/imports/{uploaded.pk}/corrections.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="bags to correct.csv"'
    assert b"".join(answer.streaming_content).decode("utf-8-sig").splitlines() == [
        "qr_id,type,parent_qr_id,Reason",
        "x,child,SB00001,This is not a bag code. Compare it with the label.",
    ]


def test_bad_rows_page_by_page(send, client, people):
    send(bags_csv(*[f"x{number},child,SB00001" for number in range(120)]))
    batch = ImportBatch.objects.get()
    service.check(batch.pk, progress=quiet)
    page = client.get(f"/imports/{batch.pk}/?after=50").content.decode()
    assert "x50<" in page
    assert "x49<" not in page
    assert client.get(f"/imports/{batch.pk}/?after=abc").status_code == 200


def test_the_state_for_the_page_that_waits(uploaded, client):
    answer = client.get(f"/imports/state/?import={uploaded.pk}").json()
    assert answer["state"] == "checked"
    for bad in ("", "x", "9" * 30, "-1", "123456"):
        assert client.get(f"/imports/state/?import={bad}").status_code == 404


def test_too_large_is_refused_before_it_is_read(send, settings):
    settings.IMPORT_MAX_BYTES = 100_000
    answer = send(b"x" * 200_000)
    assert answer.status_code == 413
    assert "larger than 0 MB" in answer.content.decode()
    assert ImportBatch.objects.count() == 0


@pytest.mark.parametrize("fields", [{"kind": "people"}, {"area": "nowhere"}])
def test_a_form_that_is_not_right(send, fields):
    assert send(**fields).status_code == 400
    assert ImportBatch.objects.count() == 0


def test_hindi_and_markup_are_shown_as_they_are(send, client, people):
    send(bags_csv("सरसों,child,SB00001", "<b>x</b>,child,SB00001"), name="बोरे <i>.csv")
    batch = ImportBatch.objects.get()
    service.check(batch.pk, progress=quiet)
    page = client.get(f"/imports/{batch.pk}/").content.decode()
    assert "सरसों" in page
    assert "बोरे &lt;i&gt;.csv" in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


def test_the_worker_does_it(send, client, people, transactional_db, worker_until_idle):
    send((DATA / "bags.csv").read_bytes())
    batch = ImportBatch.objects.get()
    worker_until_idle()
    batch.refresh_from_db()
    assert (batch.state, batch.good, batch.bad) == ("checked", 572, 6)
    client.post(f"/imports/{batch.pk}/confirm/")
    worker_until_idle()
    batch.refresh_from_db()
    assert (batch.state, Link.objects.count()) == ("done", 551)
    client.post(f"/imports/{batch.pk}/take-back/")
    worker_until_idle()
    batch.refresh_from_db()
    assert (batch.state, Link.objects.filter(unlinked_at=None).count()) == ("taken_back", 0)


def test_the_bag_page_tells_of_the_import(command, client, signed_in, people):
    command("import_bags", DATA / "bags.csv")
    page = signed_in("asha").get("/bags/21800000/").content.decode()
    assert "Packet 21800000 in sack SB21500, imported" in page
    assert "SB21500" in signed_in("asha").get("/api/v1/bags/21800000").json()["parent"]["qr_id"]
