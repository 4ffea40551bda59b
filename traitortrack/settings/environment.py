"""Where everything is, what was given, and what is secret."""

import secrets
from contextlib import suppress
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

HOME = Path(env.str("TRAITORTRACK_HOME", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)

# Others rely on it: `check --deploy` asks for more then.
PRODUCTION = not DEBUG and bool(env.str("DATABASE_URL", default=""))


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
