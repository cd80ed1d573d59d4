"""Pausing, ranking, scans of folders, and the tokens by which programs ask for them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from db import job_folders, jobs, users
from db.engine import reading, writing
from db.states import JobStatus, Phase, Priority
from tests.conftest import PASSWORD
from tests.scan_rows import add_job, add_library, ended
from tests.shelf import Shelf


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def job_of(job_id: int) -> jobs.Job:
    with reading() as connection:
        return jobs.get(connection, job_id)


def folders_of(job_id: int) -> list[bytes]:
    with reading() as connection:
        return job_folders.listing(connection, job_id)


# ---- pausing and ranking


def test_a_job_is_paused_resumed_and_ranked(admin_client: FlaskClient, data: Path) -> None:
    job = add_job(add_library())
    told = admin_client.post(f"/api/scan/{job}/pause").json["job"]
    assert (told["status"], told["paused"]) == ("paused", "person")
    assert admin_client.post(f"/api/scan/{job}/resume").json["job"]["status"] == "running"
    told = admin_client.post(f"/api/scan/{job}/priority", json={"priority": "high"}).json["job"]
    assert told["priority"] == "high"
    assert admin_client.post(f"/progress/{job}/pause").status_code == 303
    assert admin_client.post(f"/progress/{job}/priority", data={"priority": "low"}).location
    assert (job_of(job).status, job_of(job).priority) == (JobStatus.PAUSED, Priority.LOW)
    for body in ({}, {"priority": "highest"}):
        assert admin_client.post(f"/api/scan/{job}/priority", json=body).status_code == 422


def test_a_job_that_has_ended_is_not_paused(admin_client: FlaskClient, data: Path) -> None:
    job = add_job(add_library(), **ended())
    answer = admin_client.post(f"/api/scan/{job}/pause")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "job_state")


# ---- folders


def ask(client: FlaskClient, **body: Any) -> Any:
    answer = client.post("/api/scan", json=body)
    assert answer.status_code == 202, answer.json
    return answer.json


def test_a_folder_is_named_by_its_path_below_its_library_or_on_the_disk(
    admin_client: FlaskClient, shelf: Shelf
) -> None:
    (shelf.folder / "Saga" / "1.cbz").touch()
    on_disk = str(shelf.folder / "Saga")
    for named in ("Saga", "./Saga/", on_disk, f"{on_disk}/1.cbz", on_disk + "/../Saga"):
        begun = ask(admin_client, folder=named)
        assert folders_of(begun["job_id"]) == [b"Saga"]
        assert job_of(begun["job_id"]).priority is Priority.HIGH
        admin_client.post(f"/api/scan/{begun['job_id']}/cancel")
    begun = ask(admin_client, library="Comics", series=shelf.series_id)
    assert folders_of(begun["job_id"]) == [b"Saga"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"folder": "Nowhere"}, 404),
        ({"folder": "../elsewhere"}, 404),
        ({"folder": "/etc"}, 404),
        ({"folder": ""}, 404),
        ({"folder": "Saga\0"}, 404),
        ({"folder": 5}, 422),
        ({"folder": "Saga", "library": "Manga"}, 404),
        ({"folder": "Saga", "series": 1}, 422),
        ({"series": 4711}, 404),
        ({"series": "Saga"}, 422),
    ],
)
def test_what_is_no_folder_of_a_library_is_refused(
    admin_client: FlaskClient, shelf: Shelf, body: Any, status: int
) -> None:
    answer = admin_client.post("/api/scan", json=body)
    assert answer.status_code == status, answer.json
    with reading() as connection:
        assert jobs.active_ids(connection) == []


def test_of_two_libraries_one_must_be_named_but_for_a_path_on_the_disk(
    admin_client: FlaskClient, shelf: Shelf, tmp_path: Path
) -> None:
    add_library("Manga", os.fsencode(tmp_path / "manga"))
    answer = admin_client.post("/api/scan", json={"folder": "Saga"})
    assert "Say in which library" in answer.json["error"]["message"]
    assert ask(admin_client, folder=str(shelf.folder / "Saga"))["library"] == "Comics"


def test_a_folder_that_is_gone_is_scanned_if_it_was_known(
    admin_client: FlaskClient, shelf: Shelf
) -> None:
    (shelf.folder / "Saga").rmdir()
    assert folders_of(ask(admin_client, folder="Saga")["job_id"]) == [b"Saga"]


def test_folders_are_added_to_the_scan_under_way_each_once(
    admin_client: FlaskClient, shelf: Shelf
) -> None:
    (shelf.folder / "Saga" / "Extras").mkdir()
    running = add_job(shelf.library_id, phase=Phase.THUMBNAIL, discover_completed_at=1.0)
    for folder in ("Saga", "Saga/Extras", "Saga"):
        begun = ask(admin_client, folder=folder)
        assert begun == {"job_id": running, "library": "Comics", "appended": True}
    assert folders_of(running) == [b"Saga"]
    assert job_of(running).phase is Phase.DISCOVER
    answer = admin_client.post("/api/scan", json={})
    assert (answer.status_code, answer.json["job_id"]) == (409, running)


def test_a_scan_of_the_whole_library_takes_over_one_of_a_folder(
    admin_client: FlaskClient, shelf: Shelf
) -> None:
    first = ask(admin_client, folder="Saga")["job_id"]
    assert ask(admin_client, kind="full")["job_id"] == first
    with reading() as connection:
        assert job_folders.is_of_everything(connection, first)
    assert job_of(first).kind == "full"


def test_readers_scan_nothing(reader_client: FlaskClient, shelf: Shelf) -> None:
    for path in ("/api/scan", f"/series/{shelf.series_id}/scan", "/account/tokens"):
        assert reader_client.post(path, json={"folder": "Saga"}).status_code == 403


# ---- tokens


def made(client: FlaskClient, name: str = "Mylar") -> str:
    page = client.post("/account/tokens", data={"name": name, "current": PASSWORD})
    assert page.headers["Cache-Control"] == "no-store"
    return str(page.text.partition('id="new-token" value="')[2].partition('"')[0])


def test_a_token_is_shown_once_and_opens_the_api_alone(
    admin_client: FlaskClient, app: Flask, shelf: Shelf
) -> None:
    token = made(admin_client)
    program = app.test_client()
    headers = {"Authorization": f"Bearer {token}"}
    answer = program.post("/api/scan", json={"folder": "Saga"}, headers=headers)
    assert answer.status_code == 202
    assert job_of(answer.json["job_id"]).requested_by == "Ada"
    assert program.get("/account", headers=headers).status_code == 303
    page = admin_client.get("/account").text
    assert token not in page
    assert "last used" in page

    assert admin_client.post("/account/tokens/remove", data={"name": "Mylar"}).status_code == 303
    assert program.get("/api/auth/check", headers=headers).status_code == 401


@pytest.mark.parametrize("header", ["Bearer ", "Bearer longbox_wrong", "Basic QWRhOng="])
def test_what_is_no_token_opens_nothing_not_even_with_a_cookie(
    admin_client: FlaskClient, client: FlaskClient, header: str
) -> None:
    answer = client.get("/api/auth/check", headers={"Authorization": header})
    assert answer.status_code == 401


def test_the_token_of_who_is_no_admin_any_more_is_void(
    admin_client: FlaskClient, app: Flask, admin: users.User, add_user: Callable[..., users.User]
) -> None:
    headers = {"Authorization": f"Bearer {made(admin_client)}"}
    add_user("Grace", is_admin=True)
    program = app.test_client()
    assert program.get("/api/auth/check", headers=headers).status_code == 200
    with writing() as connection:
        users.disable(connection, admin.id)
    assert program.get("/api/auth/check", headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["", "Mylar", "\t", "x" * 101])
def test_a_token_needs_a_name_of_its_own(admin_client: FlaskClient, name: str) -> None:
    made(admin_client)
    form = {"name": name, "current": PASSWORD}
    assert admin_client.post("/account/tokens", data=form).status_code == 422
