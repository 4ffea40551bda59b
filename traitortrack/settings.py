"""The one reader of the environment. A value that is not understood stops the start with a hint.

`.env.example` lists every variable; a `.env` file beside manage.py is read too.
"""

import hashlib
import os
import re
import secrets
from contextlib import suppress
from datetime import datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from psycopg import IsolationLevel

from traitortrack.services.addresses import private_urls
from traitortrack.static_headers import add_headers

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

HOME = Path(env.str("TRAITORTRACK_HOME", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)

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
# Others rely on it: `check --deploy` asks for more then.
PRODUCTION = not DEBUG and bool(env.str("DATABASE_URL", default=""))
TRAITORTRACK_POSTGRES = env.str("TRAITORTRACK_POSTGRES", default="auto")
if TRAITORTRACK_POSTGRES not in ("auto", "machine", "wheel"):
    raise ImproperlyConfigured("TRAITORTRACK_POSTGRES is auto, machine or wheel.")

BIND_HOST = env.str("HOST", default="127.0.0.1")
BIND_PORT = env.int("PORT", default=8000)
WEB_WORKERS = env.int("WEB_WORKERS", default=2)
WEB_THREADS = env.int("WEB_THREADS", default=8)

# The address that people type, as mails name it: never taken from a request.
PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://{BIND_HOST}:{BIND_PORT}").rstrip("/")
# How many proxies of ours stand before the web server. Only what they say of a client is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES < 0:
    raise ImproperlyConfigured("TRUSTED_PROXIES counts the proxies before the web server: 0, 1, 2 …")

# Served over https: secure cookies with their strict names, and the browser remembers to come by https.
HTTPS = env.bool("HTTPS", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])


def _secret(name: str, key: str) -> str:
    """The variable `name`, or this home's own secret, made at the first start and kept for all later ones."""
    if key:
        if len(key) < 50:
            raise ImproperlyConfigured(f"{name} needs 50 characters or more. Make one: openssl rand -hex 32")
        return key
    place = HOME / name.lower()
    if not place.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        fresh = HOME / f"{name.lower()}.{secrets.token_hex(4)}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(64))
        with suppress(FileExistsError):
            place.hardlink_to(fresh)  # one winner, when several start at once
        fresh.unlink()
    return place.read_text()


SECRET_KEY = _secret("SECRET_KEY", env.str("SECRET_KEY", default=""))
# Signs the anchors of the audit log: the database does not know it.
AUDIT_KEY = _secret("AUDIT_KEY", env.str("AUDIT_KEY", default=""))
# The folder that keeps the anchors outside of the database, a file for each database.
AUDIT_ANCHORS = Path(env.str("AUDIT_ANCHORS", default=str(HOME / "audit-anchors")))
# Those that were given, and not made here.
SECRETS_GIVEN = {
    "SECRET_KEY": bool(env.str("SECRET_KEY", default="")),
    "AUDIT_KEY": bool(env.str("AUDIT_KEY", default="")),
}

INSTALLED_APPS = [
    "django_otp.plugins.otp_totp",  # these two before accounts, which takes them out of the Django admin
    "django.contrib.auth",
    "traitortrack",
    "monitoring",
    "billing",
    "bags",
    "accounts",
    "audit",
    "django.contrib.admin",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "ninja",
    "procrastinate.contrib.django",
    "import_export",
]

MIDDLEWARE = [
    "traitortrack.middleware.PatienceMiddleware",
    "monitoring.metrics.counting.ObserveMiddleware",
    # Those that add headers stand outside of all that may refuse: an error carries them too.
    "traitortrack.middleware.HeadersMiddleware",
    # Above what only pages need: a scanning page loads sixty files over a slow line, each with headers.
    "traitortrack.middleware.StaticMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "traitortrack.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.middleware.SignedInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    # The innermost: it may call the view itself.
    "traitortrack.replicas.ReplicaMiddleware",
]

ROOT_URLCONF = "traitortrack.urls"
WSGI_APPLICATION = "traitortrack.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bags.desk.badge.waiting",
            ]
        },
    }
]


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

# People and sessions

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.LockoutBackend",
    "accounts.backends.PasswordBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.OwnWordsValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"

# A name is locked for one address only, so nobody can lock others out; failures while locked do not count.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_USERNAME_CALLABLE = "accounts.backends.lockout_name"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_network"
AXES_DISABLE_ACCESS_LOG = True  # the audit log tells who signed in
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# Tries for each name from each address, right or wrong, at every form that asks for a password or a code.
SIGN_IN_RATE_LIMIT = env.str("SIGN_IN_RATE_LIMIT", default="30/m")
# Mails for each name that asks for a new password.
RESET_RATE_LIMIT = env.str("RESET_RATE_LIMIT", default="5/h")
# The same for all names from one address, behind which a whole warehouse may stand.
RESET_ADDRESS_RATE_LIMIT = env.str("RESET_ADDRESS_RATE_LIMIT", default="30/h")

# "required": admins reach nothing without the code of an app. "offered": who has one is asked for it. Private
# servers are a trial, whose demo log-ins work at once.
SECOND_FACTOR = env.str("SECOND_FACTOR", default="required" if HTTPS or PRODUCTION else "offered")
if SECOND_FACTOR not in ("required", "offered"):
    raise ImproperlyConfigured("SECOND_FACTOR is required or offered.")
OTP_TOTP_ISSUER = "TraitorTrack"
OTP_TOTP_SYNC = False  # the window stays one step to either side

SESSION_ENGINE = "accounts.sessions"
_SHIFT = (
    timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=30)),
    timedelta(hours=env.int("SESSION_HOURS", default=10)),
)
# By role: how long without activity, and how long at all.
SESSION_LIMITS = {
    "dispatcher": _SHIFT,
    "biller": _SHIFT,
    "admin": (
        timedelta(minutes=env.int("ADMIN_SESSION_IDLE_MINUTES", default=15)),
        timedelta(hours=env.int("ADMIN_SESSION_HOURS", default=8)),
    ),
}
# What pages ask by themselves is no activity.
SESSION_QUIET_PATHS = frozenset(
    {
        "/api/v1/beat",
        "/api/v1/exports",
        "/api/v1/health",
        "/api/v1/notifications/unread",
        "/api/v1/session",
        "/api/v1/stats",
        "/imports/state/",
    }
)
# The cookie outlives no session: the server counts.
SESSION_COOKIE_AGE = int(max(absolute for _idle, absolute in SESSION_LIMITS.values()).total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_FAILURE_VIEW = "traitortrack.errors.csrf_failure"

# Messages to the next page stand in the session: one cookie less.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Mail. Without EMAIL_URL it is laid into a folder here, for a trial sends none.

EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="TraitorTrack <traitortrack@localhost>")


def _day_summary() -> tuple[time, list[str]]:
    """When the day summary is sent, in TIME_ZONE, and to whom."""
    told_at, told_to = env.str("DAY_SUMMARY_AT", default="20:00"), env.list("DAY_SUMMARY_TO", default=[])
    recipients = list(dict.fromkeys(address.strip() for address in told_to if address.strip()))
    try:
        at = datetime.strptime(told_at, "%H:%M").time()  # noqa: DTZ007 - a time of day has no zone
        for address in recipients:
            validate_email(address)
    except (ValueError, ValidationError) as error:
        raise ImproperlyConfigured(
            "DAY_SUMMARY_AT is a time such as 20:00, DAY_SUMMARY_TO e-mail addresses with commas between."
        ) from error
    return at, recipients


DAY_SUMMARY_AT, DAY_SUMMARY_TO = _day_summary()

# From where on the exception report tells of a thing (monitoring/reports/exceptions.py).
EXCEPTIONS = {
    "open_hours": env.int("EXCEPTION_OPEN_HOURS", default=24),
    "unbilled_hours": env.int("EXCEPTION_UNBILLED_HOURS", default=48),
    "short_percent": env.int("EXCEPTION_SHORT_PERCENT", default=10),
    "bill_days": env.int("EXCEPTION_BILL_DAYS", default=3),
    "silent_minutes": env.int("EXCEPTION_SILENT_MINUTES", default=60),
    "refused_percent": env.int("EXCEPTION_REFUSED_PERCENT", default=10),
    "refused_scans": env.int("EXCEPTION_REFUSED_SCANS", default=20),
}
if min(EXCEPTIONS.values()) < 0:
    raise ImproperlyConfigured(
        "The EXCEPTION_… limits are hours, days, minutes, scans and per cent: 0 or more."
    )

# Background work: each app's jobs stand in its jobs.py.

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = "traitortrack.jobs.trace"

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

# Browsers

SECURE_SSL_REDIRECT = HTTPS
# Programs are told, not led: what was sent in the clear must not go unnoticed. Probes come from inside.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^health/", r"^metrics$"]
# Without a proxy of ours the header is the client's own invention.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
# What a browser can do and no page of ours asks for; a page that needs one of them says so itself.
PERMISSIONS_POLICY: dict[str, list[str]] = {
    "accelerometer": [],
    "browsing-topics": [],
    "camera": [],
    "display-capture": [],
    "geolocation": [],
    "gyroscope": [],
    "hid": [],
    "magnetometer": [],
    "microphone": [],
    "midi": [],
    "payment": [],
    "serial": [],
    "usb": [],
}

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "traitortrack.statics.HashedStatics"},
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = not DEBUG
# Nobody is served a source map; compressing those of the docs page took most of the first start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["png", "jpg", "webp", "gz", "br", "woff", "woff2", "map"]
WHITENOISE_ADD_HEADERS_FUNCTION = add_headers
WHITENOISE_ALLOW_ALL_ORIGINS = False

# Language and time. "Today" is the day in this zone, in every report.

# Spoken to whoever has chosen none, and in the day mail.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]  # each in its own, for those who look for theirs
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured("LANGUAGE_CODE is en or hi.")
LOCALE_PATHS = [BASE_DIR / "traitortrack" / "locale"]
# Chosen on the sign-in page, for those who have not chosen in their profile.
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Kolkata")
TIME_ZONE_GIVEN = bool(env.str("TIME_ZONE", default=""))
USE_TZ = True

# Lists as files

EXPORTS = [
    "bags.exports.lists.BAGS",
    "bags.exports.lists.LINKS",
    "bags.exports.lists.SCANS",
    "billing.exporting.BILLS",
]
# With more rows the worker makes the file, and its asker finds it on the exports page for so many hours.
EXPORT_AT_ONCE_ROWS = env.int("EXPORT_AT_ONCE_ROWS", default=20_000)
EXPORT_KEPT_HOURS = env.int("EXPORT_KEPT_HOURS", default=24)
# Web servers and workers on several machines share it.
EXPORT_FOLDER = HOME / "exports"

# The trade

# They lock in this order, as everybody does: returns, bills, bags. Recounts lock nothing but their sack.
SCAN_EXTENSIONS = [
    "billing.returning.ReturnScanning",
    "billing.scanning.BillScanning",
    "bags.recounts.counting.CountScanning",
]
# Who tells which bills a sack was on, and when.
BAG_HOLDS = "billing.holds.holds_of"
# Who erases a person, each in the tables of an app; the audit log comes last, for it covers what all did.
PERSON_ERASERS = [
    "accounts.erasing.erase",
    "bags.erasing.erase",
    "billing.erasing.erase",
    "monitoring.erasing.erase",
    "audit.erasing.erase",
]
# What each app knows as a word of its own: a code, a number, a verdict. No person is erased by such a word.
PERSON_WORDS_OF_OURS = [
    "accounts.erasing.is_ours",
    "bags.erasing.is_ours",
    "billing.erasing.is_ours",
    "audit.erasing.is_ours",
]
# How long things are kept, in days; 0 is for ever. What happened with bags and bills always is.
RETENTION_DAYS = {
    "addresses": env.int("RETENTION_ADDRESSES_DAYS", default=30),
    "sign_in_failures": env.int("RETENTION_SIGN_IN_FAILURES_DAYS", default=30),
    "email_changes": env.int("RETENTION_EMAIL_CHANGES_DAYS", default=7),
    "notifications": env.int("RETENTION_NOTIFICATIONS_DAYS", default=90),
    "promotions": env.int("RETENTION_PROMOTIONS_DAYS", default=730),
    "failed_jobs": env.int("RETENTION_FAILED_JOBS_DAYS", default=90),
    "day_mails": env.int("RETENTION_DAY_MAILS_DAYS", default=365),
}
if any(days < 0 for days in RETENTION_DAYS.values()):
    raise ImproperlyConfigured("RETENTION_…_DAYS counts days; 0 keeps for ever.")
# Who knows what each kind means, in the tables of an app.
RETENTION_RULES = ["audit.addresses.RULES", "accounts.retention.RULES", "monitoring.retention.RULES"]
# The pages that open without a connection.
SCAN_SCREENS = [
    "bags.shell.PACKING",
    "bags.recounts.screen.COUNTING",
    "billing.screens.BILLING",
    "billing.screens.RETURNING",
]
# How bags, bills and areas are named in EPCIS events, and what makes the events' ids ours.
EPCIS_NAMESPACE = env.str("EPCIS_NAMESPACE", default="urn:traitortrack:")
if not re.fullmatch(r"[a-z][a-z0-9+.-]*:[^\s\"<>\\^`{|}#?]*[:/]|[a-z][a-z0-9+.-]*:", EPCIS_NAMESPACE):
    raise ImproperlyConfigured(
        "EPCIS_NAMESPACE is the beginning of a URI of yours, with : or / at its end, such as "
        "https://id.example.com/8901234/ or urn:example:."
    )
UNDO_WINDOW_SECONDS = env.int("UNDO_WINDOW_SECONDS", default=3600)
SCAN_RATE_LIMIT = env.str("SCAN_RATE_LIMIT", default="50/s")
SCAN_MAX_BYTES = 256 * 1024
# The kinds of files that bring many bags at once (bags.importing.kinds).
IMPORT_KINDS = [
    "bags.importing.kinds.BAGS",
    "bags.importing.kinds.BATCHES",
    "billing.importing.kind.BILLS",
]
# Small tables in the Django admin, by django-import-export.
IMPORT_EXPORT_SKIP_ADMIN_LOG = True  # the audit log tells
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True
IMPORT_EXPORT_TMP_STORAGE_CLASS = "import_export.tmp_storages.CacheStorage"  # for whichever process confirms
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=300) << 20
IMPORT_MAX_ROWS = env.int("IMPORT_MAX_ROWS", default=3_000_000)
IMPORT_MAX_SECONDS = env.int("IMPORT_MAX_SECONDS", default=900)
# What anybody may send, in bytes; more is read at these addresses only, and from admins.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
UPLOAD_PATHS = re.compile(r"/imports/|/scan/queue-file/|/admin/[a-z]+/[a-z]+/import/")
FILE_UPLOAD_HANDLERS = [
    "bags.importing.uploads.CappedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

RATELIMIT_FAIL_OPEN = True
SILENCED_SYSTEM_CHECKS = [
    # User names are unique without regard to letter case, by a constraint on the lower-cased name.
    "auth.W004",
    # django-ratelimit knows only Django's own Redis backend; django-redis increments atomically too.
    "django_ratelimit.E003",
    "django_ratelimit.W001",
]

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
