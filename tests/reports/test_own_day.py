import pytest

from tests.reports.conftest import DAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_statics")]


def test_a_dispatcher_sees_the_own_day_only(day, signed_in):
    ravi = signed_in("ravi")
    own = ravi.get(f"/api/v1/reports/own?day={DAY}").json()
    assert own["about"] == "ravi, 24 Nov 2026"
    assert own["tables"][0]["total"]["packets"] == 28
    assert ravi.get(f"/api/v1/reports/own?day={DAY}&operator=RAVI").json()["tables"] == own["tables"]
    for name in ("arjun", "no-one"):  # nor whether a name exists
        answer = ravi.get(f"/api/v1/reports/own?operator={name}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")
    page = ravi.get("/reports/").content.decode()
    assert "/reports/own/" in page
    assert "/reports/day/" not in page


def test_billers_see_everybodys(day, signed_in):
    kavya = signed_in("kavya")
    assert kavya.get(f"/api/v1/reports/own?day={DAY}&operator=Arjun").json()["about"] == "arjun, 24 Nov 2026"
    assert kavya.get("/api/v1/reports/own?operator=no-one").status_code == 404
    assert kavya.get("/reports/own/?operator=no-one").status_code == 404
    assert kavya.get("/reports/own/?operator=%00").status_code == 404
