"""What the settings say about servers, for the commands that start them."""

from django.conf import settings

from traitortrack.services.addresses import private_urls
from traitortrack.services.group import PrivateServers


def private_servers() -> PrivateServers:
    """The private servers of this home: those that the environment does not name."""
    private = private_urls(settings.HOME)
    return PrivateServers(
        settings.HOME,
        postgres=private.database_url == settings.DATABASE_URL,
        valkey=private.redis_url == settings.REDIS_URL,
        prefer=settings.TRAITORTRACK_POSTGRES,
    )
