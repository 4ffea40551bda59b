"""How people sign in, how long they stay signed in, and how often they may try."""

from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured

from traitortrack.settings.environment import PRODUCTION, env
from traitortrack.settings.web import HTTPS

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
# … and not its owner either, at a browser where they signed in before.
AXES_WHITELIST_CALLABLE = "accounts.known_browsers.has_own_tries"
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
BROWSER_COOKIE_NAME = "__Host-browser" if HTTPS else "browser"
BROWSER_COOKIE_AGE = timedelta(days=90)
CSRF_FAILURE_VIEW = "traitortrack.errors.csrf_failure"

# Messages to the next page stand in the session: one cookie less.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

RATELIMIT_FAIL_OPEN = True
