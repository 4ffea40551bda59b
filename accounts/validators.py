"""What makes a password too easy, beyond its length and the well-known lists."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.backends import MAX_PASSWORD
from accounts.models import User

OWN_WORDS = ("traitortrack", "warehouse", "mustard", "moong")
# So much has to be left once all words that anybody here would guess are taken out.
LEFT_OVER = 6


class OwnWordsValidator:
    """Refuses passwords made of the house's words or the person's own: name, e-mail, area, role."""

    def validate(self, password: str, user: User | None = None) -> None:
        if len(password) > MAX_PASSWORD:
            raise ValidationError(_("This password is too long."), code="password_too_long")
        rest = password.casefold()
        for word in sorted({*OWN_WORDS, *_words_of(user)}, key=len, reverse=True):
            rest = rest.replace(word, "")
        rest = re.sub(r"[\W_]", "", rest)
        if len(rest) < LEFT_OVER or _is_common(rest):
            raise ValidationError(
                _("This password is made of words that others would guess first. Use other words."),
                code="password_of_own_words",
            )

    def get_help_text(self) -> str:
        return _("Not the name of a person, a place or a thing from this warehouse.")


def _words_of(user: User | None) -> set[str]:
    if user is None:
        return set()
    told = " ".join((user.username, user.email.partition("@")[0], user.area_id or "", user.role))
    return {word for word in re.split(r"[\W_]+", told.casefold()) if len(word) > 2}


def _is_common(rest: str) -> bool:
    try:
        CommonPasswordValidator().validate(rest)
    except ValidationError:
        return True
    return False
