"""A person is erased: what they did stays, under a pseudonym that nothing leads back from."""

import secrets
from collections.abc import Callable, Sequence
from functools import cache

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.models import EmailChange, User
from accounts.operators import Operator
from accounts.people import PersonRefused, lock_person, lock_with_admins, masked
from audit.log import Signature
from audit.persons import Person

Eraser = Callable[[Person, Signature], object]
WORDS_AT_MOST, SHORTEST_WORD = 20, 4


@transaction.atomic
def anonymise_person(*, user_id: int, words: Sequence[str] = (), by: Operator) -> User:
    """Erase a person everywhere, for an admin; `words` are other names that texts call them by. Active: the
    door is closed with it. Erased before, and no words: nothing happens. Raises PersonRefused `not_allowed`,
    `unknown`, `last_admin`, `own_erasure`, `word_too_short`, `word_is_ours` or `word_is_anothers`."""
    user = lock_person(user_id, by=by)
    if user.pk == by.id:
        raise PersonRefused("own_erasure", _("Another admin has to do this for you. Nothing was changed."))
    return _anonymise(user, words, by.signature)


@transaction.atomic
def anonymise_by_name(*, name: str, words: Sequence[str] = (), signed: Signature) -> User:
    """The same for a program of the house. Raises PersonRefused `unknown`, `last_admin`,
    `word_too_short`, `word_is_ours` or `word_is_anothers`."""
    found = User.objects.filter(username__iexact=name).first()
    if found is None:
        raise PersonRefused("unknown", _("There is no such person. Nothing was changed."))
    return _anonymise(lock_with_admins(found.pk)[found.pk], words, signed)


def _anonymise(user: User, words: Sequence[str], signed: Signature) -> User:
    others = _checked(user, words)
    if user.is_erased and not others:
        return user
    asked = EmailChange.objects.filter(user=user).values_list("email", flat=True)
    mails = [text for mail in (user.email, *asked) if mail for text in (mail, masked(mail))]
    pseudonym = user.username if user.is_erased else f"person-{secrets.token_hex(4)}"
    person = Person(
        id=user.pk,
        name=user.username,
        words=tuple(others),
        pseudonym=pseudonym,
        mails=tuple(mails),
        ordinary=len(user.username) < SHORTEST_WORD or _is_ours(user.username),
    )
    for erase in _erasers():
        erase(person, signed)
    user.refresh_from_db()
    return user


def _checked(user: User, words: Sequence[str]) -> list[str]:
    told = [User.normalize_username(word.strip()) for word in words if word.strip()]
    if len(told) > WORDS_AT_MOST or any(len(word) < SHORTEST_WORD for word in told):
        raise PersonRefused(
            "word_too_short",
            _("Other names have {least} letters or more, and there are {most} of them at most.").format(
                least=SHORTEST_WORD, most=WORDS_AT_MOST
            ),
        )
    for word in told:
        if _is_ours(word):
            raise PersonRefused(
                "word_is_ours",
                _(
                    "{word} is a code, a number or a word of this system, so it stays. Nothing was changed. "
                    "Leave it out."
                ).format(word=word),
            )
        if User.objects.exclude(pk=user.pk).filter(username__iexact=word).exists():
            raise PersonRefused(
                "word_is_anothers",
                _("{word} is the user name of somebody else. Nothing was changed. Leave it out.").format(
                    word=word
                ),
            )
    return told


def _is_ours(word: str) -> bool:
    return any(is_ours(word) for is_ours in _words_of_ours())


@cache
def _words_of_ours() -> tuple[Callable[[str], bool], ...]:
    return tuple(import_string(path) for path in settings.PERSON_WORDS_OF_OURS)


@cache
def _erasers() -> tuple[Eraser, ...]:
    return tuple(import_string(path) for path in settings.PERSON_ERASERS)
