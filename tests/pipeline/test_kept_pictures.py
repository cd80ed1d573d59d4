"""Pictures that nothing names any more are forgotten, rows and files, and all others stay."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from db import artwork, kept_pictures
from db.engine import reading, writing
from db.kept_pictures import Picture
from db.schema import artwork as pictures
from db.schema import artwork_files, comics, series
from pipeline.housekeeping import prune_artwork
from tests.shelf import Shelf


@pytest.fixture
def shelf(data: Path, tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "comics")


def kept(digit: str, age: float = 7200.0) -> int:
    """A kept picture whose files were last used so many seconds ago; answers its id."""
    picture = Picture(digit * 64, "image/png", 1, 1, 1)
    for file in files_of(digit):
        kept_pictures.put(file, b"a picture")
        used = file.stat().st_mtime - age
        os.utime(file, (used, used))
    with writing() as connection:
        return artwork.keep(connection, picture)


def files_of(digit: str) -> tuple[Path, Path]:
    sha256 = digit * 64
    return kept_pictures.picture_file(sha256, "image/png"), kept_pictures.cover_file(sha256)


def known() -> set[str]:
    with reading() as connection:
        return {sha[0] for sha in connection.execute(select(pictures.c.sha256)).scalars()}


def test_only_what_is_named_by_a_file_a_series_or_a_comic_stays(shelf: Shelf) -> None:
    comic_id = shelf.add("1.cbz")
    of_file, of_series, of_comic, _of_nothing = (kept(digit) for digit in "abcd")
    with writing() as connection:
        connection.execute(
            insert(artwork_files).values(
                library_id=shelf.library_id,
                folder_id=shelf.folder_id,
                file_name=b"cover.jpg",
                role="cover",
                size=1,
                mtime_ns=1,
                artwork_id=of_file,
            )
        )
        connection.execute(update(series).values(cover_artwork_id=of_series))
        connection.execute(
            update(comics).where(comics.c.id == comic_id).values(cover_artwork_id=of_comic)
        )
    prune_artwork()
    assert known() == {"a", "b", "c"}
    assert [digit for digit in "abcd" for file in files_of(digit) if file.exists()] == list(
        "aabbcc"
    )


def test_files_that_were_used_just_now_may_be_about_to_get_their_row(shelf: Shelf) -> None:
    kept("a", age=0)
    prune_artwork()
    assert known() == set()
    assert all(file.exists() for file in files_of("a"))


def test_an_id_is_never_given_twice(shelf: Shelf) -> None:
    first = kept("a")
    prune_artwork()
    assert kept("b") > first


def test_what_a_killed_process_left_goes_too(shelf: Shelf) -> None:
    left = kept_pictures.cover_file("e" * 64).with_suffix(".123.part")
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a picture")
    os.utime(left, (1, 1))
    prune_artwork()
    assert not left.exists()
