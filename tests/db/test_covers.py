"""What the catalogue and the covers' folder remember of covers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from db import cover_files, covers, errors
from db.cover_files import CoverFailure
from db.covers import Failed, Made
from db.engine import reading, writing
from db.states import ErrorClass, Phase, WorkState
from tests.shelf import Shelf

DAMAGED = CoverFailure(ErrorClass.DAMAGED, "The picture is damaged.")


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def source(comic_id: int) -> covers.Source:
    with reading() as connection:
        found = covers.source(connection, comic_id)
    assert found is not None
    return found


def record(made: list[Made], failed: list[Failed], job_id: int | None = None) -> None:
    with writing() as connection:
        covers.record(connection, made, failed, job_id)


def open_errors(comic_id: int) -> list[errors.ItemError]:
    with reading() as connection:
        return errors.listing(connection, comic_id=comic_id)


def put(file: Path) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"jpeg")
    return file


def test_a_cover_is_named_after_its_comic_and_version(data: Path) -> None:
    assert cover_files.cover_file(1234, 99) == data / "covers" / "34" / "1234-99.jpg"


def test_the_source_is_the_file_in_its_folder(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz", cover_page=2)
    found = source(comic)
    assert found.path == bytes(shelf.folder / "Saga" / "1.cbz")
    assert found.page == 2


def test_a_name_that_is_not_utf_8_stays_as_it_is(shelf: Shelf) -> None:
    assert source(shelf.add(b"caf\xe9.cbz")).path.endswith(b"/Saga/caf\xe9.cbz")


def test_the_page_is_not_known_before_the_comic_is_indexed(shelf: Shelf) -> None:
    assert source(shelf.add("1.cbz", index_state=WorkState.PENDING)).page is None


def test_there_is_no_source_for_a_comic_that_is_no_more(shelf: Shelf) -> None:
    with reading() as connection:
        assert covers.source(connection, 999) is None


def test_what_was_made_is_written_down(shelf: Shelf) -> None:
    first, second = shelf.add("1.cbz"), shelf.add("2.cbz")
    record([Made(first, 7), Made(second, 7)], [])
    assert shelf.look(first).thumbnail_state == WorkState.DONE
    assert shelf.look(second).thumbnail_state == WorkState.DONE


def test_the_cover_of_an_older_version_is_not_taken_for_the_new_one(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz", version=8)
    record([Made(comic, 7)], [])
    assert shelf.look(comic).thumbnail_state == WorkState.PENDING


def test_a_failure_is_an_error_of_the_job_that_last_changed_the_comic(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    record([], [Failed(comic, 7, DAMAGED)])
    assert shelf.look(comic).thumbnail_state == WorkState.FAILED
    [error] = open_errors(comic)
    assert error.job_id == shelf.job_id
    assert error.phase is Phase.THUMBNAIL
    assert error.path == b"Saga/1.cbz"
    assert error.error_class is ErrorClass.DAMAGED
    assert error.message == DAMAGED.message


def test_a_failure_of_a_comic_whose_job_was_deleted_goes_to_another(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz", changed_job_id=999)
    record([], [Failed(comic, 7, DAMAGED)])
    assert [error.job_id for error in open_errors(comic)] == [shelf.job_id]


def test_a_file_that_could_not_be_indexed_is_not_complained_of_twice(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz", index_state=WorkState.FAILED)
    record([], [Failed(comic, 7, DAMAGED)])
    assert shelf.look(comic).thumbnail_state == WorkState.FAILED
    assert open_errors(comic) == []


def test_the_error_is_closed_when_the_cover_is_made_after_all(shelf: Shelf) -> None:
    comic = shelf.add("1.cbz")
    record([], [Failed(comic, 7, DAMAGED)])
    with writing() as connection:
        covers.try_again(connection, comic)
    assert shelf.look(comic).thumbnail_state == WorkState.PENDING
    record([Made(comic, 7)], [])
    assert open_errors(comic) == []


def test_only_comics_that_were_other_files_before_have_old_covers(shelf: Shelf) -> None:
    new = shelf.add("1.cbz")
    changed = shelf.add("2.cbz", changed_job_id=shelf.job_id + 1)
    made = {Made(new, 7), Made(changed, 7)}
    with reading() as connection:
        assert covers.of_changed_comics(connection, made) == [Made(changed, 7)]


def test_the_marker_says_why_a_cover_failed(data: Path) -> None:
    cover_files.mark_failed(5, 7, DAMAGED)
    assert cover_files.read_failure(5, 7) == DAMAGED
    assert cover_files.read_failure(5, 8) is None
    cover_files.forget_failure(5, 7)
    assert cover_files.read_failure(5, 7) is None


def test_a_marker_that_is_not_one_says_nothing(data: Path) -> None:
    put(cover_files.marker_file(5, 7)).write_text("[1, 2")
    assert cover_files.read_failure(5, 7) is None


def test_covers_of_other_versions_are_removed_and_of_other_comics_kept(data: Path) -> None:
    old, new = put(cover_files.cover_file(5, 7)), put(cover_files.cover_file(5, 8))
    neighbour = put(cover_files.cover_file(105, 7))
    cover_files.mark_failed(5, 6, DAMAGED)
    cover_files.remove_others(5, 8)
    assert new.exists()
    assert neighbour.exists()
    assert not old.exists()
    assert cover_files.read_failure(5, 6) is None


def test_many_who_fail_over_one_cover_leave_one_marker(data: Path) -> None:
    with ThreadPoolExecutor(8) as several:
        list(several.map(lambda _: cover_files.mark_failed(1, 2, DAMAGED), range(400)))
    assert cover_files.read_failure(1, 2) == DAMAGED
    assert [file.name for file in (data / "covers" / "01").iterdir()] == ["1-2.failed"]
