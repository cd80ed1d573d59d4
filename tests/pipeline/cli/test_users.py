"""`longbox user …`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner

from db import passwords, sessions, users
from db.engine import reading, writing
from pipeline.cli import main

pytestmark = pytest.mark.usefixtures("data")
AddUser = Callable[..., users.User]


def run(*words: str, typed: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(main, ["user", *words], input=typed)
    return result.exit_code, result.output


def has_password(name: str, password: str) -> bool:
    with reading() as connection:
        found = users.named(connection, name)
        return passwords.matches(users.password_hash_of(connection, found.id), password)


def test_a_user_is_added_with_a_password_from_standard_input() -> None:
    status, output = run("add", "Ada", "--admin", "--password-stdin", typed="correct horse\n")
    assert (status, output) == (0, "Added the admin Ada.\n")
    assert has_password("Ada", "correct horse")


def test_a_password_is_asked_for_twice() -> None:
    status, output = run("add", "Rita", typed="correct horse\ncorrect horse\n")
    assert status == 0
    assert "correct horse" not in output
    assert has_password("Rita", "correct horse")


@pytest.mark.parametrize(
    ("name", "password", "sentence"),
    [
        ("ada", "correct horse", "There is a user named ada already"),
        ("Rita", "short", "at least 8 characters"),
        ("Rita", "", "at least 8 characters"),
    ],
)
def test_a_user_who_cannot_be_added_is_one_clear_line(
    add_user: AddUser, name: str, password: str, sentence: str
) -> None:
    add_user("Ada")
    status, output = run("add", name, "--password-stdin", typed=password)
    assert status == 1
    assert sentence in output
    assert output.count("\n") == 1


def test_users_are_listed(add_user: AddUser) -> None:
    assert "longbox setup-link" in run("list")[1]
    add_user("Ada", is_admin=True)
    rita = add_user("Rita")
    with writing() as connection:
        users.disable(connection, rita.id)
    lines = run("list")[1].splitlines()
    assert lines[1].split() == ["Ada", "admin", "never"]
    assert lines[2].split() == ["Rita", "reader,", "disabled", "never"]
    listed = json.loads(run("list", "--json")[1])
    assert [(one["name"], one["is_admin"], one["is_disabled"]) for one in listed] == [
        ("Ada", True, False),
        ("Rita", False, True),
    ]


def test_another_password_signs_out_everywhere(add_user: AddUser) -> None:
    rita = add_user("Rita")
    with writing() as connection:
        token = sessions.begin(connection, rita.id, "")
    assert run("password", "RITA", "--password-stdin", typed="battery staple")[0] == 0
    assert has_password("Rita", "battery staple")
    with reading() as connection:
        assert sessions.visitor(connection, token) is None


def test_a_user_is_removed(add_user: AddUser) -> None:
    add_user("Rita")
    assert run("remove", "rita") == (0, "Removed the user Rita.\n")
    assert json.loads(run("list", "--json")[1]) == []


def test_the_last_admin_is_not_removed(add_user: AddUser) -> None:
    add_user("Ada", is_admin=True)
    status, output = run("remove", "Ada")
    assert status == 1
    assert output.startswith("Error: Ada is the only admin and cannot be removed.")


@pytest.mark.parametrize("deed", ["remove", "password"])
def test_who_is_not_there_is_one_clear_line(deed: str) -> None:
    expected = "Error: There is no user named Nemo. `longbox user list` shows all.\n"
    assert run(deed, "Nemo") == (1, expected)
