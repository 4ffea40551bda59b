from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from traitortrack import checks, server_checks  # noqa: F401 - imported to be registered
from traitortrack.roles import let_the_app_work


class TraitorTrackConfig(AppConfig):
    name = "traitortrack"

    def ready(self) -> None:
        # Django sends it for apps with models only.
        post_migrate.connect(let_the_app_work, sender=apps.get_app_config("audit"))
