"""Users: their names, and that somebody who can administer the server always remains."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from db import passwords, sessions, users
from db.engine import reading, writing

AddUser = Callable[..., users.User]


def test_a_name_is_one_name_whatever_its_case(add_user: AddUser) -> None:
    ada = add_user("Ada")
    with pytest.raises(users.NameTaken, match="named aDA already"):
        add_user("aDA")
    with reading() as connection:
        assert users.find(connection, "ADA") == ada


def test_a_name_is_one_name_in_any_script_and_form(add_user: AddUser) -> None:
    add_user("Jürgen Straße")
    for same in ("JÜRGEN STRASSE", "ju\u0308rgen straße", "  Jürgen Straße "):
        with pytest.raises(users.NameTaken):
            add_user(same)


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "line\nbreak", "nul\0", "hidden\u200b"])
def test_a_name_that_cannot_be_read_is_refused(add_user: AddUser, name: str) -> None:
    with pytest.raises(users.NameUnfit):
        add_user(name)


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1001])
def test_a_password_has_a_sane_length(password: str) -> None:
    with pytest.raises(passwords.PasswordUnfit):
        passwords.hashed(password)


def test_a_password_matches_itself_only(password_hash: passwords.PasswordHash) -> None:
    assert passwords.matches(password_hash, "correct horse")
    assert not passwords.matches(password_hash, "Correct horse")
    assert not passwords.matches(password_hash, "")


def test_nobody_has_no_password() -> None:
    assert not passwords.matches(None, "")


def test_a_password_is_the_same_however_its_accents_are_encoded() -> None:
    assert passwords.matches(passwords.hashed("cafe\u0301 noir"), "café noir")


@pytest.mark.parametrize("deed", [users.disable, users.remove])
def test_the_last_admin_stays(add_user: AddUser, deed: Callable[..., None]) -> None:
    ada = add_user("Ada", is_admin=True)
    add_user("Rita")
    with pytest.raises(users.LastAdmin, match="Ada is the only admin"), writing() as connection:
        deed(connection, ada.id)


def test_the_last_admin_stays_admin(add_user: AddUser) -> None:
    ada = add_user("Ada", is_admin=True)
    with pytest.raises(users.LastAdmin), writing() as connection:
        users.set_admin(connection, ada.id, False)


def test_an_admin_who_is_disabled_does_not_count(add_user: AddUser) -> None:
    ada, ben = add_user("Ada", is_admin=True), add_user("Ben", is_admin=True)
    with writing() as connection:
        users.disable(connection, ben.id)
    with pytest.raises(users.LastAdmin), writing() as connection:
        users.remove(connection, ada.id)


def test_an_admin_can_go_when_another_remains(add_user: AddUser) -> None:
    ada = add_user("Ada", is_admin=True)
    add_user("Ben", is_admin=True)
    with writing() as connection:
        users.remove(connection, ada.id)
    with reading() as connection:
        assert [user.name for user in users.listing(connection)] == ["Ben"]


@pytest.mark.parametrize("deed", [users.disable, users.remove])
def test_who_is_disabled_or_removed_is_signed_out(
    add_user: AddUser, deed: Callable[..., None]
) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
        deed(connection, rita.id)
        assert sessions.visitor(connection, token) is None


def test_who_is_enabled_again_has_to_sign_in_again(add_user: AddUser) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
        users.disable(connection, rita.id)
        users.enable(connection, rita.id)
        assert users.get(connection, rita.id).disabled_at is None
        assert sessions.visitor(connection, token) is None


def test_another_password_keeps_one_session_at_most(
    add_user: AddUser, password_hash: passwords.PasswordHash
) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        here = sessions.begin(connection, rita.id, "here")
        there = sessions.begin(connection, rita.id, "there")
        visitor = sessions.visitor(connection, here)
        assert visitor is not None
        users.set_password(connection, rita.id, password_hash, keep_session=visitor.session_id)
        assert sessions.visitor(connection, here) is not None
        assert sessions.visitor(connection, there) is None


def test_who_is_not_there_is_named_so(data: object) -> None:
    with reading() as connection, pytest.raises(users.NoSuchUser, match="named Nemo"):
        users.named(connection, "Nemo")
    for deed in (users.disable, users.enable, users.remove):
        with writing() as connection, pytest.raises(users.NoSuchUser):
            deed(connection, 99)
