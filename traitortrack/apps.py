from django.apps import AppConfig

from traitortrack import checks, server_checks  # noqa: F401 - imported to be registered


class TraitorTrackConfig(AppConfig):
    name = "traitortrack"
