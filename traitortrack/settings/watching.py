"""Health, Prometheus, backups and logs: what whoever runs it looks at."""

import hashlib
import os
from ipaddress import ip_network
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from traitortrack.settings.environment import HOME, PRODUCTION, env

# Health: from where on an item is warned of, and where it is bad.


def _limits(told: str) -> tuple[float, float]:
    try:
        warn, bad = (float(part) for part in told.split(","))
    except ValueError as error:
        raise ImproperlyConfigured(
            f"A HEALTH_… limit is two numbers with a comma between, warn and bad, not {told!r}."
        ) from error
    return warn, bad


# Where the first is the larger one, less is worse.
HEALTH_LIMITS = {
    "database_ms": _limits(env.str("HEALTH_DATABASE_MS", default="100,1000")),
    "pool_percent": _limits(env.str("HEALTH_POOL_PERCENT", default="70,90")),
    "slow_query_seconds": _limits(env.str("HEALTH_SLOW_QUERY_SECONDS", default="10,120")),
    "lock_wait_seconds": _limits(env.str("HEALTH_LOCK_WAIT_SECONDS", default="2,20")),
    "replica_lag_seconds": _limits(env.str("HEALTH_REPLICA_LAG_SECONDS", default="10,120")),
    "database_gb": _limits(env.str("HEALTH_DATABASE_GB", default="200,500")),
    "cache_ms": _limits(env.str("HEALTH_CACHE_MS", default="20,100")),
    "memory_free_percent": _limits(env.str("HEALTH_MEMORY_FREE_PERCENT", default="15,5")),
    "disk_free_percent": _limits(env.str("HEALTH_DISK_FREE_PERCENT", default="15,5")),
    "worker_quiet_seconds": _limits(env.str("HEALTH_WORKER_QUIET_SECONDS", default="30,60")),
    "job_wait_seconds": _limits(env.str("HEALTH_JOB_WAIT_SECONDS", default="300,1800")),
    "errors_an_hour": _limits(env.str("HEALTH_ERRORS_AN_HOUR", default="1,20")),
    "seal_seconds": _limits(env.str("HEALTH_SEAL_SECONDS", default="90,120")),
    "backup_hours": _limits(env.str("HEALTH_BACKUP_HOURS", default="26,50")),
    "unsent_minutes": _limits(env.str("HEALTH_UNSENT_MINUTES", default="30,1440")),
}

# Prometheus


def _metrics_dir() -> Path:
    """In memory where there is such a place, for each home and account its own: a full disk stops nobody."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it is ours alone, or refused
    if not memory.is_dir():
        return HOME / "metrics"
    whose = hashlib.sha256(os.fsencode(HOME)).hexdigest()[:12]
    return memory / f"traitortrack-{os.geteuid()}-{whose}"


METRICS_DIR = Path(env.str("METRICS_DIR", default=str(_metrics_dir())))
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
try:
    METRICS_ALLOWED = [
        ip_network(network.strip()) for network in env.list("METRICS_ALLOWED", default=["127.0.0.1", "::1"])
    ]
except ValueError as error:
    raise ImproperlyConfigured(
        "METRICS_ALLOWED lists addresses and networks, such as 10.0.0.7,10.1.0.0/16."
    ) from error

# Backups: `manage.py backup` and `restore`.

BACKUP_DIR = Path(env.str("BACKUP_DIR", default=str(HOME / "backups"))).resolve()
BACKUP_KEEP = env.int("BACKUP_KEEP", default=14)
if BACKUP_KEEP < 1:
    raise ImproperlyConfigured("BACKUP_KEEP says how many backups are kept: 1 or more.")

# Logs: one line each, to standard error (traitortrack.logs).

LOG_FORMAT = env.str("LOG_FORMAT", default="json" if PRODUCTION else "text")
if LOG_FORMAT not in ("json", "text"):
    raise ImproperlyConfigured("LOG_FORMAT is json or text.")
# Which requests leave a line: those that failed or took a second, or all. A line costs more than the counts.
LOG_REQUESTS = env.str("LOG_REQUESTS", default="notable")
if LOG_REQUESTS not in ("notable", "all"):
    raise ImproperlyConfigured("LOG_REQUESTS is notable or all.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "traitortrack.logs.formatter", "style": LOG_FORMAT}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "WARNING"},
        # Django's own two handlers would write the page's address, and mail the settings.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.server": {"level": "WARNING", "handlers": [], "propagate": True},
        "procrastinate": {"level": "WARNING"},
    },
}
