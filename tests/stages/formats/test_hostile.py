"""Whatever is in a file, reading it answers or raises `FormatError`; nothing else gets out."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import random
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from stages.formats import FormatError, comicinfo, open_comic
from stages.formats.seven_zip_directory import read_files
from stages.formats.zip_comic import ZipComic
from tests.stages.formats.archives import JPEG, REAL, needs_real, rar_of, zip_of
from tests.stages.formats.test_seven_zip import ENGINE, seven_zip_of
from tests.stages.formats.test_tar import tar_of

ENTRIES = {
    "b/10.jpg": JPEG * 20,
    "b/9.jpg": b"",
    "a.png": bytes(300),
    "ComicInfo.xml": b"<ComicInfo><Title>T &amp; U</Title><Year>2001</Year></ComicInfo>",
    "é.webp": bytes(range(256)),
}


def read_everything(path: bytes) -> None:
    """Open, list, and read pages on their own, so that one's fault does not hide another's."""
    with suppress(FormatError), open_comic(path) as comic:
        assert comic.page_count == len(comic.pages) > 0
        assert len(comic.fingerprint) == 16
        for page in comic.pages[:20]:
            with suppress(FormatError):
                assert len(comic.read(page)) == page.size or comic.container == "pdf"
        with suppress(FormatError):
            for file in comic.metadata():
                if isinstance(file.data, bytes):
                    comicinfo.parse(file.data)


def mutations(whole: bytes, seed: int, count: int) -> Iterator[bytes]:
    """Copies with bytes changed, zeroed, set to all ones, cut out, doubled or cut off."""
    rng = random.Random(seed)
    for _ in range(count):
        data = bytearray(whole)
        for _ in range(rng.randrange(1, 5)):
            place = rng.randrange(len(data))
            length = rng.choice((1, 1, 2, 4, 30))
            match rng.randrange(6):
                case 0:
                    data[place] = rng.randrange(256)
                case 1:
                    data[place : place + length] = bytes(length)
                case 2:
                    data[place : place + length] = b"\xff" * length
                case 3:
                    del data[place : place + length]
                case 4:
                    data[place:place] = data[place : place + length]
                case _:
                    del data[max(place, len(data) // 2) :]
            if not data:
                break
        yield bytes(data)


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_no_mutated_zip_raises_anything_else(tmp_path: Path, method: int) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, ENTRIES, method)
    whole = file.read_bytes()
    directory = whole.index(b"PK\1\2")
    for data in mutations(whole, method, 300):
        file.write_bytes(data)
        read_everything(bytes(file))
    for tail in mutations(whole[directory:], method, 300):  # where most of the meaning is
        file.write_bytes(whole[:directory] + tail)
        read_everything(bytes(file))


def test_no_mutated_rar_raises_anything_else(tmp_path: Path) -> None:
    file = tmp_path / "a.cbr"
    for encrypted in (False, True):
        rar_of(file, ENTRIES, encrypted=encrypted)
        for data in mutations(file.read_bytes(), 5, 150):
            file.write_bytes(data)
            read_everything(bytes(file))


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_no_mutated_tar_raises_anything_else(
    tmp_path: Path, compress: Callable[[bytes], bytes], layout: int
) -> None:
    file = tmp_path / "a.cbt"
    tar_of(file, {f"{'long ' * 30}{name}": data for name, data in ENTRIES.items()}, layout)
    for data in mutations(compress(file.read_bytes()), 11, 100):
        file.write_bytes(data)
        read_everything(bytes(file))


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_no_mutated_zip_without_a_directory_raises_anything_else(
    tmp_path: Path, method: int
) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, ENTRIES, method)
    whole = file.read_bytes()
    for data in mutations(whole[: whole.index(b"PK\1\2")], 3, 200):
        file.write_bytes(data)
        read_everything(bytes(file))


@pytest.mark.skipif(ENGINE is None or ENGINE.name != "7zz", reason="no 7-Zip to make archives with")
def test_no_mutated_table_of_contents_of_a_7z_archive_raises_anything_else(tmp_path: Path) -> None:
    file = tmp_path / "a.cb7"
    seven_zip_of(file, ENTRIES, "-m0=Copy", "-mhc=off", "-ms=off")
    start = file.read_bytes()
    offset, length, _ = struct.unpack_from("<QQL", start, 12)
    place = 32 + offset
    for header in mutations(start[place : place + length], 19, 400):
        # With right checksums; with wrong ones nothing of it would be looked at.
        fields = struct.pack("<QQL", offset, len(header), zlib.crc32(header))
        head = start[:8] + struct.pack("<L", zlib.crc32(fields)) + fields
        file.write_bytes(head + start[32:place] + header)
        with open(file, "rb") as opened, suppress(FormatError):
            read_files(opened.fileno())


def test_no_mutated_comicinfo_raises_anything_else() -> None:
    for encoding in ("utf-8", "utf-16", "windows-1252"):
        whole = ENTRIES["ComicInfo.xml"].decode().encode(encoding)
        for data in mutations(whole, 17, 500):
            with suppress(FormatError):
                comicinfo.parse(data)


def test_an_archive_that_points_into_itself_is_bounded(tmp_path: Path) -> None:
    """Every entry of a quine of overlapping entries is read at most up to its own size."""
    file = tmp_path / "a.cbz"
    zip_of(file, {f"{n}.jpg": bytes(1000) for n in range(50)}, zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    place = data.index(b"PK\1\2")
    for _ in range(50):
        data[place + 42 : place + 46] = bytes(4)  # all start where the first does
        place = data.find(b"PK\1\2", place + 1)
    file.write_bytes(data)
    with open_comic(bytes(file)) as comic:
        assert all(comic.read(page) == bytes(1000) for page in comic.pages)


@needs_real
def test_no_real_archive_raises_anything_else() -> None:
    for folder in ("archives", "hostile"):
        for file in sorted((REAL / folder).rglob("*")):
            if file.is_file() and file.stat().st_size < 10_000_000:
                read_everything(bytes(file))


@needs_real
def test_real_zip_archives_are_read_as_the_standard_library_reads_them() -> None:
    compared = 0
    for file in sorted((REAL / "archives").rglob("*")):
        if not zipfile.is_zipfile(file) or file.suffix in (".rar", ".7z"):
            continue
        with (
            zipfile.ZipFile(file) as archive,
            suppress(FormatError),
            open_comic(bytes(file)) as ours,
        ):
            assert isinstance(ours, ZipComic)
            infos = {info.filename: info for info in archive.infolist()}
            for page in ours.pages:
                info = infos.get(page.name)
                if info is None or info.flag_bits & 1 or info.file_size > 1 << 28:
                    continue
                assert ours.read(page) == archive.read(info), os.fspath(file)
                compared += 1
    assert compared > 100
