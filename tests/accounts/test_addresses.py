import pytest
from django.conf import settings
from django.test import RequestFactory

from accounts.addresses import client_ip, client_network

REQUEST = RequestFactory()

# Trusted proxies, what X-Forwarded-For says, who connects -> whom we believe to ask.
CASES = [
    (0, None, "203.0.113.7", "203.0.113.7"),
    (0, "198.51.100.1", "203.0.113.7", "203.0.113.7"),
    (1, "198.51.100.1", "10.0.0.1", "198.51.100.1"),
    (1, "6.6.6.6, 198.51.100.1", "10.0.0.1", "198.51.100.1"),
    (1, "6.6.6.6,6.6.6.6 ,  198.51.100.1 ", "10.0.0.1", "198.51.100.1"),
    (2, "6.6.6.6, 198.51.100.1, 10.0.0.2", "10.0.0.1", "198.51.100.1"),
    (2, "198.51.100.1", "10.0.0.1", "198.51.100.1"),
    (1, None, "10.0.0.1", "10.0.0.1"),
    (1, "", "10.0.0.1", "10.0.0.1"),
    (1, "198.51.100.1:4711", "10.0.0.1", "198.51.100.1"),
    (1, "[2001:db8::7]:4711", "10.0.0.1", "2001:db8::7"),
    (1, "[2001:db8::7]", "10.0.0.1", "2001:db8::7"),
    (1, "2001:DB8:0::7", "10.0.0.1", "2001:db8::7"),
    (1, "fe80::1%eth0", "10.0.0.1", "fe80::1"),
    (0, None, "::ffff:203.0.113.7", "203.0.113.7"),
    (1, "unknown", "10.0.0.1", "10.0.0.1"),
    (1, "6.6.6.6, <script>", "10.0.0.1", "10.0.0.1"),
    (1, "6.6.6.6, 999.1.1.1", "10.0.0.1", "10.0.0.1"),
    (1, "6.6.6.6, [::1", "10.0.0.1", "::1"),
    (1, "," * 5000, "10.0.0.1", "10.0.0.1"),
    (1, "198.51.100.1", "", "198.51.100.1"),
    (0, "198.51.100.1", "", ""),
]


@pytest.mark.parametrize(("proxies", "forwarded", "connects", "asks"), CASES)
def test_who_asks(settings, proxies, forwarded, connects, asks):
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert client_ip(REQUEST.get("/", headers=headers, REMOTE_ADDR=connects)) == asks


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("", None),
    ],
)
def test_failures_count_for_the_neighbourhood_that_one_person_has(address, counted):
    assert client_network(REQUEST.get("/", REMOTE_ADDR=address)) == counted


def test_https_is_believed_only_of_a_proxy_of_ours(client, db):
    """TRUSTED_PROXIES is 0 here: the header is the client's own."""
    assert settings.SECURE_PROXY_SSL_HEADER is None
    answer = client.get("/accounts/login/", headers={"X-Forwarded-Proto": "https"})
    assert answer.wsgi_request.scheme == "http"
