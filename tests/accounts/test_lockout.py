"""What guessing meets: one lock for one name at one address, and honest people beside it undisturbed."""

import os
import statistics
import time

import pytest
from axes.models import AccessAttempt
from django.test import Client

from accounts.models import Session
from accounts.passwords import unlock
from audit.models import AuditLog
from tests.accounts.conftest import words
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
GUESSES = int(os.environ.get("GUESSES", "200"))  # the long run: GUESSES=10000
TRIES = int(os.environ.get("TRIES", "7"))  # of each kind; the long run: TRIES=40


def locked(sign_in, name, **where):
    for _ in range(5):
        sign_in(name, "wrong", **where)
    return sign_in(name, **where).status_code == 200


def test_spellings_of_a_name_share_its_five_tries(sign_in, people):
    for name in ("ravi", "RAVI", "Ravi", "rAVI", "ravı"):
        sign_in(name, "wrong")
    assert sign_in("ravi").status_code == 200
    assert not Session.objects.filter(user=people["ravi"]).exists()


def test_a_forged_address_is_no_new_start(sign_in):
    for number in range(5):
        sign_in("ravi", "wrong", **{"X-Forwarded-For": f"198.51.100.{number}"})
    assert sign_in("ravi", **{"X-Forwarded-For": "198.51.100.9"}).status_code == 200


def test_behind_our_proxy_each_client_has_its_own_tries(sign_in, settings):
    settings.TRUSTED_PROXIES = 1
    assert locked(sign_in, "ravi", **{"X-Forwarded-For": "6.6.6.6"})
    assert sign_in("ravi", **{"X-Forwarded-For": "6.6.6.6, 198.51.100.1"}).status_code == 302


def test_a_neighbour_address_of_ipv6_is_the_same_guesser(sign_in):
    for number in range(5):
        sign_in("ravi", "wrong", address=f"2001:db8::{number}")
    assert sign_in("ravi", address="2001:db8::9").status_code == 200
    assert sign_in("ravi", address="2001:db8:0:1::9").status_code == 302


def test_tries_while_locked_do_not_extend_it(sign_in):
    assert locked(sign_in, "ravi")
    before = AccessAttempt.objects.get().attempt_time
    sign_in("ravi", "wrong")
    assert AccessAttempt.objects.get().attempt_time == before


def test_it_ends_after_fifteen_minutes(sign_in, time_machine):
    time_machine.move_to("2026-11-24T09:00:00+05:30")
    assert locked(sign_in, "ravi")
    time_machine.move_to("2026-11-24T09:14:00+05:30")
    assert sign_in("ravi").status_code == 200
    time_machine.move_to("2026-11-24T09:15:01+05:30")
    assert sign_in("ravi").status_code == 302


def test_an_admin_unlocks(sign_in, people, operator):
    unlock(target=people["ravi"], by=operator("asha"))
    assert AuditLog.objects.count() == 0
    assert locked(sign_in, "Ravi")
    unlock(target=people["ravi"], by=operator("asha"))
    assert sign_in("ravi").status_code == 302
    assert AuditLog.objects.values_list("actor", "action", "target_label").order_by("id")[0] == (
        "asha",
        "user_unlocked",
        "ravi",
    )


def test_no_password_is_kept_of_a_failure(sign_in):
    sign_in("ravi", "Almost-my-password-7")
    attempt = AccessAttempt.objects.get()
    assert "Almost-my-password-7" not in str([getattr(attempt, field.name) for field in attempt._meta.fields])


def test_too_many_at_once_wait_without_being_looked_at(sign_in, settings):
    settings.SIGN_IN_RATE_LIMIT = "3/h"
    name = f"nosuch{time.time_ns()}"
    answers = [sign_in(spelling, "wrong") for spelling in (name, name, name, name.upper())]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 3600
    assert "Too many at once" in words(answers[3])
    assert AccessAttempt.objects.get().failures_since_start == 3
    assert sign_in("ravi", "wrong").status_code == 200


def test_blanks_around_a_name_are_no_new_start(sign_in, settings):
    settings.SIGN_IN_RATE_LIMIT = "30/h"
    name = f"nosuch{time.time_ns()}"
    blanks = [" ", "\t", "\n", "\N{NO-BREAK SPACE}", "\N{EM SPACE}", "\N{IDEOGRAPHIC SPACE}", "\x1f"]
    tries = [
        sign_in(blanks[number % 7] * (number // 7) + name + blanks[number % 7] * number, "wrong")
        for number in range(70)
    ]
    assert [answer.status_code for answer in tries] == [200] * 30 + [429] * 40


def test_honest_people_sign_in_beside_an_attack_from_their_own_address(sign_in, settings, people):
    """Names that exist, names that do not, right and wrong spellings, all from the one address of the site.
    Locks and limits stand as in production."""
    settings.SIGN_IN_RATE_LIMIT = "30/m"
    attacker, refused = Client(), set()
    for number in range(GUESSES):
        name = ("asha", "kavya", f"guess{number}", "ASHA")[number % 4]
        refused.add(sign_in(name, f"guess-{number}", by=attacker).status_code)
        if number % (GUESSES // 20) == 0:
            honest = Client()
            assert sign_in(("ravi", "meena", "arjun")[number % 3], by=honest).status_code == 302
            assert honest.get("/api/v1/stats").status_code == 200
    assert refused == {200, 429}
    assert not Session.objects.filter(user__in=[people["asha"], people["kavya"]]).exists()
    assert sign_in("asha", address="10.9.9.9").status_code == 302


def test_a_stranger_behind_the_same_address_locks_nobody_out_of_their_own_browser(sign_in):
    own = Client()
    assert sign_in("ravi", by=own).status_code == 302
    own.cookies.pop("session")
    assert locked(sign_in, "ravi")  # by somebody else, at the same address
    assert sign_in("ravi", by=Client()).status_code == 200  # at a browser that nobody knows
    assert sign_in("Ravi", by=own).status_code == 302


def test_a_known_browser_has_five_tries_too(sign_in):
    stolen = Client()
    assert sign_in("ravi", by=stolen).status_code == 302
    stolen.cookies.pop("session")
    for _ in range(5):
        assert sign_in("ravi", "wrong", by=stolen).status_code == 200
    assert AccessAttempt.objects.count() == 0
    assert locked(sign_in, "ravi", by=stolen)
    assert AccessAttempt.objects.get().failures_since_start == 5


def test_a_browser_is_known_for_those_who_signed_in_there_and_for_no_others(sign_in, people):
    shared = Client()
    for name in ("ravi", "meena"):
        assert sign_in(name, by=shared).status_code == 302
        shared.cookies.pop("session")
    assert locked(sign_in, "arjun", by=shared)
    assert locked(sign_in, "ravi")
    assert locked(sign_in, "meena")
    for name in ("ravi", "meena"):
        assert sign_in(name, by=shared).status_code == 302
        shared.cookies.pop("session")
    assert "ravi" not in shared.cookies["browser"].value


@pytest.mark.parametrize("forged", ["", "x", "0123456789abcdef 0123456789abcdef", "a b:1uXyZ0:nosignature"])
def test_a_cookie_that_is_not_ours_is_none(sign_in, forged):
    browser = Client()
    browser.cookies["browser"] = forged
    assert locked(sign_in, "ravi", by=browser)


SLOW = ["django.contrib.auth.hashers.ScryptPasswordHasher"]


def test_the_time_tells_nothing_about_a_name(sign_in, settings, people):
    """Unknown, known, inactive and locked names, in turn, with the real hasher: medians within a tenth."""
    settings.PASSWORD_HASHERS = SLOW
    for name in ("ravi", "meena", "arjun"):
        people[name].set_password(PASSWORD)
        people[name].is_active = name != "meena"
        people[name].save()
    assert locked(sign_in, "arjun", address="10.0.0.3")
    took = {"nosuch": [], "ravi": [], "meena": [], "arjun": []}
    for turn in range(TRIES):
        for name, times in took.items():
            address = "10.0.0.3" if name == "arjun" else f"10.0.1.{turn}"
            began = time.thread_time()
            assert sign_in(name, "wrong-password-77", address=address).status_code == 200
            times.append(time.thread_time() - began)
    medians = [statistics.median(times) for times in took.values()]
    # A few tries on a busy machine tell a hash that is left out (a factor of ten), many tell a tenth.
    assert max(medians) / min(medians) < (1.1 if TRIES >= 20 else 1.3), medians
