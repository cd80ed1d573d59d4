"""`longbox library …`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import jobs, libraries
from db.engine import reading, writing
from db.states import ScanKind
from pipeline.cli import main

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def run(*words: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["library", *map(str, words)])
    return result.exit_code, result.output


def all_libraries() -> list[libraries.Library]:
    with reading() as connection:
        return libraries.listing(connection)


def test_a_library_is_added_and_not_scanned(shelf: Path) -> None:
    assert run("add", shelf) == (0, f"Added the library shelf ({shelf}).\n")
    with reading() as connection:
        assert jobs.newest(connection) is None


def test_a_path_may_be_relative(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf.parent)
    assert run("add", "shelf", "--name", "Comics")[0] == 0
    assert all_libraries()[0].path == os.fsencode(shelf)


def test_adding_a_library_twice_has_a_status_of_its_own(shelf: Path) -> None:
    run("add", shelf)
    assert run("add", shelf) == (3, f"{shelf} is the library shelf already.\n")


def test_a_folder_that_is_not_there_is_one_clear_line(shelf: Path) -> None:
    nowhere = shelf / "nowhere"
    expected = f"Error: There is no folder {nowhere}. Is its disk mounted?\n"
    assert run("add", nowhere) == (1, expected)


def test_libraries_are_listed(shelf: Path) -> None:
    assert "longbox library add" in run("list")[1]
    run("add", shelf)
    lines = run("list")[1].splitlines()
    assert lines[0].split() == ["Name", "Comics", "Folder"]
    assert lines[1].split()[:2] == ["shelf", "0"]
    [listed] = json.loads(run("list", "--json")[1])
    assert (listed["name"], listed["path"], listed["comics"]) == ("shelf", str(shelf), 0)


def test_a_library_is_moved(shelf: Path, tmp_path: Path) -> None:
    run("add", shelf)
    new = tmp_path / "new"
    new.mkdir()
    assert run("move", "shelf", new) == (0, f"The library shelf is at {new} now.\n")
    assert all_libraries()[0].path == os.fsencode(new)


def test_a_library_is_removed(shelf: Path) -> None:
    run("add", shelf)
    assert run("remove", "shelf")[0] == 0
    assert all_libraries() == []


@pytest.mark.parametrize("words", [("remove", "Nemo"), ("ignore", "Nemo"), ("move", "Nemo", "/")])
def test_a_library_that_is_not_there_is_one_clear_line(words: tuple[str, ...]) -> None:
    expected = "Error: There is no library named Nemo. `longbox library list` shows all.\n"
    assert run(*words) == (1, expected)


def test_a_library_that_is_being_scanned_is_not_removed(shelf: Path) -> None:
    run("add", shelf)
    with writing() as connection:
        jobs.request_scan(connection, all_libraries()[0].id, ScanKind.QUICK, {}, "a test")
    status, output = run("remove", "shelf")
    assert status == 1
    assert output.startswith("Error: A scan of shelf is under way (job 1).")


def test_ignore_patterns_are_set_shown_and_cleared(shelf: Path) -> None:
    run("add", shelf)
    assert run("ignore", "shelf", "*.tmp", "Drafts")[0] == 0
    assert run("ignore", "shelf") == (0, "*.tmp\nDrafts\n")
    assert run("ignore", "shelf", "--none")[0] == 0
    assert run("ignore", "shelf") == (0, "")
    assert run("ignore", "shelf", "x", "--none")[0] == 2


def test_folders_of_pictures_are_comics_where_a_person_says_so(shelf: Path) -> None:
    run("add", shelf)
    assert not all_libraries()[0].loose_folders
    assert run("loose-folders", "shelf", "on")[0] == 0
    assert all_libraries()[0].loose_folders
    assert json.loads(run("list", "--json")[1])[0]["loose_folders"] is True
    assert "folders of pictures" in run("list")[1]
    assert run("loose-folders", "shelf", "off")[0] == 0
    assert not all_libraries()[0].loose_folders
    assert run("loose-folders", "nothing", "on")[0] == 1


def test_a_library_is_added_with_its_folders_of_pictures(shelf: Path) -> None:
    run("add", shelf, "--loose-folders")
    assert all_libraries()[0].loose_folders
