"""Asking to become admin, and the answer, one function for each."""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import notifications
from accounts.models import PromotionRequest, Role
from accounts.operators import Operator
from accounts.people import PersonRefused, lock_person, make_admin
from audit.actions import Action
from audit.database import database_now
from audit.log import Entry, record

State = PromotionRequest.State


def ask_promotion(*, reason: str, by: Operator) -> PromotionRequest:
    """Ask to become admin. Raises PersonRefused `admin_already`, `reason_needed` or `asked_already`."""
    if by.role == Role.ADMIN:
        raise PersonRefused("admin_already", _("You are an admin already."))
    if not reason.strip():
        raise PersonRefused("reason_needed", _("Say why you need to be admin. Nothing was sent."))
    asked = PromotionRequest(user_id=by.id, reason=reason.strip()[:500], asked_at=database_now())
    try:
        with transaction.atomic():
            asked.save(force_insert=True)
            _record(Action.PROMOTION_ASKED, asked, by, None, {"state": State.PENDING}, asked.reason)
            notifications.notify(
                notifications.admins(),
                notifications.PROMOTION_ASKED,
                link=reverse("user", args=[by.id]),
                name=by.name,
            )
    except IntegrityError:
        raise PersonRefused(
            "asked_already", _("You have asked already. An admin will answer; nothing was sent again.")
        ) from None
    return asked


@transaction.atomic
def approve_promotion(*, request_id: int, by: Operator) -> PromotionRequest:
    """Make the person an admin. Raises PersonRefused `not_allowed`, `unknown`, `decided_already`,
    `own_request` or `inactive`."""
    asked = _decide(request_id, State.APPROVED, by, "")
    if not asked.user.is_active:
        raise PersonRefused("inactive", _("This person is not active. Nothing was changed."))
    if asked.user.role != Role.ADMIN:
        make_admin(asked.user, by=by)
    notifications.notify([asked.user_id], notifications.PROMOTION_APPROVED, by=by.name)
    return asked


@transaction.atomic
def reject_promotion(*, request_id: int, answer: str, by: Operator) -> PromotionRequest:
    """Say no, with a reason that the person is told. Raises as `approve_promotion`, and `reason_needed`."""
    if not answer.strip():
        raise PersonRefused("reason_needed", _("Say why not: the person is told. Nothing was changed."))
    asked = _decide(request_id, State.REJECTED, by, answer.strip()[:500])
    notifications.notify(
        [asked.user_id],
        notifications.PROMOTION_REJECTED,
        link="/accounts/profile/",
        by=by.name,
        answer=asked.answer,
    )
    return asked


def _decide(request_id: int, state: State, by: Operator, answer: str) -> PromotionRequest:
    """Answer the request. All admins are locked, so of two at once the second is told that it is decided."""
    user_id = PromotionRequest.objects.filter(pk=request_id).values_list("user_id", flat=True).first()
    user = lock_person(user_id or 0, by=by)
    asked = PromotionRequest.objects.get(pk=request_id)
    asked.user = user
    if asked.state != State.PENDING:
        raise PersonRefused("decided_already", _("This request is answered already. Nothing was changed."))
    if asked.user_id == by.id:
        raise PersonRefused("own_request", _("Another admin has to answer this. Nothing was changed."))
    asked.state, asked.decided_by_id, asked.decided_at, asked.answer = state, by.id, database_now(), answer
    asked.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    action = Action.PROMOTION_APPROVED if state == State.APPROVED else Action.PROMOTION_REJECTED
    _record(action, asked, by, {"state": State.PENDING}, {"state": state}, answer)
    return asked


def _record(
    action: Action,
    asked: PromotionRequest,
    by: Operator,
    before: dict[str, str] | None,
    after: dict[str, str],
    reason: str,
) -> None:
    entry = Entry(
        at=database_now(),
        action=action,
        target_type="promotion",
        target_id=str(asked.pk),
        target_label=by.name if before is None else asked.user.username,
        before=before,
        after=after,
        reason=reason,
    )
    record(entry, signed=by.signature)
