"""Everybody's own page: changing the password, and signing out elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from db import api_tokens, users
from db.engine import reading
from webui.browsers import browser_name

PASSWORD, NEW = "correct horse", "battery staple"
MOZILLA, WEBKIT = "Mozilla/5.0", "AppleWebKit/537.36 (KHTML, like Gecko)"
SignIn = Callable[[users.User], FlaskClient]


def change(
    client: FlaskClient, current: str = PASSWORD, new: str = NEW, again: str = NEW
) -> tuple[int, str]:
    form = {"current": current, "password": new, "again": again}
    answer = client.post("/account/password", data=form)
    return answer.status_code, answer.text


def make_token(client: FlaskClient, current: str = PASSWORD) -> tuple[int, str]:
    answer = client.post("/account/tokens", data={"name": "Mylar", "current": current})
    return answer.status_code, answer.text


def tokens(user: users.User) -> list[str]:
    with reading() as connection:
        return [one.name for one in api_tokens.listing(connection, user.id)]


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/api/auth/check").status_code == 200


def test_another_password_ends_the_other_sessions_and_keeps_this_one(
    client: FlaskClient, reader: users.User, signed_in: SignIn
) -> None:
    here, there = signed_in(reader), signed_in(reader)
    assert change(here)[0] == 303
    assert is_signed_in(here)
    assert not is_signed_in(there)
    for password, status in ((PASSWORD, 401), (NEW, 200)):
        body = {"username": "Rita", "password": password}
        assert client.post("/api/auth/login", json=body).status_code == status


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"current": "wrong"}, "Your current password is not right."),
        ({"again": "another"}, "The two passwords are not the same."),
        ({"new": "short", "again": "short"}, "at least 8 characters"),
    ],
)
def test_a_password_that_cannot_be_changed_stays(
    reader_client: FlaskClient, form: dict[str, str], sentence: str
) -> None:
    status, page = change(reader_client, **form)
    assert status == 422
    assert sentence in page
    assert change(reader_client)[0] == 303


def test_guessing_the_present_password_has_to_wait(reader_client: FlaskClient) -> None:
    for _ in range(5):
        change(reader_client, current="a wrong guess")
    assert change(reader_client)[0] == 429


def test_the_page_lists_where_one_is_signed_in(
    client: FlaskClient, reader: users.User, signed_in: SignIn
) -> None:
    client.post(
        "/api/auth/login",
        json={"username": "Rita", "password": PASSWORD},
        headers={"User-Agent": "<Reader>/2.0"},
    )
    page = signed_in(reader).get("/account").text
    assert "&lt;Reader&gt;" in page
    assert page.count("this one") == 1


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            f"{MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Linux",
        ),
        (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Windows"),
        (f"{MOZILLA} (Windows NT 10.0) {WEBKIT} Chrome/140.0 Edg/140.0", "Edge on Windows"),
        (
            f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1",
            "Safari on an iPhone",
        ),
        (f"{MOZILLA} (Linux; Android 15) {WEBKIT} Chrome/140.0 Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl"),
        ("", "An unnamed program"),
    ],
)
def test_a_browser_is_called_by_its_name(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def test_one_can_sign_out_everywhere_else(reader: users.User, signed_in: SignIn) -> None:
    here, there = signed_in(reader), signed_in(reader)
    answer = here.post("/account/sign-out-others", follow_redirects=True)
    assert "Everywhere else you are signed out." in answer.text
    assert "Sign out everywhere else" not in answer.text
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_other_peoples_sessions_stay(
    reader: users.User, admin_client: FlaskClient, signed_in: SignIn
) -> None:
    signed_in(reader).post("/account/sign-out-others")
    assert is_signed_in(admin_client)


def test_a_screen_left_open_gives_nobody_a_token(
    admin: users.User, admin_client: FlaskClient
) -> None:
    status, page = make_token(admin_client, "a wrong guess")
    assert status == 422
    assert "Your current password is not right." in page
    assert 'value="Mylar"' in page
    assert tokens(admin) == []
    assert make_token(admin_client)[0] == 200
    assert tokens(admin) == ["Mylar"]


@pytest.mark.parametrize("everywhere", [False, True])
def test_who_signs_out_everywhere_or_changes_the_password_ends_their_tokens(
    admin: users.User, admin_client: FlaskClient, everywhere: bool
) -> None:
    make_token(admin_client)
    assert "ends your tokens" in admin_client.get("/account").text
    if everywhere:
        admin_client.post("/account/sign-out-others")
    else:
        change(admin_client)
    assert tokens(admin) == []
    assert is_signed_in(admin_client)
