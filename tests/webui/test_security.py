"""Requests that other sites send, and what browsers are told to forbid."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from db import users


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:9999"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://[broken"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:9999"},
    ],
)
def test_a_change_that_another_site_asks_for_is_refused(
    reader_client: FlaskClient, headers: dict[str, str]
) -> None:
    answer = reader_client.post("/api/auth/logout", headers=headers)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["error"]["code"] == "foreign_origin"
    assert reader_client.post("/logout", headers=headers).status_code == 403
    assert reader_client.get("/api/auth/check").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://localhost"},
        {"Origin": "http://localhost:80"},
        {"Origin": "HTTP://LOCALHOST"},
        {"Sec-Fetch-Site": "same-origin", "Origin": "https://comics.example"},
        {"Sec-Fetch-Site": "none"},
        {"Host": "nas:8000", "Origin": "http://nas:8000"},
    ],
)
def test_a_change_that_our_own_page_or_a_program_asks_for_is_made(
    client: FlaskClient, reader: users.User, headers: dict[str, str]
) -> None:
    body = {"username": "Rita", "password": "correct horse"}
    assert client.post("/api/auth/login", json=body, headers=headers).status_code == 200


def test_looking_from_another_site_is_no_change(reader_client: FlaskClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert reader_client.get("/api/auth/check", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/login", "/api/auth/check", "/nothing", "/healthz"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_pages_are_kept_by_nobody_elses_cache(reader_client: FlaskClient) -> None:
    assert reader_client.get("/account").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/login", "/account", "/users", "/libraries"])
def test_no_page_has_code_or_style_inline(admin_client: FlaskClient, path: str) -> None:
    page = admin_client.get(path, follow_redirects=True).text
    assert "<style" not in page
    assert "style=" not in page
    assert not re.search(r"<[^>]*\son\w+=", page)
    assert all(" src=" in script for script in re.findall(r"<script[^>]*>", page))
