from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditLog(models.Model):
    """One change of state: who, what, to which thing, before and after.

    Names are copied, not linked, so that an entry outlives what it describes. `before` is null
    where the thing is new; both hold only the fields that changed.
    """

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("actor"), max_length=150)
    on_behalf_of = models.CharField(_("on behalf of"), max_length=150, blank=True, default="", db_default="")
    action = models.CharField(_("action"), max_length=40)
    target_type = models.CharField(_("kind of target"), max_length=20)
    target_id = models.CharField(_("target id"), max_length=40)
    target_label = models.CharField(_("target"), max_length=256)
    before = models.JSONField(_("before"), null=True)
    after = models.JSONField(_("after"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    device = models.UUIDField(_("device"), null=True)
    address = models.CharField(_("address"), max_length=45, blank=True, default="", db_default="")
    request_id = models.CharField(_("request id"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        constraints = [
            models.CheckConstraint(
                name="audit_entry_is_complete",
                condition=~models.Q(actor="") & ~models.Q(action="") & ~models.Q(target_id=""),
            ),
        ]
        indexes = [
            models.Index(fields=["target_type", "target_id", "id"], name="audit_by_target"),
            # Searched newest first, by the page: BRIN would find a day and not the last fifty entries of it.
            models.Index(fields=["at", "id"], name="audit_by_time"),
            models.Index(fields=["actor", "at", "id"], name="audit_by_actor"),
            models.Index(fields=["action", "at", "id"], name="audit_by_action"),
            # For those who did much, but never this: 0.8 s at ten million entries without it.
            models.Index(fields=["actor", "action", "at", "id"], name="audit_by_actor_action"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.target_label}"


class Seal(models.Model):
    """An entry's place in the chain. Written once by `audit.sealing`, some moments after the entry.

    `position` counts 1, 2, 3 … without gaps; `entry` is the id of the AuditLog row (no foreign key: an entry
    that is gone must be found, not forbid itself). `hash` is the SHA-256 of the hash before it and of the
    entry in canonical JSON, where each personal part (who, address, what: audit.canonical) is replaced by its
    commitment, the SHA-256 of that part's salt and text. Erasing a part blanks it in the entry, puts its
    commitment here and its salt away: the chain still fits, and nothing can be guessed back. `erasure` names
    the erasure that changed `who` or `what` last.
    """

    position = models.BigIntegerField(_("position"), primary_key=True)
    entry = models.BigIntegerField(_("entry"), unique=True)
    hash = models.BinaryField(_("hash"), max_length=32)
    who_salt = models.UUIDField(null=True)
    address_salt = models.UUIDField(null=True)
    what_salt = models.UUIDField(null=True)
    who = models.BinaryField(max_length=32, null=True)
    address = models.BinaryField(max_length=32, null=True)
    what = models.BinaryField(max_length=32, null=True)
    erasure = models.UUIDField(_("erasure"), null=True)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        constraints = [
            models.CheckConstraint(
                name=f"seal_has_{part}",
                condition=models.Q(**{f"{part}_salt": None, f"{part}__isnull": False})
                | models.Q(**{f"{part}_salt__isnull": False, part: None}),
            )
            for part in ("who", "address", "what")
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.entry}"


class Anchor(models.Model):
    """The chain as it stood at `at`: `count` seals, the last hash `head`, and every entry up to the id
    `through` sealed. `mac` is an HMAC over these with the key AUDIT_KEY, which the database does not know."""

    at = models.DateTimeField(_("at"))
    count = models.BigIntegerField(_("count"))
    head = models.BinaryField(_("head"), max_length=32)
    through = models.BigIntegerField(_("through"))
    mac = models.BinaryField(_("HMAC"), max_length=32)

    class Meta:
        verbose_name = _("anchor")
        verbose_name_plural = _("anchors")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.count}"
