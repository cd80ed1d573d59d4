"""Signing in and out, and that everything else is closed to strangers."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from db import passwords, registration, sessions, throttle, users
from db.engine import reader as reading_engine
from db.engine import reading, writing
from db.times import now
from tests.vibe_file import bcrypted, sha256
from webui.auth import PUBLIC, local_address

PASSWORD = "correct horse"
SignIn = Callable[[users.User], FlaskClient]


def login(
    client: FlaskClient, name: str = "Rita", password: str = PASSWORD, **more: object
) -> TestResponse:
    body = {"username": name, "password": password}
    return client.post("/api/auth/login", json=body, **more)


def test_the_right_password_signs_in(client: FlaskClient, reader: users.User) -> None:
    answer = login(client)
    assert answer.status_code == 200
    assert answer.json == {"user": {"id": reader.id, "name": "Rita", "is_admin": False}}
    assert client.get("/api/auth/check").json == answer.json


def test_the_cookie_is_for_the_browser_alone_and_lasts_thirty_days(
    client: FlaskClient, reader: users.User
) -> None:
    [header] = login(client).headers.getlist("Set-Cookie")
    name, *attributes = header.split("; ")
    assert name.startswith("session_token=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"} <= set(attributes)
    assert "Secure" not in attributes


def test_the_cookie_is_secure_over_https(client: FlaskClient, reader: users.User) -> None:
    [header] = login(client, base_url="https://localhost").headers.getlist("Set-Cookie")
    assert "Secure" in header.split("; ")


def test_the_session_ends_after_thirty_days(
    reader_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert reader_client.get("/api/auth/check").status_code == 200
    later = now() + 30 * 86_400 + 1
    monkeypatch.setattr(sessions, "now", lambda: later)
    assert reader_client.get("/api/auth/check").status_code == 401


def test_using_a_session_is_noted_when_an_hour_has_passed(
    reader_client: FlaskClient, reader: users.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = now() + 2 * 3600
    monkeypatch.setattr(sessions, "now", lambda: later)
    reader_client.get("/api/auth/check")
    with reading() as connection:
        [session] = sessions.of_user(connection, reader.id)
        assert session.seen_at == later
        assert users.get(connection, reader.id).last_seen_at == later


def test_knowing_who_asks_costs_one_query(reader_client: FlaskClient) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(reading_engine(), "before_cursor_execute", note)
    assert reader_client.get("/api/auth/check").status_code == 200
    assert [statement.split()[0] for statement in statements] == ["BEGIN", "SELECT"]


@pytest.mark.parametrize(("name", "password"), [("Rita", "wrong"), ("Nobody", PASSWORD), ("", "")])
def test_what_is_wrong_is_not_told(
    client: FlaskClient, reader: users.User, name: str, password: str
) -> None:
    answer = login(client, name, password)
    assert answer.status_code == 401
    assert answer.json == {
        "error": {
            "code": "wrong_credentials",
            "message": "The name or the password is not right.",
        }
    }
    assert "Set-Cookie" not in answer.headers


def test_the_sixth_wrong_password_has_to_wait(
    client: FlaskClient, reader: users.User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "now", lambda: 1_800_000_000.0)  # all of it in one moment
    for _ in range(5):
        assert login(client, password="wrong").status_code == 401
    answer = login(client)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "30"
    assert answer.json is not None
    assert "Wait 30 seconds" in answer.json["error"]["message"]
    page = client.post("/login", data={"username": "Rita", "password": PASSWORD})
    assert page.status_code == 429
    assert page.headers["Retry-After"]
    assert "Wait 30 seconds" in page.text


def test_a_name_that_nobody_has_waits_just_the_same(client: FlaskClient) -> None:
    for _ in range(5):
        assert login(client, "Nobody").status_code == 401
    assert login(client, "Nobody").status_code == 429


def test_others_behind_the_same_proxy_are_not_held_up(
    client: FlaskClient, reader: users.User
) -> None:
    for _ in range(5):
        login(client, password="wrong", headers={"X-Forwarded-For": "203.0.113.9"})
    assert login(client, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert login(client, headers={"X-Forwarded-For": "203.0.113.9, 192.0.2.4"}).status_code == 200


def test_an_address_that_is_no_proxy_of_ours_speaks_for_itself(
    client: FlaskClient, reader: users.User
) -> None:
    stranger = {"REMOTE_ADDR": "198.51.100.1"}
    for number in range(5):
        forged = {"X-Forwarded-For": f"192.0.2.{number}"}
        login(client, password="wrong", headers=forged, environ_base=stranger)
    assert login(client, environ_base=stranger).status_code == 429


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"username": 1, "password": "x"}',
        b'{"username": "Rita"}',
        b'{"username": "\\ud800", "password": "x"}',
    ],
)
def test_a_body_that_makes_no_sense_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/auth/login", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json is not None
    assert set(answer.json["error"]) == {"code", "message"}


def test_a_body_without_end_is_refused(client: FlaskClient) -> None:
    answer = client.post("/api/auth/login", data=b" " * 2_000_000, content_type="application/json")
    assert answer.status_code == 413


def test_a_disabled_users_session_ends_at_once(
    reader_client: FlaskClient, reader: users.User
) -> None:
    assert reader_client.get("/api/auth/check").status_code == 200
    with writing() as connection:
        users.disable(connection, reader.id)
    assert reader_client.get("/api/auth/check").status_code == 401


def test_a_disabled_user_is_told_so_only_with_the_right_password(
    client: FlaskClient, reader: users.User
) -> None:
    with writing() as connection:
        users.disable(connection, reader.id)
    assert login(client, password="wrong").status_code == 401
    answer = login(client)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["error"]["code"] == "disabled"


def test_signing_out_ends_the_session(reader_client: FlaskClient, reader: users.User) -> None:
    token = reader_client.get_cookie("session_token")
    assert token is not None
    assert reader_client.post("/api/auth/logout").status_code == 204
    assert reader_client.get_cookie("session_token") is None
    reader_client.set_cookie("session_token", token.value)
    assert reader_client.get("/api/auth/check").status_code == 401


def test_signing_out_on_the_page_leads_to_the_sign_in_page(reader_client: FlaskClient) -> None:
    answer = reader_client.post("/logout")
    assert (answer.status_code, answer.location) == (303, "/login")
    assert reader_client.get("/api/auth/check").status_code == 401


def test_signing_in_again_ends_the_session_before(
    reader_client: FlaskClient, reader: users.User
) -> None:
    login(reader_client)
    with reading() as connection:
        assert len(sessions.of_user(connection, reader.id)) == 1


@pytest.mark.parametrize("path", ["/api/auth/check", "/api/scan/status", "/api/nothing/here"])
def test_the_api_answers_401_to_strangers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.json is not None
    assert answer.json["error"]["code"] == "not_signed_in"


@pytest.mark.parametrize("path", ["/", "/account", "/users", "/nothing/here", "/series/1?sort=é"])
def test_a_page_sends_strangers_to_the_sign_in_page_and_back(
    client: FlaskClient, reader: users.User, path: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 303
    parts = urlsplit(answer.location)
    assert parts.path == "/login"
    [target] = parse_qs(parts.query).get("next", ["/"])
    form = {"username": "Rita", "password": PASSWORD, "next": target}
    back = client.post("/login", data=form)
    assert back.status_code == 303
    assert urlsplit(back.location).path == urlsplit(path).path


def test_every_route_but_the_public_ones_is_closed_to_strangers(
    app: Flask, client: FlaskClient
) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in PUBLIC:
            continue
        path = rule.build(fitting(rule), append_unknown=False)
        assert path is not None
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(path[1], method=method)
            expected = 401 if path[1].startswith(("/api/", "/metrics")) else 303
            assert answer.status_code == expected, (method, path[1])


def fitting(rule: Rule) -> dict[str, object]:
    """A value for each part of an address that has several."""
    return {
        name: min(converter.items) if isinstance(converter, AnyConverter) else 1
        for name, converter in rule._converters.items()
    }


def test_a_form_of_a_session_that_is_over_leads_to_the_sign_in_page(client: FlaskClient) -> None:
    answer = client.post("/account/password")
    assert (answer.status_code, answer.location) == (303, "/login")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "/ok\r\nLocation: https://evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        " /",
        "",
        None,
    ],
)
def test_next_leads_nowhere_else(app: Flask, target: str | None) -> None:
    with app.test_request_context():
        assert local_address(target) == "/"


def test_next_is_an_address_of_ours(app: Flask) -> None:
    with app.test_request_context():
        assert local_address("/series/1?sort=name&q=caf%C3%A9") == "/series/1?sort=name&q=caf%C3%A9"


def test_an_open_redirect_is_not_to_be_had(client: FlaskClient, reader: users.User) -> None:
    form = {"username": "Rita", "password": PASSWORD, "next": "//evil.example/"}
    assert client.post("/login", data=form).location == "/"
    assert client.get("/login?next=https://evil.example/").location == "/"


def test_a_wrong_password_shows_the_form_again(client: FlaskClient, reader: users.User) -> None:
    form = {"username": 'Ri"ta', "password": "wrong", "next": "/series/1"}
    answer = client.post("/login", data=form)
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert 'value="Ri&#34;ta"' in answer.text
    assert 'value="/series/1"' in answer.text
    assert "wrong" not in answer.text


def test_before_there_is_an_admin_the_page_says_how_to_get_one(
    client: FlaskClient, add_user: Callable[..., users.User]
) -> None:
    assert "longbox setup-link" in client.get("/login").text
    add_user("Ada", is_admin=True)
    assert "longbox setup-link" not in client.get("/login").text


def test_a_cookie_of_flask_login_signs_nobody_in(client: FlaskClient, reader: users.User) -> None:
    client.set_cookie("remember_token", f"{reader.id}|0123")
    client.set_cookie("session", "eyJfdXNlcl9pZCI6IjEifQ.x.y")
    assert client.get("/api/auth/check").status_code == 401


def test_no_other_cookie_is_ever_set(reader_client: FlaskClient) -> None:
    for path in ("/account", "/api/auth/check", "/login"):
        assert "Set-Cookie" not in reader_client.get(path).headers


def test_registration_is_closed_at_first(client: FlaskClient) -> None:
    body = {"username": "New", "password": PASSWORD}
    answer = client.post("/api/auth/register", json=body)
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["error"]["code"] == "registration_closed"
    assert client.get("/register").status_code == 403
    assert client.post("/register", data=body).status_code == 403
    assert "Make an account" not in client.get("/login").text


def open_registration() -> None:
    with writing() as connection:
        registration.set_open(connection, True)


def test_open_registration_makes_a_reader_and_signs_in(client: FlaskClient, data: object) -> None:
    open_registration()
    answer = client.post("/api/auth/register", json={"username": "New", "password": PASSWORD})
    assert answer.status_code == 201
    assert answer.json is not None
    assert answer.json["user"]["is_admin"] is False
    assert client.get("/api/auth/check").status_code == 200


def test_open_registration_has_a_page(client: FlaskClient) -> None:
    open_registration()
    assert "Make an account" in client.get("/login").text
    form = {"username": "New", "password": PASSWORD, "again": "something else"}
    answer = client.post("/register", data=form)
    assert answer.status_code == 422
    assert "not the same" in answer.text
    answer = client.post("/register", data=form | {"again": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/api/auth/check").status_code == 200


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("rita", PASSWORD, 409), ("New", "short", 422), ("  ", PASSWORD, 422)],
)
def test_an_account_that_cannot_be_is_refused(
    client: FlaskClient, reader: users.User, name: str, password: str, status: int
) -> None:
    open_registration()
    body = {"username": name, "password": password}
    assert client.post("/api/auth/register", json=body).status_code == status


def test_one_address_makes_a_few_accounts_only(client: FlaskClient) -> None:
    open_registration()
    statuses = [
        client.post(
            "/api/auth/register", json={"username": f"New {number}", "password": "short"}
        ).status_code
        for number in range(6)
    ]
    assert statuses == [422] * 5 + [429]


def test_admins_pages_answer_403_to_others(reader_client: FlaskClient) -> None:
    for path in ("/users", "/libraries", "/users/1", "/libraries/1"):
        assert reader_client.get(path).status_code == 403
    for path in ("/users", "/users/registration", "/users/1/remove", "/libraries"):
        assert reader_client.post(path).status_code == 403


# ---- users who came from another server


def brought_user(foreign: str, *, to_change: bool = False) -> users.User:
    """A user whose password only another server has hashed."""
    brought = passwords.brought(foreign)
    assert brought is not None
    if to_change:
        brought = passwords.to_change(brought)
    with writing() as connection:
        return users.add(connection, "böb", brought)


@pytest.mark.parametrize("hashed", [sha256, bcrypted], ids=["sha256", "bcrypt"])
def test_a_password_of_another_server_signs_in_and_is_hashed_anew(
    client: FlaskClient, hashed: Callable[[str], str]
) -> None:
    user = brought_user(hashed("böb-secret1"))
    with reading() as connection:
        before = users.password_hash_of(connection, user.id)
    assert login(client, "böb", "bob-secret1").status_code == 401
    assert login(client, "böb", before).status_code == 401
    assert login(client, "böb", hashed("böb-secret1")).status_code == 401
    assert login(client, "böb", "böb-secret1").status_code == 200
    with reading() as connection:
        after = users.password_hash_of(connection, user.id)
    assert before.startswith(("sha256:scrypt:", "bcrypt:$2b$"))
    assert after.startswith("scrypt:")
    assert login(client, "böb", "böb-secret1").status_code == 200
    assert login(client, "böb", "bo\u0308b-secret1").status_code == 200
    assert client.get("/api/auth/check").status_code == 200


@pytest.mark.parametrize("hashed", [sha256, bcrypted], ids=["sha256", "bcrypt"])
def test_the_password_that_everybody_knows_signs_nobody_in(
    client: FlaskClient, hashed: Callable[[str], str]
) -> None:
    brought_user(hashed("admin123"))
    answer = login(client, "böb", "admin123")
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "default_password")
    assert client.get("/api/auth/check").status_code == 401


def test_a_password_that_is_to_be_changed_opens_the_page_for_that_alone(
    client: FlaskClient,
) -> None:
    user = brought_user(bcrypted("böb-secret1"), to_change=True)
    for _ in range(2):  # also when it has been hashed anew
        assert login(client, "böb", "böb-secret1").status_code == 200
        assert client.get("/").headers["Location"] == "/account"
        answer = client.get("/api/books")
        assert (answer.status_code, answer.json["error"]["code"]) == (403, "password_to_change")
        assert "Choose a password of your own first." in client.get("/account").text
    form = {"current": "böb-secret1", "password": "my own words", "again": "my own words"}
    assert client.post("/account/password", data=form).status_code == 303
    assert client.get("/").status_code == 200
    with reading() as connection:
        assert users.password_hash_of(connection, user.id).startswith("scrypt:")


def test_a_short_password_of_another_server_is_taken_as_it_is(client: FlaskClient) -> None:
    brought_user(sha256("short"))
    assert login(client, "böb", "short").status_code == 200
    assert login(client, "böb", "short").status_code == 200


def test_a_long_password_of_another_server_counts_as_far_as_it_counted_there(
    client: FlaskClient,
) -> None:
    brought_user(bcrypted("x" * 72))
    assert login(client, "böb", "x" * 100).status_code == 200


@pytest.mark.parametrize(
    "foreign",
    ["", "plain words", "0" * 63, "$2b$31$" + "a" * 53, "scrypt:1$salt$hash", "$argon2id$v=19$m=1"],
)
def test_a_hash_that_nobody_can_check_matches_nothing(foreign: str) -> None:
    assert passwords.brought(foreign) is None
    assert not passwords.matches(passwords.NONE, foreign)
