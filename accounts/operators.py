"""Who acts, as every service wants to know it."""

from dataclasses import dataclass
from typing import Self

from django.http import HttpRequest

from accounts.addresses import client_ip
from accounts.models import Role, User
from audit.log import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The person behind a call, with what decides their rights. `area` is an area's slug or None.

    `signature` is how the audit log names who called.
    """

    id: int
    name: str
    role: str
    area: str | None
    signature: Signature

    @classmethod
    def of(cls, user: User, *, signature: Signature | None = None) -> Self:
        return cls(
            id=user.pk,
            name=user.username,
            role=user.role,
            area=user.area_id,
            signature=signature or Signature(actor=user.username),
        )

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def sees_all(self) -> bool:
        return self.role in (Role.ADMIN, Role.BILLER)

    @property
    def may_bill(self) -> bool:
        return self.role in (Role.ADMIN, Role.BILLER)


def signature_of(request: HttpRequest, user: User) -> Signature:
    """How the audit log names `user` for what this request does."""
    return Signature(
        actor=user.username,
        address=client_ip(request),
        request_id=request.request_id,  # type: ignore[attr-defined]
    )
