"""The one reader of the environment, in rooms. A value that is not understood stops the start with a hint.

`.env.example` lists every variable; a `.env` file beside manage.py is read too.
"""

from traitortrack.settings.database import *
from traitortrack.settings.environment import *
from traitortrack.settings.environment import BASE_DIR
from traitortrack.settings.mail import *
from traitortrack.settings.people import *
from traitortrack.settings.trade import *
from traitortrack.settings.watching import *
from traitortrack.settings.web import *

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

# Background work: each app's jobs stand in its jobs.py.

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = "traitortrack.jobs.trace"

SILENCED_SYSTEM_CHECKS = [
    # User names are unique without regard to letter case, by a constraint on the lower-cased name.
    "auth.W004",
    # django-ratelimit knows only Django's own Redis backend; django-redis increments atomically too.
    "django_ratelimit.E003",
    "django_ratelimit.W001",
]
