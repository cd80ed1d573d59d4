"""The admin's pages for users."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from db import registration, users
from db.engine import reading

PASSWORD = "correct horse"


def named(name: str) -> users.User:
    with reading() as connection:
        return users.named(connection, name)


def add(client: FlaskClient, **form: str) -> tuple[int, str]:
    given = {"username": "New", "password": PASSWORD, "again": PASSWORD} | form
    answer = client.post("/users", data=given)
    return answer.status_code, answer.text


def test_an_admin_adds_somebody_who_can_sign_in(
    admin_client: FlaskClient, client: FlaskClient
) -> None:
    assert add(admin_client)[0] == 303
    assert "New" in admin_client.get("/users?done=added").text
    assert not named("New").is_admin
    body = {"username": "New", "password": PASSWORD}
    assert client.post("/api/auth/login", json=body).status_code == 200


def test_an_admin_adds_another_admin(admin_client: FlaskClient) -> None:
    assert add(admin_client, admin="1")[0] == 303
    assert named("New").is_admin


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"username": "ADA"}, 409, "There is a user named ADA already"),
        ({"username": ""}, 422, "A user needs a name."),
        ({"password": "short", "again": "short"}, 422, "at least 8 characters"),
        ({"again": "different"}, 422, "The two passwords are not the same."),
    ],
)
def test_somebody_who_cannot_be_added_is_not(
    admin_client: FlaskClient, form: dict[str, str], status: int, sentence: str
) -> None:
    answered, page = add(admin_client, **form)
    assert answered == status
    assert sentence in page
    with reading() as connection:
        assert len(users.listing(connection)) == 1


def test_a_reset_password_signs_its_user_out(
    admin_client: FlaskClient, reader_client: FlaskClient, reader: users.User
) -> None:
    form = {"password": "battery staple", "again": "battery staple"}
    assert admin_client.post(f"/users/{reader.id}/password", data=form).status_code == 303
    assert reader_client.get("/api/auth/check").status_code == 401
    body = {"username": "Rita", "password": "battery staple"}
    assert reader_client.post("/api/auth/login", json=body).status_code == 200


def test_a_password_that_is_too_short_is_not_set(
    admin_client: FlaskClient, reader: users.User
) -> None:
    form = {"password": "short", "again": "short"}
    answer = admin_client.post(f"/users/{reader.id}/password", data=form)
    assert answer.status_code == 422
    assert "at least 8 characters" in answer.text


def test_an_admin_who_resets_their_own_password_stays_signed_in(
    admin_client: FlaskClient, admin: users.User
) -> None:
    form = {"password": "battery staple", "again": "battery staple"}
    admin_client.post(f"/users/{admin.id}/password", data=form)
    assert admin_client.get("/users").status_code == 200


def test_a_user_is_disabled_and_let_in_again(
    admin_client: FlaskClient, reader_client: FlaskClient, reader: users.User
) -> None:
    assert admin_client.post(f"/users/{reader.id}/disable").status_code == 303
    assert reader_client.get("/api/auth/check").status_code == 401
    assert "disabled" in admin_client.get("/users").text
    assert admin_client.post(f"/users/{reader.id}/enable").status_code == 303
    assert named("Rita").disabled_at is None


def test_a_role_holds_from_the_next_request_on(
    admin_client: FlaskClient, reader_client: FlaskClient, reader: users.User
) -> None:
    admin_client.post(f"/users/{reader.id}/admin", data={"admin": "1"})
    assert reader_client.get("/users").status_code == 200
    admin_client.post(f"/users/{reader.id}/admin")
    assert reader_client.get("/users").status_code == 403


def test_a_user_is_removed(admin_client: FlaskClient, reader: users.User) -> None:
    answer = admin_client.post(f"/users/{reader.id}/remove", follow_redirects=True)
    assert "The user is removed." in answer.text
    assert admin_client.get(f"/users/{reader.id}").status_code == 404


@pytest.mark.parametrize("deed", ["disable", "remove", "admin"])
def test_the_last_admin_stays(admin_client: FlaskClient, admin: users.User, deed: str) -> None:
    answer = admin_client.post(f"/users/{admin.id}/{deed}")
    assert answer.status_code == 409
    assert "Ada is the only admin" in answer.text
    assert admin_client.get("/users").status_code == 200


@pytest.mark.parametrize("deed", ["", "/disable", "/enable", "/remove", "/admin"])
def test_who_is_not_there_is_not_found(admin_client: FlaskClient, deed: str) -> None:
    method = "POST" if deed else "GET"
    assert admin_client.open(f"/users/99{deed}", method=method).status_code == 404


def test_registration_is_opened_and_closed(admin_client: FlaskClient) -> None:
    for form, expected in (({"open": "1"}, True), ({}, False)):
        assert admin_client.post("/users/registration", data=form).status_code == 303
        with reading() as connection:
            assert registration.is_open(connection) is expected
        assert "Open registration" in admin_client.get("/users").text or expected


@pytest.mark.parametrize("address", [f"/users/{2**63}", f"/libraries/{2**63}"])
def test_a_number_that_no_database_has_is_not_found(
    admin_client: FlaskClient, address: str
) -> None:
    assert admin_client.get(address).status_code == 404
