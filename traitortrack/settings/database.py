"""PostgreSQL, its replicas, and the cache."""

import re

from django.core.exceptions import ImproperlyConfigured
from psycopg import IsolationLevel

from traitortrack.services.addresses import private_urls
from traitortrack.settings.environment import HOME, env

_private = private_urls(HOME)
DATABASE_URL = env.str("DATABASE_URL", default=_private.database_url)
# The role that owns the tables, past any pooler: for migrations. The role of DATABASE_URL works in them.
DATABASE_DIRECT_URL = env.str(
    "DATABASE_DIRECT_URL",
    default=_private.database_direct_url if _private.database_url == DATABASE_URL else DATABASE_URL,
)
# Between us and the database: none, or a PgBouncer that gives each transaction another session.
DATABASE_POOLER = env.str("DATABASE_POOLER", default="none")
if DATABASE_POOLER not in ("none", "transaction"):
    raise ImproperlyConfigured("DATABASE_POOLER is none or transaction.")
POOLED = DATABASE_POOLER == "transaction"
REDIS_GIVEN = bool(env.str("REDIS_URL", default=""))
REDIS_URL = env.str("REDIS_URL", default=_private.redis_url)

TRAITORTRACK_POSTGRES = env.str("TRAITORTRACK_POSTGRES", default="auto")
if TRAITORTRACK_POSTGRES not in ("auto", "machine", "wheel"):
    raise ImproperlyConfigured("TRAITORTRACK_POSTGRES is auto, machine or wheel.")


def _database(url: str, **options: object) -> dict[str, object]:
    config = env.db_url_config(url)
    return {
        **config,
        "ENGINE": "traitortrack.patient",
        # No health check: the session is the first statement of a request and finds out (accounts.sessions).
        "CONN_MAX_AGE": 600,
        "OPTIONS": {
            **config.get("OPTIONS", {}),
            "connect_timeout": 2,
            "application_name": "traitortrack",
            # A row lock keeps a sack's limit in READ COMMITTED, not above it: whatever the server's default.
            "isolation_level": IsolationLevel.READ_COMMITTED,
            **_preparing(config.get("OPTIONS", {})),
            **options,
        },
        # A cursor that lives on the server needs one session for longer than a transaction.
        "DISABLE_SERVER_SIDE_CURSORS": POOLED,
    }


_PLAN_ONCE = "-c plan_cache_mode=force_generic_plan"


def _preparing(given: dict[str, object]) -> dict[str, object]:
    """Statements of the scan path are prepared at their second use and planned once: planning them for each
    scan's values costs more than running them. Off behind a PgBouncer that keeps no prepared statements;
    one that does takes no `options` either: there the role says how to plan (deploy/postgresql/roles.sql)."""
    prepares = env.bool("DATABASE_PREPARES", default=not POOLED)
    planning = {} if POOLED else {"options": f"{given.get('options', '')} {_PLAN_ONCE}".strip()}
    return {"prepare_threshold": 1, **planning} if prepares else {"prepare_threshold": None}


DATABASES = {"default": _database(DATABASE_URL)}

# Streaming replicas, for reading lists. Each is as good as another.
DATABASE_REPLICA_URLS = env.list("DATABASE_REPLICA_URLS", default=[])
DATABASE_REPLICAS = {
    f"replica{number}": {
        # One whose machine is gone or frozen is noticed within two seconds.
        **_database(url, connect_timeout=2, keepalives_idle=2, keepalives_interval=1, tcp_user_timeout=2000),
        "TEST": {"MIRROR": "default"},
    }
    for number, url in enumerate(DATABASE_REPLICA_URLS, start=1)
}
DATABASES |= DATABASE_REPLICAS
DATABASE_ROUTERS = ["audit.replicas.Router"] if DATABASE_REPLICAS else []
# One that is further behind is not read from.
REPLICA_MAX_LAG_SECONDS = env.int("REPLICA_MAX_LAG_SECONDS", default=10)
# What may be read there: lists, search, reports, exports. Never what decides a write.
REPLICA_PATHS = re.compile(
    r"/(api/v1/)?((bags|bills|scans|returns|search)/?|reports/.+)|/exports/[a-z]+\.(csv|xlsx)"
)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {
            "REDIS_CLIENT_CLASS": "traitortrack.breaker.BreakingRedis",
            "SOCKET_CONNECT_TIMEOUT": 0.2,
            "SOCKET_TIMEOUT": 0.2,
            "CONNECTION_POOL_KWARGS": {"retry": None},
            # The cache speeds and counts; without it everything still answers.
            "IGNORE_EXCEPTIONS": True,
        },
    }
}
