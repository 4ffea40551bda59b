"""How it is served: addresses, proxies, what browsers are told, static files, language and time."""

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from traitortrack.settings.environment import BASE_DIR, DEBUG, HOME, env
from traitortrack.static_headers import add_headers

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

# Spoken to whoever has chosen none, and in the daily mails.
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("hi", "हिन्दी")]  # each in its own, for those who look for theirs
if LANGUAGE_CODE not in dict(LANGUAGES):
    raise ImproperlyConfigured("LANGUAGE_CODE is en or hi.")
LOCALE_PATHS = [BASE_DIR / "traitortrack" / "locale"]
FORMAT_MODULE_PATH = "traitortrack.formats"
# Chosen on the sign-in page, for those who have not chosen in their profile.
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Kolkata")
TIME_ZONE_GIVEN = bool(env.str("TIME_ZONE", default=""))
USE_TZ = True
