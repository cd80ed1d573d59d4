"""The set-up link: it makes one admin, once, and begins with the folder that they name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from huey import SqliteHuey

from db import jobs, libraries, setup_links, users
from db.engine import reading, writing
from db.times import now
from pipeline import tasks

PASSWORD = "correct horse"


@pytest.fixture
def token(data: Path) -> str:
    with writing() as connection:
        token = setup_links.issue(connection)
    assert token is not None
    return token


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def form(token: str, **more: str) -> dict[str, str]:
    return {"token": token, "username": "Ada", "password": PASSWORD, "again": PASSWORD} | more


def everybody() -> list[users.User]:
    with reading() as connection:
        return users.listing(connection)


def test_the_link_shows_a_form_that_asks_for_the_folder(client: FlaskClient, token: str) -> None:
    page = client.get(f"/setup?token={token}")
    assert page.status_code == 200
    assert 'name="folder"' in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"


def test_the_form_does_not_ask_for_a_folder_when_there_is_one(
    client: FlaskClient, token: str, shelf: Path
) -> None:
    with writing() as connection:
        libraries.add(connection, libraries.usable_folder(str(shelf)))
    assert 'name="folder"' not in client.get(f"/setup?token={token}").text


def test_the_form_makes_the_admin_and_the_library_and_begins_the_scan(
    client: FlaskClient, token: str, shelf: Path
) -> None:
    answer = client.post("/setup", data=form(token, folder=str(shelf)))
    assert (answer.status_code, answer.location) == (303, "/")
    checked = client.get("/api/auth/check").json
    assert checked is not None
    assert checked["user"]["is_admin"] is True
    with reading() as connection:
        [library] = libraries.listing(connection)
        job = jobs.newest(connection, library.id)
    assert job is not None
    assert (library.name, job.requested_by) == ("shelf", "Ada")
    queue: SqliteHuey = tasks.stages_huey
    assert queue.pending_count() == 1


def test_the_folder_may_wait(client: FlaskClient, token: str) -> None:
    assert client.post("/setup", data=form(token)).status_code == 303
    with reading() as connection:
        assert libraries.listing(connection) == []


def test_the_link_is_good_once(app: Flask, client: FlaskClient, token: str) -> None:
    assert client.post("/setup", data=form(token)).status_code == 303
    other = app.test_client()
    answer = other.post("/setup", data=form(token, username="Mallory"))
    assert (answer.status_code, answer.location) == (303, "/")
    assert [user.name for user in everybody()] == ["Ada"]
    assert other.get("/api/auth/check").status_code == 401


@pytest.mark.parametrize("bad", ["", "x", "é" * 5])
def test_a_wrong_link_says_how_to_get_a_right_one(
    client: FlaskClient, token: str, bad: str
) -> None:
    for answer in (
        client.get("/setup", query_string={"token": bad}),
        client.post("/setup", data=form(bad)),
    ):
        assert answer.status_code == 410
        assert "longbox setup-link" in answer.text
    assert everybody() == []


def test_the_link_is_good_for_a_day(
    client: FlaskClient, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = now() + 86_401
    monkeypatch.setattr(setup_links, "now", lambda: tomorrow)
    assert client.post("/setup", data=form(token)).status_code == 410


def test_a_newer_link_makes_the_older_one_worthless(client: FlaskClient, token: str) -> None:
    with writing() as connection:
        newer = setup_links.issue(connection)
    assert client.post("/setup", data=form(token)).status_code == 410
    assert client.post("/setup", data=form(newer or "")).status_code == 303


def test_no_link_is_issued_when_there_is_an_admin(
    add_user: Callable[..., users.User],
) -> None:
    add_user("Ada", is_admin=True)
    with writing() as connection:
        assert setup_links.issue(connection) is None


def test_a_link_is_worthless_as_soon_as_there_is_an_admin(
    client: FlaskClient, token: str, add_user: Callable[..., users.User]
) -> None:
    add_user("Ada", is_admin=True)
    assert client.post("/setup", data=form(token, username="Mallory")).location == "/"
    with writing() as connection, pytest.raises(setup_links.LinkUnusable):
        setup_links.use_up(connection, token)


def test_the_token_is_not_in_the_database(data: Path, token: str) -> None:
    stored = b"".join(file.read_bytes() for file in data.glob("library.db*"))
    assert token.encode() not in stored


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"again": "different"}, "The two passwords are not the same."),
        ({"password": "short", "again": "short"}, "at least 8 characters"),
        ({"username": " "}, "A user needs a name."),
        ({"folder": "/nowhere/at/all"}, "There is no folder /nowhere/at/all"),
        ({"folder": "comics"}, "comics is not a full path"),
    ],
)
def test_a_form_that_is_wrong_is_shown_again_and_the_link_stays_good(
    client: FlaskClient, token: str, wrong: dict[str, str], sentence: str
) -> None:
    answer = client.post("/setup", data=form(token, **wrong))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert PASSWORD not in answer.text
    assert everybody() == []
    assert client.post("/setup", data=form(token)).status_code == 303


def test_of_two_people_with_the_same_link_one_becomes_admin(app: Flask, token: str) -> None:
    names = [f"Admin {number}" for number in range(4)]
    together = threading.Barrier(len(names))
    statuses: list[int] = []

    def set_up(name: str) -> None:
        client = app.test_client()
        together.wait()
        answer = client.post("/setup", data=form(token, username=name))
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=set_up, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(everybody()) == 1
    assert set(statuses) <= {303, 410}
    assert 303 in statuses
