from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.sessions import Session  # noqa: F401 - Django looks for an app's models here


class Area(models.Model):
    """A dispatch area. Ten ship as data; admins add more."""

    slug = models.SlugField(_("code"), max_length=40, primary_key=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("area")
        verbose_name_plural = _("areas")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    ADMIN = "admin", _("Admin")
    BILLER = "biller", _("Biller")
    DISPATCHER = "dispatcher", _("Dispatcher")


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, **{**fields, "role": Role.ADMIN})

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username or "")


class User(AbstractBaseUser):
    """A person who signs in. The role alone decides what they may do; a dispatcher works in one area."""

    username = models.CharField(_("user name"), max_length=150, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(_("e-mail"), blank=True)
    # An empty or unknown one is told in the default language.
    language = models.CharField(_("language"), max_length=8, blank=True, default="", db_default="")
    role = models.CharField(_("role"), max_length=12, choices=Role)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, verbose_name=_("area"))
    is_active = models.BooleanField(_("active"), default=True)
    # Given by somebody else, so that it is theirs alone only after the next sign-in.
    must_change_password = models.BooleanField(_("must change the password"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    # The name is a pseudonym since then.
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        constraints = [
            models.UniqueConstraint(
                Lower("username"),
                name="user_name_unique",
                violation_error_message=_("This user name is taken."),
            ),
            models.CheckConstraint(name="user_role_is_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.username

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin opens for this person."""
        return self.role == Role.ADMIN

    @property
    def is_superuser(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    def has_perm(self, _perm: str, _obj: object = None) -> bool:
        return self.is_active and self.role == Role.ADMIN

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, _app_label: str) -> bool:
        return self.is_active and self.role == Role.ADMIN


class EmailChange(models.Model):
    """The address that a person asked for last and has not confirmed yet; gone once it is."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, verbose_name=_("user"))
    email = models.EmailField(_("new e-mail"))
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("e-mail change")
        verbose_name_plural = _("e-mail changes")

    def __str__(self) -> str:
        return f"{self.user}: {self.email}"


class PromotionRequest(models.Model):
    """A person asks to become admin; another admin says yes or no, once."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")

    user = models.ForeignKey(User, models.PROTECT, related_name="promotions", verbose_name=_("user"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer = models.CharField(_("answer"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("promotion request")
        verbose_name_plural = _("promotion requests")
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="promotion_pending_once", condition=models.Q(state="pending")
            ),
            models.CheckConstraint(
                name="promotion_decided_by_another",
                condition=models.Q(state="pending", decided_by=None, decided_at=None)
                | (
                    models.Q(
                        state__in=["approved", "rejected"], decided_by__isnull=False, decided_at__isnull=False
                    )
                    & ~models.Q(decided_by=models.F("user"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.state}"


class Notification(models.Model):
    """Something a person is told. The words stand in accounts.notifications; here is what fills them.

    `link` is the address of a page of ours, or empty.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", verbose_name=_("user"))
    kind = models.CharField(_("kind"), max_length=24)
    facts = models.JSONField(_("facts"))
    link = models.CharField(_("link"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("at"))
    read_at = models.DateTimeField(_("read"), null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.CheckConstraint(
                name="notification_links_to_us",
                condition=models.Q(link="") | models.Q(link__regex="^/([^/]|$)"),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "id"], name="notification_by_user"),
            # The bell asks this on every page.
            models.Index(fields=["user"], name="notification_unread", condition=models.Q(read_at=None)),
            models.Index(fields=["created_at"], name="notification_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.kind}"


class RecoveryCode(models.Model):
    """Stands in for a lost code app, once. Only its hash is kept; all ten of a person share one salt."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", verbose_name=_("user"))
    code_hash = models.CharField(_("hash"), max_length=160)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_unique")]

    def __str__(self) -> str:
        return f"{self.user} {self.pk}"
