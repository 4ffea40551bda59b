import re
import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import second_factor
from accounts.models import Notification, RecoveryCode, Session
from accounts.second_factor import WrongCode, pass_second_factor, reset_second_factor, set_up_app
from audit.log import Signature
from audit.models import AuditLog
from tests.accounts.conftest import code_of, words
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def verify(client, token, **more):
    return client.post("/accounts/verify/", {"token": token, **more})


def actions():
    return list(AuditLog.objects.order_by("id").values_list("actor", "action", "after"))


def test_the_password_alone_opens_nothing(client, sign_in, app):
    app("ravi")
    answer = sign_in("ravi")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/verify/?next=%2F")
    assert client.get("/scan/")["Location"] == "/accounts/login/?next=/scan/"
    assert client.get("/accounts/login/?next=/scan/")["Location"] == "/accounts/verify/?next=%2Fscan%2F"
    refused = client.get("/api/v1/stats")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_needed")
    for path in ("/accounts/password/", "/accounts/second-factor/"):
        assert client.get(path)["Location"].startswith("/accounts/verify/")
    assert client.get("/accounts/sessions/").status_code == 302
    assert actions() == []


def test_with_the_code_it_opens_under_a_new_session_id(client, sign_in, app):
    phone = app("ravi")
    sign_in("ravi")
    before = client.session.session_key
    answer = verify(client, code_of(phone), next="/scan/")
    assert (answer.status_code, answer["Location"]) == (302, "/scan/")
    assert client.get("/scan/").status_code == 200
    assert client.session.session_key != before
    assert not Session.objects.filter(pk=before).exists()
    assert actions() == [("ravi", "signed_in", {"second_factor": "app"})]
    assert client.get("/accounts/verify/")["Location"] == "/"


WRONG = {
    "two steps early": lambda phone: code_of(phone, -2),
    "two steps late": lambda phone: code_of(phone, 2),
    "Arabic digits": lambda phone: code_of(phone).translate({48 + n: 0x660 + n for n in range(10)}),
    "full-width digits": lambda phone: code_of(phone).translate({48 + n: 0xFF10 + n for n in range(10)}),
    "signs that Python takes for numbers": lambda phone: f"+{code_of(phone)[1:]}",
    "underscores": lambda phone: f"{code_of(phone)[:3]}_{code_of(phone)[3:]}",
    "seven digits": lambda phone: f"0{code_of(phone)}",
    "nothing": lambda _phone: "",
    "NUL": lambda phone: f"\0{code_of(phone)}",
    "10,000 characters": lambda _phone: "1" * 10_000,
    "markup": lambda _phone: "<script>alert(1)</script>",
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_no_code_opens_nothing(client, sign_in, app, wrong, time_machine):
    time_machine.move_to("2026-11-24T09:15:10+05:30", tick=False)
    phone = app("ravi")
    sign_in("ravi")
    answer = verify(client, wrong(phone))
    assert answer.status_code == 200
    assert "This code is not right" in words(answer)
    assert client.get("/scan/").status_code == 302
    assert actions() == []


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_off(client, sign_in, app, steps, time_machine):
    time_machine.move_to("2026-11-24T09:15:10+05:30", tick=False)
    phone = app("ravi")
    sign_in("ravi")
    shown = code_of(phone, steps)
    assert verify(client, f" {shown[:3]} {shown[3:]} ").status_code == 302


def test_a_code_counts_once(app, people):
    code = code_of(app("ravi"))
    assert pass_second_factor(user=people["ravi"], token=code) == "app"
    with pytest.raises(WrongCode):
        pass_second_factor(user=people["ravi"], token=code)


def test_another_ones_code_is_none(app, people):
    app("ravi")
    with pytest.raises(WrongCode):
        pass_second_factor(user=people["ravi"], token=code_of(app("meena")))


def test_failures_slow_the_next_try_down(app, people, time_machine):
    time_machine.move_to("2026-11-24T09:15:01+05:30", tick=False)
    phone = app("ravi")
    for _ in range(3):
        with pytest.raises(WrongCode):
            pass_second_factor(user=people["ravi"], token="000000")
    with pytest.raises(WrongCode):
        pass_second_factor(user=people["ravi"], token=code_of(phone))
    time_machine.move_to("2026-11-24T09:15:06+05:30", tick=False)
    assert pass_second_factor(user=people["ravi"], token=code_of(phone)) == "app"


def at_once(user, tokens):
    """How many of the tokens are taken, all tried in the same moment by connections of their own."""
    taken, start = [], threading.Barrier(len(tokens))

    def one(token):
        try:
            start.wait()
            taken.append(pass_second_factor(user=user, token=token))
        except WrongCode:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(taken)


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_codes_at_once_count_once(app, people):
    assert at_once(people["ravi"], [code_of(app("ravi"))] * 20) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_equal_codes_count_more_than_once(app, people, monkeypatch):
    """The twin: the row is read without a lock, and every reader waits for the others before it judges."""
    code, together = code_of(app("ravi")), threading.Barrier(5)
    judge = TOTPDevice.verify_token

    def all_together(self, token):
        together.wait()
        return judge(self, token)

    monkeypatch.setattr(TOTPDevice, "verify_token", all_together)
    monkeypatch.setattr(
        TOTPDevice.objects.__class__, "select_for_update", lambda self: self.get_queryset(), raising=False
    )
    assert at_once(people["ravi"], [code] * 5) > 1


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_recovery_codes_at_once_count_once(people):
    key = second_factor.new_key()
    phone = TOTPDevice(user=people["ravi"], key=key)
    signed = Signature(actor="ravi")
    codes = set_up_app(user=people["ravi"], key=key, token=code_of(phone), keep=None, signed=signed)
    assert at_once(people["ravi"], [codes[0]] * 20) == 1


@pytest.fixture
def set_up(client, signed_in, people):
    """set_up("asha") by the page -> (code app, recovery codes shown)."""

    def one(name):
        signed_in(name)
        client.get("/accounts/second-factor/")
        phone = TOTPDevice(user=people[name], key=client.session["second_factor_key"])
        page = client.post("/accounts/second-factor/", {"token": code_of(phone), "password": PASSWORD})
        return phone, re.findall(r"<li>([a-z0-9-]{14})</li>", page.content.decode())

    return one


def test_setting_up_shows_ten_codes_once_and_keeps_only_their_hashes(client, set_up, people):
    before = Client()
    before.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    phone, codes = set_up("ravi")
    assert len(set(codes)) == 10
    stored = list(RecoveryCode.objects.values_list("code_hash", flat=True))
    assert len(stored) == 10
    assert not [code for code in codes if any(code.replace("-", "") in one for one in stored)]
    assert client.get("/scan/").status_code == 200
    assert before.get("/scan/").status_code == 302  # that one has shown no code yet
    again = words(client.get("/accounts/second-factor/"))
    assert "10 recovery codes are left" in again
    assert phone.key not in again
    assert codes[0] not in again
    assert actions() == [("ravi", "second_factor_set_up", {"second_factor": True})]


def test_a_wrong_code_sets_nothing_up(client, signed_in):
    signed_in("ravi")
    client.get("/accounts/second-factor/")
    key = client.session["second_factor_key"]
    answer = client.post("/accounts/second-factor/", {"token": "000000", "password": PASSWORD})
    assert "This code is not right" in words(answer)
    assert (TOTPDevice.objects.count(), RecoveryCode.objects.count(), actions()) == (0, 0, [])
    assert client.session["second_factor_key"] == key


@pytest.mark.parametrize("given", [{}, {"password": ""}, {"password": "wrong"}], ids=str)
def test_a_stolen_session_sets_nothing_up(client, signed_in, people, given):
    """The password is asked for, under the lock of the sign-in, and the owner's session stays."""
    owner = Client()
    owner.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    signed_in("ravi")
    assert 'name="password"' in words(client.get("/accounts/second-factor/"))
    phone = TOTPDevice(user=people["ravi"], key=client.session["second_factor_key"])
    answer = client.post("/accounts/second-factor/", {"token": code_of(phone), **given})
    assert "This is not your password" in words(answer)
    for _ in range(5):
        client.post("/accounts/second-factor/", {"token": code_of(phone), "password": "wrong"})
    client.post("/accounts/second-factor/", {"token": code_of(phone), "password": PASSWORD})
    assert (TOTPDevice.objects.count(), RecoveryCode.objects.count(), actions()) == (0, 0, [])
    assert not Notification.objects.filter(user=people["ravi"]).exists()
    assert owner.get("/scan/").status_code == 200


def test_right_after_the_sign_in_no_password_is_asked_again(client, sign_in, people, settings):
    settings.SECOND_FACTOR = "required"
    sign_in("asha")
    assert 'name="password"' not in words(client.get("/accounts/second-factor/"))
    phone = TOTPDevice(user=people["asha"], key=client.session["second_factor_key"])
    client.post("/accounts/second-factor/", {"token": code_of(phone)})
    assert TOTPDevice.objects.get().user == people["asha"]


def test_setting_up_ends_the_other_sessions_and_tells_the_owner(client, people, set_up):
    other = Client()
    other.force_login(people["ravi"], backend="accounts.backends.PasswordBackend")
    set_up("ravi")
    assert [one.pk for one in Session.objects.filter(user=people["ravi"])] == [client.session.session_key]
    told = Notification.objects.get()
    assert (told.user, told.kind, told.link) == (
        people["ravi"],
        "code_app_set_up",
        "/accounts/second-factor/",
    )
    assert "A code app was set up for you" in words(client.get("/notifications/"))


def test_a_recovery_code_opens_once(client, sign_in, set_up):
    _phone, codes = set_up("ravi")
    for code, status in ((codes[3].upper(), 302), (codes[3], 200), (codes[4].replace("-", " "), 302)):
        client.post("/accounts/logout/")
        sign_in("ravi")
        assert verify(client, code).status_code == status
    assert actions()[-1] == ("ravi", "signed_in", {"second_factor": "recovery_code"})
    assert RecoveryCode.objects.filter(used_at=None).count() == 8


def test_new_recovery_codes_end_the_old_ones(client, set_up, people):
    _phone, old = set_up("ravi")
    page = client.post("/accounts/second-factor/", {"token": old[0], "action": "codes"})
    fresh = re.findall(r"<li>([a-z0-9-]{14})</li>", page.content.decode())
    assert len(fresh) == 10
    with pytest.raises(WrongCode):
        pass_second_factor(user=people["ravi"], token=old[1])
    assert pass_second_factor(user=people["ravi"], token=fresh[1]) == "recovery_code"


@pytest.mark.parametrize("action", ["codes", "remove"])
def test_changing_it_takes_a_code(client, set_up, action):
    set_up("ravi")
    before = list(RecoveryCode.objects.values_list("code_hash", flat=True))
    answer = client.post("/accounts/second-factor/", {"token": "000000", "action": action})
    assert "This code is not right" in words(answer)
    assert list(RecoveryCode.objects.values_list("code_hash", flat=True)) == before
    assert TOTPDevice.objects.count() == 1


def test_an_admin_who_takes_it_away_must_set_up_another(client, set_up, settings):
    _phone, codes = set_up("asha")
    settings.SECOND_FACTOR = "required"
    answer = client.post("/accounts/second-factor/", {"token": codes[0], "action": "remove"})
    assert answer["Location"].startswith("/accounts/second-factor/")
    assert client.get("/admin/").status_code == 302
    assert client.get("/api/v1/bills").json()["error"]["code"] == "second_factor_needed"
    assert "Set up your code app" in words(client.get("/accounts/second-factor/"))


def test_a_loss_is_handled_by_another_admin(client, set_up, people, operator):
    set_up("asha")
    with pytest.raises(ValidationError, match="another admin"):
        reset_second_factor(target=people["asha"], by=operator("asha"))
    assert TOTPDevice.objects.count() == 1
    reset_second_factor(target=people["asha"], by=operator("kavya"))
    assert (TOTPDevice.objects.count(), RecoveryCode.objects.count()) == (0, 0)
    assert client.get("/api/v1/stats").status_code == 401
    assert actions()[-1] == ("kavya", "second_factor_removed", {"second_factor": False})
    reset_second_factor(target=people["asha"], by=operator("kavya"))
    assert len(actions()) == 2


def test_too_many_codes_wait(client, sign_in, app, settings):
    phone = app("ravi")
    sign_in("ravi")
    settings.SIGN_IN_RATE_LIMIT = "0/m"
    answer = verify(client, code_of(phone))
    assert (answer.status_code, answer.has_header("Retry-After")) == (429, True)
    assert client.get("/scan/").status_code == 302


def test_verify_without_a_password_leads_to_the_sign_in(client, db):
    assert client.get("/accounts/verify/")["Location"] == "/accounts/login/?next=/"
    assert verify(client, "123456")["Location"] == "/accounts/login/?next=/"


def test_half_way_in_another_person_may_sign_in(client, sign_in, app):
    app("ravi")
    sign_in("ravi")
    assert sign_in("meena").status_code == 302
    assert client.get("/api/v1/session").status_code == 200


def test_signing_in_again_asks_for_the_code_again(client, sign_in, app):
    phone = app("ravi")
    sign_in("ravi")
    verify(client, code_of(phone))
    client.post("/accounts/login/", {"username": "ravi", "password": "wrong"})
    assert sign_in("ravi")["Location"] == "/"  # already in: led on, nothing asked
    client.post("/accounts/logout/")
    assert sign_in("ravi")["Location"] == "/accounts/verify/?next=%2F"


def test_the_secrets_do_not_lie_open_in_the_django_admin(signed_in, app):
    phone = app("ravi")
    client = signed_in("asha")
    assert client.get(f"/admin/otp_totp/totpdevice/{phone.pk}/change/").status_code == 404
    assert "otp_totp" not in words(client.get("/admin/"))
