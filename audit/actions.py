"""Every action code of the building, on one page."""

from enum import StrEnum


class Action(StrEnum):
    """What can happen to a thing. The value is stored, so a name here never changes its meaning."""

    # bags
    PARENT_CREATED = "parent_created"
    PARENT_CLOSED = "parent_closed"
    PARENT_REOPENED = "parent_reopened"
    CHILD_LINKED = "child_linked"  # before null: the child was registered by this scan
    CHILD_UNLINKED = "child_unlinked"
    RECOUNT_NEEDED = "recount_needed"
    RECOUNTED = "recounted"
    RECOUNT_STARTED = "recount_started"
    RECOUNT_FINISHED = "recount_finished"
    RECOUNT_DROPPED = "recount_dropped"
    CORRECTION_APPLIED = "correction_applied"
    CORRECTION_DISMISSED = "correction_dismissed"
    CORRECTION_REOPENED = "correction_reopened"
    CONFLICT_DECIDED = "conflict_decided"
    CONFLICT_REOPENED = "conflict_reopened"
    PARKED_DECIDED = "parked_decided"
    PARKED_REOPENED = "parked_reopened"
    QUEUE_IMPORTED = "queue_imported"
    CHILD_REGISTERED = "child_registered"  # by an import, in no sack
    IMPORT_APPLIED = "import_applied"
    IMPORT_TAKEN_BACK = "import_taken_back"
    IMPORT_DROPPED = "import_dropped"
    LABELS_RESERVED = "labels_reserved"
    LABELS_PRINTED = "labels_printed"
    LABELS_REPRINTED = "labels_reprinted"
    ROW_IMPORTED = "row_imported"  # a product or an area, by a file in the Django admin

    # bills
    BILL_CREATED = "bill_created"
    BILL_EDITED = "bill_edited"
    BILL_COMPLETED = "bill_completed"
    BILL_REOPENED = "bill_reopened"
    BILL_CANCELLED = "bill_cancelled"
    PARENT_BILLED = "parent_billed"
    PARENT_UNBILLED = "parent_unbilled"
    PARENT_RETURNED = "parent_returned"  # by a committed return; the bill keeps its frozen figures
    PARENT_RETURN_CANCELLED = "parent_return_cancelled"

    # dealers' returns
    RETURN_CREATED = "return_created"
    RETURN_COMMITTED = "return_committed"
    RETURN_CANCELLED = "return_cancelled"
    RETURN_LINE_ADDED = "return_line_added"
    RETURN_LINE_REMOVED = "return_line_removed"

    # reports
    DAY_MAIL_SENT = "day_mail_sent"

    # wallboards
    WALLBOARD_LINK_MADE = "wallboard_link_made"
    WALLBOARD_LINK_REVOKED = "wallboard_link_revoked"

    # people
    USER_CREATED = "user_created"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    USER_EDITED = "user_edited"
    USER_DEACTIVATED = "user_deactivated"
    USER_ACTIVATED = "user_activated"
    EMAIL_CHANGED = "email_changed"
    PROMOTION_ASKED = "promotion_asked"
    PROMOTION_APPROVED = "promotion_approved"
    PROMOTION_REJECTED = "promotion_rejected"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what happened, no password
    PASSWORD_RESET = "password_reset"  # noqa: S105 - by the link of an e-mail
    PASSWORD_GIVEN = "password_given"  # noqa: S105 - by an admin
    USER_UNLOCKED = "user_unlocked"
    PERSON_ERASED = "person_erased"
    SECOND_FACTOR_SET_UP = "second_factor_set_up"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    RECOVERY_CODES_MADE = "recovery_codes_made"

    # the house
    RETENTION_APPLIED = "retention_applied"

    # who looked at what
    RIGHT_REFUSED = "right_refused"
    EXPORTED = "exported"
    PERSONAL_DATA_READ = "personal_data_read"
