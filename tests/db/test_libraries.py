"""Libraries: which folders can be one, moving them, and forgetting everything about one."""

from __future__ import annotations

import os
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Table, func, insert, select, text, update

from db import catalogue, dialect, jobs, libraries, progress, purges, readable
from db.engine import reading, writing
from db.schema import (
    comic_credits,
    comic_tags,
    comics,
    folders,
    job_changes,
    job_errors,
    job_log,
    people,
    scan_jobs,
    series,
    shards,
    tags,
)
from db.schema import libraries as table
from db.states import ScanKind
from pipeline import housekeeping

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def add(folder: Path, name: str | None = None) -> libraries.Library:
    found = libraries.usable_folder(str(folder))
    with writing() as connection:
        return libraries.add(connection, found, name)


def scan(library: libraries.Library) -> int:
    with writing() as connection:
        return jobs.request_scan(connection, library.id, ScanKind.QUICK, {}, "a test")


def count(what: Table) -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(what)).scalar_one()


def fill(library: libraries.Library, how_many: int) -> int:
    """Put comics into a library, each with all that can hang on one; answers an ended job's id."""
    with writing() as connection:
        job = jobs.request_scan(connection, library.id, ScanKind.QUICK, {}, "a test")
        folder = connection.execute(
            insert(folders)
            .values(library_id=library.id, path=b"S", mtime_ns=7)
            .returning(folders.c.id)
        ).scalar_one()
        its_series = connection.execute(
            insert(series)
            .values(library_id=library.id, folder_id=folder, name="S", sort_name="s", added_at=0.0)
            .returning(series.c.id)
        ).scalar_one()
        dialect.put_in_search(connection, "series_search", ["name"], [(its_series, "S")])
        person = connection.execute(
            insert(people).values(name=library.name).returning(people.c.id)
        ).scalar_one()
        tag = connection.execute(
            insert(tags).values(kind="genre", name=library.name).returning(tags.c.id)
        ).scalar_one()
        for number in range(how_many):
            comic = connection.execute(
                insert(comics)
                .values(
                    library_id=library.id,
                    folder_id=folder,
                    series_id=its_series,
                    file_name=b"%d.cbz" % number,
                    sort_key=str(number),
                    size=1,
                    mtime_ns=1,
                    version=1,
                    added_job_id=job,
                    changed_job_id=job,
                    added_at=0.0,
                )
                .returning(comics.c.id)
            ).scalar_one()
            connection.execute(
                insert(comic_credits).values(
                    comic_id=comic, role="writer", person_id=person, position=0
                )
            )
            connection.execute(insert(comic_tags).values(comic_id=comic, tag_id=tag))
            connection.execute(
                insert(job_changes).values(job_id=job, comic_id=comic, change="moved")
            )
            connection.execute(
                insert(job_errors).values(
                    job_id=job,
                    library_id=library.id,
                    phase="index",
                    comic_id=comic,
                    path=b"S/%d.cbz" % number,
                    error_class="damaged",
                    message="It is damaged.",
                    first_seen_at=0.0,
                    last_seen_at=0.0,
                )
            )
            dialect.put_in_search(
                connection,
                "comic_search",
                ["series", "title", "number", "people"],
                [(comic, "S", "T", str(number), "P")],
            )
        jobs.cancel(connection, job)
    return job


def test_a_library_is_named_after_its_folder(shelf: Path) -> None:
    library = add(shelf)
    assert (library.name, library.path) == ("shelf", os.fsencode(shelf))
    with reading() as connection:
        assert libraries.named(connection, "shelf") == library
        assert libraries.listing(connection) == [library]


def test_a_folder_is_registered_by_its_real_path(shelf: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(shelf)
    assert add(link).path == os.fsencode(shelf)
    with pytest.raises(libraries.AlreadyRegistered, match="is the library shelf already"):
        add(shelf, "another name")


def test_a_folder_whose_name_is_not_utf8_can_be_a_library(shelf: Path) -> None:
    odd = os.fsencode(shelf) + b"/caf\xe9"
    os.mkdir(odd)
    with writing() as connection:
        library = libraries.add(connection, libraries.usable_folder(odd))
    assert (library.path, library.name) == (odd, "caf\ufffd")


@pytest.mark.parametrize(
    ("below", "sentence"),
    [("nowhere", "There is no folder .*nowhere"), ("file.txt", "file.txt is not a folder")],
)
def test_what_is_no_folder_is_refused(shelf: Path, below: str, sentence: str) -> None:
    (shelf / "file.txt").write_text("x")
    with pytest.raises(libraries.FolderUnusable, match=sentence):
        libraries.usable_folder(str(shelf / below))


@pytest.mark.parametrize("nothing", ["", "a\0b"])
def test_nothing_is_no_folder(nothing: str) -> None:
    with pytest.raises(libraries.FolderUnusable, match="Say which folder"):
        libraries.usable_folder(nothing)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_refused(shelf: Path) -> None:
    shelf.chmod(0)
    with pytest.raises(libraries.FolderUnusable, match="may not read"):
        libraries.usable_folder(str(shelf))


@pytest.mark.parametrize("folder", [".", "run", ".."])
def test_longboxs_own_data_is_no_library(data: Path, folder: str) -> None:
    with pytest.raises(libraries.FolderUnusable, match="lie in each other"):
        add(data / folder)


def test_a_library_inside_another_is_refused(shelf: Path) -> None:
    add(shelf)
    (shelf / "inner").mkdir()
    with pytest.raises(libraries.FolderUnusable, match="lies inside the library shelf"):
        add(shelf / "inner")


def test_a_library_around_another_is_refused(shelf: Path) -> None:
    (shelf / "inner").mkdir()
    add(shelf / "inner")
    for around in (shelf, Path("/")):
        with pytest.raises(libraries.FolderUnusable, match="has the library inner in it"):
            add(around)


def test_a_folder_beside_another_of_a_longer_name_is_fine(shelf: Path) -> None:
    add(shelf)
    beside = shelf.with_name("shelf-two")
    beside.mkdir()
    assert add(beside).name == "shelf-two"


def test_two_libraries_of_one_name_are_refused(shelf: Path) -> None:
    for part in ("a/comics", "b/comics"):
        (shelf / part).mkdir(parents=True)
    add(shelf / "a/comics")
    with pytest.raises(libraries.NameTaken, match="another name"):
        add(shelf / "b/comics")
    assert add(shelf / "b/comics", "More comics").name == "More comics"


@pytest.mark.parametrize("name", ["  ", "x" * 101, "a\nb"])
def test_a_library_has_a_name_that_can_be_read(shelf: Path, name: str) -> None:
    with pytest.raises(libraries.NameUnfit):
        add(shelf, name)


def test_moving_keeps_everything_and_has_every_folder_listed_again(
    shelf: Path, tmp_path: Path
) -> None:
    library = add(shelf)
    fill(library, 3)
    with writing() as connection:
        connection.execute(update(table).values(root_device=1))
    new = tmp_path / "new"
    new.mkdir()
    with writing() as connection:
        libraries.move(connection, library.id, libraries.usable_folder(str(new)))
    with reading() as connection:
        row = connection.execute(select(table)).one()
        assert (row.path, row.root_device, row.name) == (os.fsencode(new), None, "shelf")
        assert connection.execute(select(folders.c.mtime_ns)).scalar_one() is None
    assert count(comics) == 3


def test_a_library_can_be_moved_into_a_folder_of_its_own(shelf: Path) -> None:
    library = add(shelf)
    (shelf / "inner").mkdir()
    with writing() as connection:
        libraries.move(connection, library.id, libraries.usable_folder(str(shelf / "inner")))


def test_a_library_cannot_be_moved_onto_another(shelf: Path, tmp_path: Path) -> None:
    library = add(shelf)
    other = tmp_path / "other"
    other.mkdir()
    add(other)
    with writing() as connection, pytest.raises(libraries.AlreadyRegistered):
        libraries.move(connection, library.id, os.fsencode(other))


def remove(library_id: int) -> None:
    with writing() as connection:
        libraries.ask_removal(connection, library_id)
    housekeeping.fulfil_wishes(threading.Event())


def test_removing_forgets_everything_of_that_library_and_nothing_else(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purges, "ROWS", 4)
    monkeypatch.setattr(purges, "BATCH", 4)
    (tmp_path / "other").mkdir()
    library, other = add(shelf), add(tmp_path / "other")
    fill(library, 10)
    fill(other, 3)
    remove(library.id)
    for what in (comics, comic_credits, comic_tags, job_errors, job_changes):
        assert count(what) == 3
    for what in (table, series, folders, scan_jobs, shards):
        assert count(what) == 1
    with reading() as connection:
        for index, rows in (("comic_search", 3), ("series_search", 1)):
            found = connection.execute(text(f"SELECT count(*) FROM {index}")).scalar_one()
            assert found == rows
    assert shelf.is_dir()


def test_a_library_that_is_being_scanned_is_neither_removed_nor_moved(
    shelf: Path, tmp_path: Path
) -> None:
    library = add(shelf)
    job = scan(library)
    with pytest.raises(libraries.ScanUnderWay, match=f"job {job}"):
        remove(library.id)
    with writing() as connection, pytest.raises(libraries.ScanUnderWay):
        libraries.move(connection, library.id, os.fsencode(tmp_path))


def test_a_removal_that_was_cut_short_is_done_by_whoever_comes_next(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = add(shelf)
    fill(library, 6)
    monkeypatch.setattr(purges, "BATCH", 2)
    with writing() as connection:
        libraries.ask_removal(connection, library.id)
        assert purges.forget_library(connection, library.id)
    assert count(comics) == 4
    with reading() as connection:
        assert libraries.being_removed(connection) == [(library.id, library.name)]
    housekeeping.fulfil_wishes(threading.Event())
    assert count(table) == count(comics) == count(scan_jobs) == 0


def test_the_scans_of_a_removed_library_are_forgotten_one_by_one(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = add(shelf)
    for _ in range(3):
        job = scan(library)
        with writing() as connection:
            jobs.pause(connection, job)
            jobs.cancel(connection, job)
    monkeypatch.setattr(purges, "ROWS", 2)
    with writing() as connection:
        libraries.ask_removal(connection, library.id)
    left = [(count(job_log), count(scan_jobs))]
    while count(table):
        with writing() as connection:
            purges.forget_library(connection, library.id)
        left.append((count(job_log), count(scan_jobs)))
    steps = [(one[0] - then[0], one[1] - then[1]) for one, then in pairwise(left)]
    assert set(steps) == {(2, 0), (0, 1), (0, 0)}  # the last is that of the library itself


def test_a_library_being_removed_is_there_for_nobody(shelf: Path) -> None:
    library = add(shelf)
    job = fill(library, 1)
    with writing() as connection:
        libraries.ask_removal(connection, library.id)
        assert libraries.listing(connection) == []
        assert catalogue.shelves(connection).libraries == []
        wall = catalogue.Shelf()
        assert catalogue.series_page(connection, "name", wall, limit=9).items == []
        assert catalogue.comics_page(connection, "added", limit=9).items == []
        assert catalogue.comic_details(connection, 1) is None
        assert readable.find(connection, 1) is None
        assert progress.newest(connection) is None
        for find in (libraries.get, libraries.ask_removal):
            with pytest.raises(libraries.NoSuchLibrary):
                find(connection, library.id)
        with pytest.raises(jobs.NoSuchJob):
            jobs.retry(connection, job)
        for name in (library.name, "Another name"):
            with pytest.raises(libraries.BeingRemoved, match="Try again in a moment"):
                libraries.add(connection, os.fsencode(shelf), name)


def test_ignore_patterns_are_kept_one_a_line_and_make_the_next_scan_look_again(
    shelf: Path,
) -> None:
    library = add(shelf)
    fill(library, 1)
    with writing() as connection:
        libraries.set_ignore_patterns(connection, library.id, ["  *.tmp ", "", "Old/*"])
        assert libraries.get(connection, library.id).ignore_patterns == "*.tmp\nOld/*"
        assert connection.execute(select(folders.c.mtime_ns)).scalar_one() is None


@pytest.mark.parametrize("patterns", [["x" * 501], ["a\0b"], ["*"] * 201])
def test_patterns_that_make_no_sense_are_refused(shelf: Path, patterns: list[str]) -> None:
    library = add(shelf)
    with writing() as connection, pytest.raises(libraries.PatternsUnfit):
        libraries.set_ignore_patterns(connection, library.id, patterns)


def test_a_library_that_is_not_there_is_named_so() -> None:
    with reading() as connection, pytest.raises(libraries.NoSuchLibrary, match="named Nemo"):
        libraries.named(connection, "Nemo")
    with pytest.raises(libraries.NoSuchLibrary):
        remove(99)
