"""Bags, bills, exports and imports, and how long things are kept."""

import re

from django.core.exceptions import ImproperlyConfigured

from traitortrack.settings.environment import HOME, env

# Lists as files

EXPORTS = [
    "bags.exports.lists.BAGS",
    "bags.exports.lists.LINKS",
    "bags.exports.lists.SCANS",
    "bags.exports.lists.PARKED",
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
