"""A reader of Longbox over one kept-alive connection, with a stopwatch."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """What came back, and how many seconds it took from the request to the last byte."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection; `sign_in`, or the cookie of one that has, makes it a user's."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Accept": "*/*", "Cookie": cookie}

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, data: Any = None) -> Answer:
        return self._ask("POST", path, json.dumps(data or {}), {"Content-Type": "application/json"})

    def put(self, path: str, data: Any) -> Answer:
        return self._ask("PUT", path, json.dumps(data), {"Content-Type": "application/json"})

    def page(self, path: str) -> Answer:
        """Get a page that must be there."""
        answer = self.get(path)
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
        return answer

    def sign_in(self, user: str, password: str) -> str:
        """Begin a session. Returns its cookie."""
        answer = self.post("/api/auth/login", {"username": user, "password": password})
        if answer.status != 200:
            raise RuntimeError(f"Signing in answered {answer.status}: {answer.body[:300]!r}")
        self._headers["Cookie"] = cookie = answer.headers["Set-Cookie"].partition(";")[0]
        return cookie

    @property
    def cookie(self) -> str:
        """The session's, for other connections."""
        return self._headers["Cookie"]

    def close(self) -> None:
        self._connection.close()

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        started = time.perf_counter()
        self._connection.request(method, path, body, self._headers | headers)
        response = self._connection.getresponse()
        data = response.read()
        elapsed = time.perf_counter() - started
        return Answer(response.status, response.headers, data, elapsed)
