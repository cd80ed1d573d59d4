"""Opening files that are not what their names say, or that cannot be opened at all."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from stages.formats import COMIC_SUFFIXES, ErrorClass, FormatError, open_comic
from stages.formats.container import has_comic_name
from tests.stages.formats.archives import JPEG, pages_of, rar_of, zip_of


def error_of_opening(path: Path | bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        open_comic(os.fsencode(path))
    return caught.value


def test_a_rar_archive_named_cbz_is_simply_read(tmp_path: Path) -> None:
    with open_comic(rar_of(tmp_path / "a.cbz", pages_of(2))) as comic:
        assert (comic.container, comic.page_count) == ("rar", 2)


def test_a_zip_archive_named_cbr_is_simply_read(tmp_path: Path) -> None:
    with open_comic(zip_of(tmp_path / "a.cbr", pages_of(2))) as comic:
        assert (comic.container, comic.page_count) == ("zip", 2)


def test_a_name_that_is_not_utf8_is_no_obstacle(tmp_path: Path) -> None:
    for make in (zip_of, rar_of):
        make(tmp_path / "a", pages_of(2))
        path = bytes(tmp_path) + b"/\xe9t\xe9.cbz"
        os.rename(tmp_path / "a", path)
        with open_comic(path) as comic:
            assert comic.read(comic.pages[1]) == JPEG + b"1"


def test_both_containers_of_the_same_pages_have_the_same_fingerprint(tmp_path: Path) -> None:
    with (
        open_comic(zip_of(tmp_path / "a.cbz", pages_of(4))) as one,
        open_comic(rar_of(tmp_path / "a.cbr", pages_of(4))) as other,
    ):
        assert one.fingerprint == other.fingerprint


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").touch()
    error = error_of_opening(tmp_path / "a.cbz")
    assert error.error_class is ErrorClass.EMPTY
    assert "0 bytes" in str(error)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"To be or not to be.\n" * 100, "no archive, document or folder"),
        (b"?", "no archive, document or folder"),
        (JPEG * 5000, "JPEG"),
        (b"<html><title>404</title>", "web page"),
    ],
)
def test_what_is_no_comic_is_called_what_it_is(tmp_path: Path, content: bytes, what: str) -> None:
    (tmp_path / "a.cbz").write_bytes(content)
    error = error_of_opening(tmp_path / "a.cbz")
    assert error.error_class is ErrorClass.UNSUPPORTED
    assert what in str(error)


def test_a_file_that_is_gone_has_vanished(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "gone.cbz", tmp_path / "file" / "a.cbz", bytes(tmp_path) + b"/\0.cbz"):
        assert error_of_opening(path).error_class is ErrorClass.VANISHED


def test_a_link_to_nothing_and_a_circle_of_links_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "nothing.cbz").symlink_to(tmp_path / "gone.cbz")
    (tmp_path / "circle.cbz").symlink_to(tmp_path / "circle.cbz")
    assert error_of_opening(tmp_path / "nothing.cbz").error_class is ErrorClass.BROKEN_LINK
    assert error_of_opening(tmp_path / "circle.cbz").error_class is ErrorClass.LINK_LOOP


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_denied(tmp_path: Path) -> None:
    zip_of(tmp_path / "a.cbz", pages_of(1))
    (tmp_path / "a.cbz").chmod(0)
    assert error_of_opening(tmp_path / "a.cbz").error_class is ErrorClass.DENIED


def test_a_folder_named_like_a_comic_has_no_pages_if_it_has_no_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").mkdir()
    error = error_of_opening(tmp_path / "a.cbz")
    assert error.error_class is ErrorClass.NO_PAGES
    assert "folder" in str(error)


@pytest.mark.parametrize(
    ("name", "worth_opening"),
    [
        *((f"Saga 1.{suffix}".encode(), True) for suffix in ("cbz", "CBR", "7z", "pdf", "ePub")),
        *((f"Saga 1.{suffix}".encode(), True) for suffix in ("tgz", "tar.gz", "TAR.XZ", "cbt.zst")),
        *((f"Saga 1.{suffix}".encode(), False) for suffix in ("gz", "txt", "jpg", "cbz.gz")),
        (b"cbz", False),
        (b"", False),
    ],
)
def test_the_name_says_whether_a_file_is_worth_opening(name: bytes, worth_opening: bool) -> None:
    assert has_comic_name(name) is worth_opening


def test_pipes_and_sockets_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.cbz")
    error_of_opening(tmp_path / "pipe.cbz")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.cbz"))
        error_of_opening(tmp_path / "socket.cbz")


def test_a_refused_file_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "a.cbz").write_bytes(b"PK\3\4 and nothing more")
    before = len(os.listdir("/dev/fd"))
    for _ in range(5):
        error_of_opening(tmp_path / "a.cbz")
        open_comic(rar_of(tmp_path / "a.cbr", pages_of(1))).close()
    assert len(os.listdir("/dev/fd")) == before


def test_suffixes_are_bytes_in_lower_case_with_their_dot() -> None:
    assert {b".cbz", b".cbr"} < COMIC_SUFFIXES
    assert all(suffix == suffix.lower() and suffix[:1] == b"." for suffix in COMIC_SUFFIXES)


def test_a_file_that_was_cut_up_says_what_to_do(tmp_path: Path) -> None:
    whole = tmp_path / "a.cbz"
    zip_of(whole, pages_of(9))
    first, second = tmp_path / "a.cbz.001", tmp_path / "a.cbz.002"
    data = whole.read_bytes()
    first.write_bytes(data[:400])
    second.write_bytes(data[400:])
    error = error_of_opening(first)
    assert error.error_class is ErrorClass.UNSUPPORTED
    assert "Put them together again" in str(error)
    assert has_comic_name(first.name.encode())
    assert not has_comic_name(second.name.encode())
    second.unlink()  # nothing but the name speaks of others now
    whole.rename(first)
    with open_comic(bytes(first)) as comic:
        assert comic.page_count == 9
