"""What is larger than an ordinary form is read from admins who upload, and from nobody else."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bags.importing.models import ImportBatch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]
UPLOADS = ["/imports/", "/scan/queue-file/", "/admin/accounts/area/import/"]
TOKEN = "a" * 32


@pytest.fixture
def nowhere(settings, tmp_path):
    """Whatever would be laid on the disk fails: there is no such folder."""
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "nowhere"


def send(client, path):
    """5 MB, with a form's token, as an attacker makes one."""
    client.cookies["csrf"] = TOKEN
    file = SimpleUploadedFile("bags.csv", b"x" * (5 << 20))
    return client.post(path, {"csrfmiddlewaretoken": TOKEN, "kind": "bags", "file": file})


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize("path", ["/accounts/login/", *UPLOADS, "/api/v1/scans"])
@pytest.mark.parametrize("role", ["anonymous", "ravi"])
def test_refused_before_it_is_kept(client, signed_in, path, role):
    strict = Client(enforce_csrf_checks=True)
    if role != "anonymous":
        strict.cookies = signed_in(role).cookies
    assert send(strict, path).status_code == 413
    assert ImportBatch.objects.count() == 0


@pytest.mark.usefixtures("nowhere")
def test_an_admin_elsewhere(signed_in):
    assert send(signed_in("asha"), "/bills/new/").status_code == 413


@pytest.mark.usefixtures("nowhere")
def test_the_folder_that_is_not_there_tells(signed_in):
    """The twin: what is taken is laid on the disk."""
    with pytest.raises(FileNotFoundError):
        send(signed_in("asha"), "/imports/")


def test_an_admin_uploads(signed_in):
    assert send(signed_in("asha"), "/imports/").status_code == 302
    assert ImportBatch.objects.get().file_name == "bags.csv"
    for path in UPLOADS[1:]:
        assert send(signed_in("asha"), path).status_code != 413
