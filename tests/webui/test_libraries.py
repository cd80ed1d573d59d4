"""The admin's pages for libraries."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from db import jobs, libraries
from db.engine import reading, writing
from pipeline import tasks


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


@pytest.fixture
def library(data: Path, shelf: Path) -> libraries.Library:
    with writing() as connection:
        return libraries.add(connection, libraries.usable_folder(str(shelf)))


def all_libraries() -> list[libraries.Library]:
    with reading() as connection:
        return libraries.listing(connection)


def test_adding_a_library_begins_its_scan(admin_client: FlaskClient, shelf: Path) -> None:
    form = {"folder": str(shelf), "name": "My comics", "scan": "1"}
    answer = admin_client.post("/libraries", data=form, follow_redirects=True)
    assert "its first scan has begun" in answer.text
    assert "My comics" in answer.text
    [library] = all_libraries()
    with reading() as connection:
        job = jobs.newest(connection, library.id)
    assert job is not None
    assert job.requested_by == "Ada"
    assert tasks.stages_huey.pending_count() == 1


def test_a_library_can_be_added_without_a_scan(admin_client: FlaskClient, shelf: Path) -> None:
    admin_client.post("/libraries", data={"folder": str(shelf)})
    [library] = all_libraries()
    assert library.name == "shelf"
    with reading() as connection:
        assert jobs.newest(connection) is None


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("", "Say which folder your comics are in."),
        ("comics", "comics is not a full path"),
        ("/nowhere/<at>/all", "There is no folder /nowhere/&lt;at&gt;/all"),
    ],
)
def test_a_folder_that_cannot_be_one_is_refused(
    admin_client: FlaskClient, folder: str, sentence: str
) -> None:
    answer = admin_client.post("/libraries", data={"folder": folder})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all_libraries() == []


def test_the_same_folder_twice_is_refused(
    admin_client: FlaskClient, library: libraries.Library, shelf: Path
) -> None:
    answer = admin_client.post("/libraries", data={"folder": str(shelf), "name": "Again"})
    assert answer.status_code == 422
    assert "is the library shelf already" in answer.text
    assert 'value="Again"' in answer.text


def test_a_library_is_moved(
    admin_client: FlaskClient, library: libraries.Library, tmp_path: Path
) -> None:
    new = tmp_path / "new"
    new.mkdir()
    path = f"/libraries/{library.id}"
    answer = admin_client.post(f"{path}/move", data={"folder": str(new)}, follow_redirects=True)
    assert "The library is moved." in answer.text
    assert all_libraries()[0].path == os.fsencode(new)


def test_a_library_is_not_moved_to_where_nothing_is(
    admin_client: FlaskClient, library: libraries.Library
) -> None:
    path = f"/libraries/{library.id}"
    answer = admin_client.post(f"{path}/move", data={"folder": "/nowhere"})
    assert answer.status_code == 422
    assert "There is no folder /nowhere" in answer.text
    assert all_libraries() == [library]


def test_ignore_patterns_are_kept(admin_client: FlaskClient, library: libraries.Library) -> None:
    path = f"/libraries/{library.id}"
    form = {"patterns": "*.tmp\r\n\r\nDrafts\r\n"}
    answer = admin_client.post(f"{path}/ignore-patterns", data=form, follow_redirects=True)
    assert "*.tmp\nDrafts" in answer.text
    assert all_libraries()[0].ignore_patterns == "*.tmp\nDrafts"
    admin_client.post(f"{path}/ignore-patterns", data={"patterns": ""})
    assert all_libraries()[0].ignore_patterns == ""


def test_patterns_that_make_no_sense_are_shown_again(
    admin_client: FlaskClient, library: libraries.Library
) -> None:
    path = f"/libraries/{library.id}/ignore-patterns"
    answer = admin_client.post(path, data={"patterns": "x" * 501})
    assert answer.status_code == 422
    assert "x" * 501 in answer.text


def test_a_library_is_removed_and_its_files_stay(
    admin_client: FlaskClient, library: libraries.Library, shelf: Path
) -> None:
    answer = admin_client.post(f"/libraries/{library.id}/remove", follow_redirects=True)
    assert "Its files are where they were." in answer.text
    assert all_libraries() == []
    assert shelf.is_dir()


@pytest.mark.parametrize("deed", ["move", "remove"])
def test_a_library_that_is_being_scanned_stays_as_it_is(
    admin_client: FlaskClient, shelf: Path, tmp_path: Path, deed: str
) -> None:
    admin_client.post("/libraries", data={"folder": str(shelf), "scan": "1"})
    [library] = all_libraries()
    answer = admin_client.post(f"/libraries/{library.id}/{deed}", data={"folder": str(tmp_path)})
    assert answer.status_code == 409
    assert "A scan of shelf is under way" in answer.text
    assert all_libraries() == [library]


@pytest.mark.parametrize("deed", ["", "/move", "/ignore-patterns", "/remove"])
def test_a_library_that_is_not_there_is_not_found(
    admin_client: FlaskClient, tmp_path: Path, deed: str
) -> None:
    method = "POST" if deed else "GET"
    answer = admin_client.open(
        f"/libraries/99{deed}", method=method, data={"folder": str(tmp_path)}
    )
    assert answer.status_code == 404


def test_folders_of_pictures_are_comics_where_an_admin_says_so(
    admin_client: FlaskClient, library: libraries.Library
) -> None:
    where = f"/libraries/{library.id}/loose-folders"
    assert "with folders of pictures" not in admin_client.get("/libraries").text
    answer = admin_client.post(where, data={"loose_folders": "1"}, follow_redirects=True)
    assert "The choice is kept" in answer.text
    assert all_libraries()[0].loose_folders
    assert "with folders of pictures" in admin_client.get("/libraries").text
    admin_client.post(where, data={})
    assert not all_libraries()[0].loose_folders
    assert admin_client.post("/libraries/999/loose-folders").status_code == 404


def test_a_library_is_added_with_its_folders_of_pictures(
    admin_client: FlaskClient, shelf: Path
) -> None:
    form = {"folder": str(shelf / "nothing"), "loose_folders": "1"}
    assert (
        'name="loose_folders" value="1" checked' in admin_client.post("/libraries", data=form).text
    )
    admin_client.post("/libraries", data=form | {"folder": str(shelf)})
    assert all_libraries()[0].loose_folders
