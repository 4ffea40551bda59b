import itertools
import json
import uuid

import pytest

NUMBERS = itertools.count(1)


@pytest.fixture(autouse=True)
def _plain_statics(plain_statics):
    pass


@pytest.fixture
def body():
    """body(raw="SB00001", …) -> a call with one scan; any field of the scan may be given."""

    def make(**fields):
        scan = {
            "key": str(uuid.uuid4()),
            "seq": next(NUMBERS),
            "mode": "pack",
            "raw": "SB00001",
            "parent": None,
            "bill": None,
            "captured_at": "2026-11-24T09:15:02.101+05:30",
            "source": "wedge",
            "offline": False,
        }
        device = "0b0e4c1a-7a8e-4c39-9f5f-7b1f2f7a9c11"
        return {"device": device, "clock": "2026-11-24T09:15:02.120+05:30", "scans": [scan | fields]}

    return make


@pytest.fixture
def send(signed_in):
    """send("ravi", path, body) -> (status, JSON); the body may be bytes as they are."""

    def post(name, path, data, content_type="application/json", method="post", **headers):
        client = signed_in(name)
        if not isinstance(data, bytes):
            data = json.dumps(data).encode()
        answer = getattr(client, method)(path, data, content_type=content_type, headers=headers)
        return answer.status_code, answer.json()

    return post
