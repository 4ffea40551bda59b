"""One signed-in HTTP client, as a phone is one: cookies, one kept connection, one call at a time."""

import http.client
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

# The longest that our page waits for an answer (static/js/scan/api.js).
TIMEOUT_SECONDS = 15.0
CSRF = "x" * 32


class Unanswered(Exception):
    """No whole answer came."""


class NotSignedIn(Exception):
    """The sign-in was refused."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        """None where the body is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def is_plain(self) -> bool:
        """Whether it says what happened, as interface.md shapes it: a result, or an error with words."""
        body = self.json()
        if self.status < 400:
            return isinstance(body, dict)
        error = body.get("error") if isinstance(body, dict) else None
        return isinstance(error, dict) and bool(error.get("code")) and bool(error.get("message"))


class Browser:
    def __init__(self, port: int, name: str, password: str) -> None:
        self.port, self.name, self.password = port, name, password
        self.cookies = {"csrf": CSRF}
        self._line: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: str | None = None, kind: str = "application/json") -> Reply:
        """One try. Raises Unanswered; the next call then opens a new connection."""
        head = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-CSRFToken": self.cookies["csrf"],
            "Content-Type": kind,
        }
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_SECONDS)
        try:
            self._line.request(method, path, body, head)
            answer = self._line.getresponse()
            reply = Reply(answer.status, answer.headers, answer.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(f"{type(error).__name__}: {error}") from error
        for value in reply.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            self.cookies[name] = rest.split(";")[0]
        return reply

    def send(self, path: str, body: Any) -> Reply:
        return self.call("POST", path, json.dumps(body))

    def sign_in(self) -> None:
        """Raises Unanswered, or NotSignedIn with what was said instead."""
        self.cookies = {"csrf": CSRF}
        form = {"csrfmiddlewaretoken": CSRF, "username": self.name, "password": self.password}
        reply = self.call("POST", "/accounts/login/", urlencode(form), "application/x-www-form-urlencoded")
        if reply.status != 302:
            raise NotSignedIn(f"{self.name}: HTTP {reply.status}")

    def close(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
            self._line = None
