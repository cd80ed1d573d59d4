"""LHA archives: headers of every level written here byte by byte, and those of other programs."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, open_comic
from stages.formats.lha_comic import crc16
from tests.stages.formats.archives import REAL, needs_real

PICTURE = b"\xff\xd8\xff\xe0 a page "


def lha_of(path: Path, entries: dict[str, bytes], level: int) -> bytes:
    """Write an LHA archive of stored files and answer its path as the readers take it."""
    made = b"".join(_header(name.encode(), data, level) + data for name, data in entries.items())
    path.write_bytes(made + b"\0")
    return bytes(path)


def _header(name: bytes, data: bytes, level: int) -> bytes:
    folder, _, file = name.rpartition(b"/")
    folder = folder and folder + b"/"
    extended = ([b"\1" + file] if level == 2 else []) + (
        [b"\2" + folder.replace(b"/", b"\xff")] if folder else []
    )
    chain = b"".join(struct.pack("<H", len(one) + 2) + one for one in extended) + b"\0\0"
    crc = struct.pack("<H", crc16(data))
    packed = len(data) + (len(chain) - 2 if level == 1 else 0)
    fixed = b"-lh0-" + struct.pack("<LLLBB", packed, len(data), 0, 0x20, level)
    match level:
        case 0:
            rest = fixed + bytes([len(name)]) + name + crc
            return bytes([len(rest), sum(rest) & 0xFF]) + rest
        case 1:
            rest = fixed + bytes([len(file)]) + file + crc + b"U" + chain[:2]
            return bytes([len(rest), sum(rest) & 0xFF]) + rest + chain[2:]
        case _:
            rest = fixed + crc + b"U" + chain
            return struct.pack("<H", len(rest) + 2) + rest


@pytest.mark.parametrize("level", [0, 1, 2])
def test_pages_are_listed_and_read_at_every_level_of_headers(tmp_path: Path, level: int) -> None:
    entries = {"b/2.jpg": PICTURE + b"2", "b/10.jpg": PICTURE + b"10", "notes.txt": b"-"}
    with open_comic(lha_of(tmp_path / "comic.cbr", entries, level)) as comic:
        assert comic.container == "lha"
        assert [page.name for page in comic.pages] == ["b/2.jpg", "b/10.jpg"]
        assert [comic.read(page) for page in comic.pages] == [PICTURE + b"2", PICTURE + b"10"]


def test_a_page_whose_sum_is_wrong_is_damaged(tmp_path: Path) -> None:
    path = lha_of(tmp_path / "comic.lha", {"1.jpg": PICTURE}, 1)
    content = (tmp_path / "comic.lha").read_bytes()
    (tmp_path / "comic.lha").write_bytes(content.replace(b"a page", b"a rage"))
    with open_comic(path) as comic, pytest.raises(FormatError) as caught:
        comic.read(comic.pages[0])
    assert caught.value.error_class is ErrorClass.DAMAGED


def test_an_archive_that_is_cut_off_gives_the_pages_that_are_whole(tmp_path: Path) -> None:
    path = lha_of(tmp_path / "comic.lha", {"1.jpg": PICTURE, "2.jpg": PICTURE * 9}, 1)
    content = (tmp_path / "comic.lha").read_bytes()
    (tmp_path / "comic.lha").write_bytes(content[:-50])
    with open_comic(path) as comic:
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.TRUNCATED
        assert comic.read(comic.pages[0]) == PICTURE
        with pytest.raises(FormatError):
            comic.read(comic.pages[1])


@needs_real
def test_what_other_programs_packed_is_read() -> None:
    archives = sorted((REAL / "archives").rglob("*.lha"))
    for archive in archives:
        with open_comic(bytes(archive)) as comic:
            assert all(comic.read(page) for page in comic.pages), archive.name
    assert archives
