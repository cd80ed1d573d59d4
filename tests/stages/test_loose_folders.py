"""Folders of loose pictures: comics where the library says so, and nothing at all where not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from db import libraries
from db.engine import writing
from db.schema import comics, folders
from db.states import ScanKind, WorkState
from tests.shelf import picture
from tests.trial import LONG_AGO, PATIENCE, Trial, age


@pytest.fixture
def trial(data: Path, tmp_path: Path) -> Trial:
    return Trial(tmp_path / "comics")


@pytest.fixture
def open_library(trial: Trial) -> Trial:
    """A library in which folders of loose pictures are comics."""
    allow(trial)
    return trial


def allow(trial: Trial, are_comics: bool = True) -> None:
    with writing() as connection:
        libraries.set_loose_folders(connection, trial.library_id, are_comics)


def chapter(trial: Trial, path: str, *names: str) -> Path:
    folder = trial.root / path
    folder.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(names or ("1.jpg", "2.jpg", "3.jpg")):
        (folder / name).write_bytes(picture(40 + number, 60))
    return folder


def test_without_the_option_folders_of_pictures_are_nothing(trial: Trial) -> None:
    trial.add("Saga/Saga 001.cbz")
    chapter(trial, "One Piece/Chapter 1")
    trial.discover()
    assert trial.paths() == {"Saga/Saga 001.cbz"}


def test_chapters_are_the_comics_of_the_folder_that_they_lie_in(open_library: Trial) -> None:
    for number in ("1", "1.5", "2"):
        chapter(open_library, f"Manga/One Piece/Chapter {number}")
    job = open_library.scan(thumbnails="none")
    assert job.comics_new == 3
    assert open_library.shelves() == {("Manga", "", "One Piece", 3)}
    found = open_library.comic("Manga/One Piece/Chapter 1.5")
    assert (found.container, found.page_count) == ("folder", 3)
    assert found.index_state == WorkState.DONE
    assert not open_library.errors()


def test_a_comic_is_the_size_of_its_pages_and_as_new_as_the_newest(open_library: Trial) -> None:
    folder = chapter(open_library, "One Piece/Chapter 1", "1.jpg", "2.jpg", "ComicInfo.xml")
    age(open_library.root)
    os.utime(folder / "2.jpg", (LONG_AGO + 60, LONG_AGO + 60))
    open_library.discover()
    found = open_library.comic("One Piece/Chapter 1")
    assert found.size == sum(file.stat().st_size for file in folder.iterdir())
    assert found.mtime_ns == (LONG_AGO + 60) * 10**9


def test_what_makes_no_comic_of_a_folder(open_library: Trial) -> None:
    chapter(open_library, "One picture", "1.jpg")
    chapter(open_library, "Artwork", "cover.jpg", "folder.jpg", "poster.png", "banner.jpg")
    chapter(open_library, "Saga", "1.jpg", "2.jpg")
    open_library.add("Saga/Saga 001.cbz")  # pictures beside comics are not pages
    chapter(open_library, "With more below", "1.jpg", "2.jpg")
    chapter(open_library, "With more below/Chapter 1")
    chapter(open_library, ".hidden/Chapter 1")
    chapter(open_library, "Synology/Chapter 1/@eaDir")  # no sub-folder that counts
    chapter(open_library, "Synology/Chapter 1")
    (open_library.root / "1.jpg").write_bytes(picture())
    (open_library.root / "2.jpg").write_bytes(picture())
    open_library.discover()
    assert open_library.paths() == {
        "Saga/Saga 001.cbz",
        "With more below/Chapter 1",
        "Synology/Chapter 1",
    }


def test_a_page_that_comes_is_found_by_a_quick_scan(open_library: Trial) -> None:
    folder = chapter(open_library, "One Piece/Chapter 1")
    age(open_library.root)
    open_library.discover()
    before = open_library.comic("One Piece/Chapter 1")
    (folder / "4.jpg").write_bytes(picture(50, 70))
    assert open_library.discover().comics_updated == 1
    after = open_library.comic("One Piece/Chapter 1")
    assert after.id == before.id
    assert after.version != before.version
    assert after.size == before.size + (folder / "4.jpg").stat().st_size


def test_an_unchanged_rescan_changes_nothing(open_library: Trial) -> None:
    chapter(open_library, "One Piece/Chapter 1")
    open_library.add("Saga/Saga 001.cbz")
    age(open_library.root)
    open_library.discover()
    before = open_library.rows(comics)
    for kind in (ScanKind.QUICK, ScanKind.FULL):
        job = open_library.discover(kind)
        assert (job.comics_found, job.comics_updated, job.comics_missing) == (2, 0, 0)
    assert open_library.rows(comics) == before


def test_a_folder_becomes_a_comic_when_it_has_the_pages_and_ceases_to_be(
    open_library: Trial,
) -> None:
    for number in range(2, 9):
        chapter(open_library, f"One Piece/Chapter {number}")
    folder = chapter(open_library, "One Piece/Chapter 1", "1.jpg")
    age(open_library.root)
    open_library.discover()
    assert "One Piece/Chapter 1" not in open_library.paths()
    (folder / "2.jpg").write_bytes(picture())
    open_library.discover()
    assert "One Piece/Chapter 1" in open_library.paths()
    (folder / "2.jpg").unlink()
    open_library.discover()
    assert open_library.paths("missing") == {"One Piece/Chapter 1"}


def test_the_option_holds_from_the_next_scan_on_though_no_folder_changed(trial: Trial) -> None:
    trial.add(*(f"Saga/Saga 00{number}.cbz" for number in range(8)))
    chapter(trial, "One Piece/Chapter 1")
    age(trial.root)
    trial.discover()
    allow(trial)
    assert trial.discover().comics_new == 1
    allow(trial, are_comics=False)
    trial.discover()
    assert trial.paths("missing") == {"One Piece/Chapter 1"}


def test_ordinary_folders_are_trusted_as_ever(open_library: Trial) -> None:
    open_library.add("Saga/Saga 001.cbz")
    chapter(open_library, "One Piece/Chapter 1")
    age(open_library.root)
    open_library.discover()
    stamps = {row.path: row.mtime_ns for row in open_library.rows(folders)}
    assert stamps[b"Saga"] == LONG_AGO * 10**9
    assert stamps[b"One Piece"] is None
    assert b"One Piece/Chapter 1" not in stamps


def test_links_in_a_folder_are_no_pages_and_a_link_to_a_chapter_is_one(
    open_library: Trial, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for number in range(3):
        (elsewhere / f"{number}.jpg").write_bytes(picture())
    folder = chapter(open_library, "One Piece/Chapter 1", "1.jpg")
    (folder / "2.jpg").symlink_to(elsewhere / "2.jpg")
    os.mkfifo(folder / "3.jpg")
    (folder.parent / "Chapter 2").symlink_to(elsewhere)
    open_library.discover()
    assert open_library.paths() == {"One Piece/Chapter 2"}


def test_a_folder_that_may_not_be_read_keeps_its_comic(
    open_library: Trial, unprivileged: tuple[str, ...]
) -> None:
    folder = chapter(open_library, "One Piece/Chapter 1")
    chapter(open_library, "One Piece/Chapter 2")
    age(open_library.root)
    open_library.discover()
    folder.chmod(0)
    try:
        open_library.request()
        with open_library.stage(open_library.claim(), unprivileged) as stage:
            assert stage.wait(PATIENCE) == 0
    finally:
        folder.chmod(0o755)
    assert open_library.errors() == {"One Piece/Chapter 1": "denied"}
    assert open_library.paths("missing") == set()
    open_library.discover()
    assert open_library.errors() == {}
    assert open_library.paths() == {"One Piece/Chapter 1", "One Piece/Chapter 2"}
