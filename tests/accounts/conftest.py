import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _plain_statics(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


@pytest.fixture
def sign_in(client, people):
    """sign_in("ravi") -> the answer to the form."""

    def post(name, password=PASSWORD, *, address="10.0.0.1", by=client, **headers):
        form = {"username": name, "password": password}
        return by.post("/accounts/login/", form, REMOTE_ADDR=address, headers=headers)

    return post


@pytest.fixture
def app(people):
    """app("asha") -> that person's code app, in use from now on."""
    return lambda name: TOTPDevice.objects.create(user=people[name], name=name)


def code_of(app, steps=0):
    """What the app shows now, or so many steps of 30 s later."""
    return f"{TOTP(app.bin_key, drift=steps).token():06}"


def words(page):
    return " ".join(page.content.decode().split())
