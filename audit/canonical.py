"""What the chain covers, as bytes that anybody can make again from an entry. Pure.

An entry is split: its personal parts (who acted, from which address, the words and values of what happened)
enter the chain only as commitments, SHA-256(salt + canonical JSON of the part); all else enters as it is.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

PARTS = ("who", "address", "what")
# Before the first entry.
GENESIS = bytes(32)

# An audit_auditlog row named `entry` as one JSON text: what Facts.of reads.
FACTS = """json_build_array(
    entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor,
    entry.on_behalf_of, entry.action, entry.target_type, entry.target_id, entry.target_label, entry.before,
    entry.after, entry.reason, entry.device, entry.address, entry.request_id)::text"""


@dataclass(frozen=True, slots=True)
class Facts:
    """An entry as the chain sees it: `plain` enters as it is, `who`, `address` and `what` as commitments."""

    plain: dict[str, Any]
    who: dict[str, Any]
    address: dict[str, Any]
    what: dict[str, Any]

    @classmethod
    def of(cls, text: str | bytes) -> "Facts":
        """Of the text that FACTS makes."""
        number, at, actor, on_behalf_of, action, target_type, target_id, *rest = orjson.loads(text)
        target_label, before, after, reason, device, address, request_id = rest
        return cls(
            plain={
                "id": number,
                "at": at,
                "action": action,
                "target_type": target_type,
                "target_id": target_id,
                "device": device,
                "request_id": request_id,
            },
            who={"actor": actor, "on_behalf_of": on_behalf_of},
            address={"address": address},
            what={"target_label": target_label, "before": before, "after": after, "reason": reason},
        )

    @property
    def personal(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """The parts in the order of PARTS."""
        return self.who, self.address, self.what


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no blanks, in UTF-8."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def commitment(salt: bytes, part: dict[str, Any]) -> bytes:
    """What the chain holds of a personal part: nothing can be guessed from it without the salt, 16 bytes."""
    return sha256(salt + canonical(part)).digest()


def link(head: bytes, plain: dict[str, Any], who: bytes, address: bytes, what: bytes) -> bytes:
    """The hash of an entry that follows `head`."""
    covered = {**plain, "who": who.hex(), "address": address.hex(), "what": what.hex()}
    return sha256(head + canonical(covered)).digest()
