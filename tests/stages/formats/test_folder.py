"""A folder of loose pictures as a comic, and what in a folder is left alone."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, limits, open_comic
from stages.formats.folder_comic import is_comic
from stages.formats.limits import Limits
from stages.formats.metadata_file import MetadataFormat


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Chapter 1.5"
    folder.mkdir()
    for number in (1, 2, 10):
        (folder / f"page {number}.jpg").write_bytes(b"\xff\xd8\xff page %d" % number)
    return folder


def names_of(folder: Path) -> list[str]:
    with open_comic(bytes(folder)) as comic:
        return [page.name for page in comic.pages]


def test_the_pages_are_the_pictures_in_natural_order(folder: Path) -> None:
    with open_comic(bytes(folder)) as comic:
        assert comic.container == "folder"
        assert [page.name for page in comic.pages] == ["page 1.jpg", "page 2.jpg", "page 10.jpg"]
        assert comic.read(comic.pages[2]) == b"\xff\xd8\xff page 10"
        assert comic.page_sums == b""


def test_the_cover_comes_first_and_other_artwork_not_at_all(folder: Path) -> None:
    for name in (
        "Cover.png",
        "folder.jpg",
        "poster.webp",
        "Banner.jpg",
        "notes.txt",
        ".hidden.jpg",
    ):
        (folder / name).write_bytes(b"x")
    assert names_of(folder) == ["Cover.png", "page 1.jpg", "page 2.jpg", "page 10.jpg"]


def test_metadata_files_are_found(folder: Path) -> None:
    (folder / "ComicInfo.xml").write_bytes(b"<ComicInfo/>")
    with open_comic(bytes(folder)) as comic:
        assert [(one.format, one.data) for one in comic.metadata()] == [
            (MetadataFormat.COMICINFO, b"<ComicInfo/>")
        ]


def test_links_pipes_and_folders_are_no_pages(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    (folder / "page 3.jpg").symlink_to(secret)
    os.mkfifo(folder / "page 4.jpg")
    (folder / "page 5.jpg").mkdir()
    assert names_of(folder) == ["page 1.jpg", "page 2.jpg", "page 10.jpg"]


def test_a_page_that_became_something_else_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(b"secret")
    with open_comic(bytes(folder)) as comic:
        for page in comic.pages:
            (folder / page.name).unlink()
        (folder / "page 1.jpg").symlink_to(secret)
        os.mkfifo(folder / "page 2.jpg")
        for page in comic.pages:
            with pytest.raises(FormatError):
                comic.read(page)


def test_names_that_are_no_utf8_can_be_read(folder: Path) -> None:
    with open(bytes(folder) + b"/page \xff.jpg", "wb") as file:
        file.write(b"odd")
    with open_comic(bytes(folder)) as comic:
        assert b"odd" in [comic.read(page) for page in comic.pages]


def test_a_folder_is_known_by_its_pages_wherever_it_is(folder: Path, tmp_path: Path) -> None:
    def known() -> tuple[bytes, bytes]:
        with open_comic(bytes(folder)) as comic:
            return comic.fingerprint, comic.full_fingerprint

    before = known()
    folder = folder.rename(tmp_path / "elsewhere")
    for page in folder.iterdir():
        page.rename(folder / f"x{page.name}")
        os.utime(folder / f"x{page.name}", (1, 1))
    assert known() == before
    (folder / "ComicInfo.xml").write_bytes(b"<ComicInfo/>")
    assert known()[0] == before[0]
    tagged = known()[1]
    assert tagged != before[1]
    (folder / "ComicInfo.xml").write_bytes(b"<comicInfo/>")
    assert known()[1] != tagged
    (folder / "xpage 2.jpg").write_bytes(b"\xff\xd8\xff page 3")  # of the same size
    assert known()[0] != before[0]


def test_a_folder_without_pictures_has_no_pages(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        open_comic(bytes(tmp_path))
    assert caught.value.error_class is ErrorClass.NO_PAGES


def test_folders_and_pages_beyond_the_limits_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "current", Limits(entries=2))
    with pytest.raises(FormatError) as caught:
        open_comic(bytes(folder))
    assert caught.value.error_class is ErrorClass.TOO_LARGE
    monkeypatch.setattr(limits, "current", Limits(page_bytes=9))
    with open_comic(bytes(folder)) as comic, pytest.raises(FormatError) as caught:
        comic.read(comic.pages[0])
    assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_two_pictures_make_a_comic_and_artwork_does_not() -> None:
    assert is_comic([b"1.jpg", b"2.PNG"])
    assert not is_comic([b"1.jpg", b"notes.txt"])
    assert not is_comic([b"cover.jpg", b"folder.jpg", b"Poster.PNG", b"banner.jpg", b"1.jpg"])
    assert not is_comic([b".1.jpg", b"._2.jpg", b"3.jpg"])


def test_a_folder_and_a_plain_tar_of_it_are_the_same_comic(folder: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "packed.cbt", "w") as archive:
        archive.add(folder, arcname="Chapter")
    with open_comic(bytes(folder)) as loose, open_comic(bytes(tmp_path / "packed.cbt")) as packed:
        assert loose.fingerprint == packed.fingerprint
