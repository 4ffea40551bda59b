"""Who acts, as every service wants to know it."""

from dataclasses import dataclass
from typing import Self

from accounts.models import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """The person behind a call, with what decides their rights. `area` is an area's slug or None."""

    id: int
    name: str
    role: str
    area: str | None
    request_id: str = ""

    @classmethod
    def of(cls, user: User, *, request_id: str = "") -> Self:
        return cls(id=user.pk, name=user.username, role=user.role, area=user.area_id, request_id=request_id)

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def sees_all(self) -> bool:
        return self.role in (Role.ADMIN, Role.BILLER)

    @property
    def may_bill(self) -> bool:
        return self.role in (Role.ADMIN, Role.BILLER)
