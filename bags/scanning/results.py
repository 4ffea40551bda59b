"""Result codes of a scan, how severe each is, and which scans can be taken back."""

from enum import StrEnum


class Result(StrEnum):
    # success
    PARENT_OPENED = "parent_opened"
    LINKED = "linked"
    LINKED_LAST = "linked_last"
    CLOSED = "closed"
    MOVED = "moved"
    BILLED = "billed"
    UNBILLED = "unbilled"
    RETURNED = "returned"
    UNRETURNED = "unreturned"
    LOOKED_UP = "looked_up"
    RECOUNT_OPENED = "recount_opened"
    COUNTED = "counted"
    UNDONE = "undone"
    # notice
    ALREADY_HERE = "already_here"
    ALREADY_BILLED_HERE = "already_billed_here"
    ALREADY_RETURNED_HERE = "already_returned_here"
    ALREADY_COUNTED = "already_counted"
    # attention
    NEED_PARENT = "need_parent"
    IN_OTHER_PARENT = "in_other_parent"
    CONFLICT = "conflict"
    # block
    UNREADABLE = "unreadable"
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"
    WRONG_KIND = "wrong_kind"
    LOT_DIFFERS = "lot_differs"
    PARENT_BILLED = "parent_billed"
    PARENT_FULL = "parent_full"
    PARENT_CLOSED = "parent_closed"
    PARENT_EMPTY = "parent_empty"
    BILL_FINAL = "bill_final"
    ON_OTHER_BILL = "on_other_bill"
    NOT_ON_BILL = "not_on_bill"
    RETURN_FINAL = "return_final"
    NOT_DISPATCHED = "not_dispatched"
    ON_OTHER_RETURN = "on_other_return"
    NOT_ON_RETURN = "not_on_return"
    NOT_COUNTING = "not_counting"
    RECOUNT_FULL = "recount_full"
    NOTHING_TO_UNDO = "nothing_to_undo"
    UNDO_NOT_YOURS = "undo_not_yours"
    UNDO_TOO_LATE = "undo_too_late"
    UNDO_SUPERSEDED = "undo_superseded"
    KEY_REUSED = "key_reused"


SUCCESS = frozenset(
    {
        Result.PARENT_OPENED,
        Result.LINKED,
        Result.LINKED_LAST,
        Result.CLOSED,
        Result.MOVED,
        Result.BILLED,
        Result.UNBILLED,
        Result.RETURNED,
        Result.UNRETURNED,
        Result.LOOKED_UP,
        Result.RECOUNT_OPENED,
        Result.COUNTED,
        Result.UNDONE,
    }
)
NOTICE = frozenset(
    {
        Result.ALREADY_HERE,
        Result.ALREADY_BILLED_HERE,
        Result.ALREADY_RETURNED_HERE,
        Result.ALREADY_COUNTED,
    }
)
ATTENTION = frozenset({Result.NEED_PARENT, Result.IN_OTHER_PARENT, Result.CONFLICT})

LINKING = frozenset({Result.LINKED, Result.LINKED_LAST, Result.MOVED})
UNDOABLE = LINKING | {Result.CLOSED, Result.BILLED, Result.RETURNED, Result.COUNTED}
# A sack on its way back is on a completed bill, and its return is not. Counting changes no sack.
UNDOABLE_WHEN_FINAL = frozenset({Result.RETURNED, Result.COUNTED})

# An offline scan that ends so is kept as a conflict for a person to look at.
CONFLICTING = frozenset(
    {
        Result.IN_OTHER_PARENT,
        Result.PARENT_BILLED,
        Result.PARENT_FULL,
        Result.PARENT_CLOSED,
        Result.LOT_DIFFERS,
        Result.ON_OTHER_BILL,
        Result.BILL_FINAL,
    }
)


def severity(code: Result) -> str:
    """success, notice, attention or block: which colour and sound the operator meets."""
    if code in SUCCESS:
        return "success"
    if code in NOTICE:
        return "notice"
    return "attention" if code in ATTENTION else "block"
