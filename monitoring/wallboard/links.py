"""Making links, taking them back, and knowing one by its token. The token is told once, at the making."""

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.operators import Operator
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record
from monitoring.models import WallboardLink


class LinkRefused(Exception):
    """An operation on a link that is refused: nothing was changed. `code` is stable."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@transaction.atomic
def make_link(*, name: str, area: str | None, by: Operator) -> tuple[WallboardLink, str]:
    """A link for the screen that `name` tells, for everything or one area. Returns it with its token, which
    can be shown only now. Raises LinkRefused `not_allowed`, ValidationError by field."""
    _assert_admin(by)
    token = secrets.token_urlsafe(32)
    link = WallboardLink(
        name=name.strip(),
        area_id=area,
        token_hash=_hash(token),
        created_at=database_now(),
        created_by_id=by.id,
    )
    link.full_clean()
    link.save()
    _record(link, Action.WALLBOARD_LINK_MADE, after={"area": area}, by=by)
    return link, token


@transaction.atomic
def revoke_link(*, link_id: int, by: Operator) -> WallboardLink:
    """The link opens nothing from now on. Taken back already: nothing happens. Raises LinkRefused
    `not_allowed` or `unknown`."""
    _assert_admin(by)
    link = WallboardLink.objects.select_for_update().filter(pk=link_id).first()
    if link is None:
        raise LinkRefused("unknown", _("There is no such link. Nothing was changed."))
    if link.revoked_at is None:
        link.revoked_at, link.revoked_by_id = database_now(), by.id
        link.save(update_fields=["revoked_at", "revoked_by"])
        _record(
            link, Action.WALLBOARD_LINK_REVOKED, before={"revoked": False}, after={"revoked": True}, by=by
        )
    return link


def link_of(token: str) -> WallboardLink | None:
    """The link that a token opens, unless it was taken back."""
    return WallboardLink.objects.filter(token_hash=_hash(token), revoked_at=None).first()


def _assert_admin(by: Operator) -> None:
    if not by.is_admin:
        raise LinkRefused("not_allowed", _("Only admins make and take back links. Nothing was changed."))


def _hash(token: str) -> str:
    # A token is as random as a key: it needs no slow hash.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _record(
    link: WallboardLink,
    action: Action,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any],
    by: Operator,
) -> None:
    entry = Entry(
        at=database_now(),
        action=action,
        target_type="wallboard_link",
        target_id=str(link.pk),
        target_label=link.name,
        before=before,
        after=after,
    )
    record(entry, signed=by.signature)
