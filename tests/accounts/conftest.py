import pytest


@pytest.fixture(autouse=True)
def _plain_statics(settings, tmp_path):
    """Static files have their tests in the browser; here pages only name them."""
    settings.STATIC_ROOT = tmp_path
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
