"""schemathesis makes up calls out of our own schema: no 500 ever, and answers as the schema says."""

from functools import cache

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from traitortrack.api import api

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "t" * 32
schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


application = cache(get_wsgi_application)


@pytest.fixture
def cookies(signed_in):
    """Those of Asha, who may do everything."""
    return {"session": signed_in("asha").cookies["session"].value, "csrf": TOKEN}


@schema.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent(case, cookies, fill):
    case.headers = {**(case.headers or {}), "X-CSRFToken": TOKEN}
    case.cookies = cookies
    case.call_and_validate(app=get_wsgi_application(), base_url="http://localhost", checks=CHECKS)
