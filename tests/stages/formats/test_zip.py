"""Comics in ZIP archives: what is listed, what is read, what is refused."""

from __future__ import annotations

import lzma
import os
import re
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, open_comic
from stages.formats.unpacker import engine
from stages.formats.zip_directory import TAIL
from stages.formats.zstandard import zstd
from tests.stages.formats.archives import JPEG, pages_of, zip_of

ENGINE = engine()


def names_and_contents(path: bytes) -> dict[str, bytes]:
    with open_comic(path) as comic:
        assert comic.page_count == len(comic.pages)
        return {page.name: comic.read(page) for page in comic.pages}


def error_of_reading(path: bytes) -> FormatError:
    with open_comic(path) as comic, pytest.raises(FormatError) as caught:
        comic.read(comic.pages[0])
    return caught.value


@pytest.mark.parametrize(
    "method",
    [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA],
)
def test_pages_are_read_as_they_were_packed(tmp_path: Path, method: int) -> None:
    pages = pages_of(12)
    assert names_and_contents(zip_of(tmp_path / "a.cbz", pages, method)) == pages


def test_a_page_tells_name_size_and_checksum(tmp_path: Path) -> None:
    with open_comic(zip_of(tmp_path / "a.cbz", {"cover.png": b"12345"})) as comic:
        (page,) = comic.pages
    assert (page.name, page.size, page.crc) == ("cover.png", 5, zlib.crc32(b"12345"))
    assert comic.container == "zip"


def test_a_directory_larger_than_the_first_look_is_read(tmp_path: Path) -> None:
    pages = {f"{'long name ' * 20}{n:04d}.jpg": JPEG for n in range(400)}
    path = zip_of(tmp_path / "a.cbz", pages)
    assert os.stat(path).st_size > 4 * TAIL
    assert names_and_contents(path) == pages


def test_pages_beyond_the_first_look_are_read(tmp_path: Path) -> None:
    pages = {f"{n}.jpg": bytes([n]) * TAIL for n in range(1, 6)}
    assert names_and_contents(zip_of(tmp_path / "a.cbz", pages)) == pages


@pytest.mark.parametrize("length", [1, 5_000, 65_535])
def test_an_archive_comment_does_not_hide_the_directory(tmp_path: Path, length: int) -> None:
    path = zip_of(tmp_path / "a.cbz", pages_of(3))
    with zipfile.ZipFile(tmp_path / "a.cbz", "a") as archive:
        archive.comment = b"PK\5\6" + b"c" * (length - 4) if length > 4 else b"c"
    assert names_and_contents(path) == pages_of(3)


def test_something_in_front_of_the_archive_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    file.write_bytes(b"#!/bin/sh\nexit\n" + file.read_bytes())
    assert names_and_contents(bytes(file)) == pages_of(3)


def test_something_behind_the_archive_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    file.write_bytes(file.read_bytes() + b"\n" * 300)
    assert names_and_contents(bytes(file)) == pages_of(3)


def streamed_zip_of(file: Path, entries: dict[str, bytes], method: int) -> None:
    """Write a ZIP archive with the sizes behind the data."""
    reader, writer = os.pipe()  # what cannot be rewound makes zipfile write data descriptors
    with ThreadPoolExecutor(1) as pool:
        copied = pool.submit(lambda: Path(f"/dev/fd/{reader}").read_bytes())
        with open(writer, "wb") as stream, zipfile.ZipFile(stream, "w") as archive:
            for name, data in entries.items():
                archive.writestr(name, data, method)
        file.write_bytes(copied.result())
    os.close(reader)


def test_sizes_behind_the_data_are_taken_from_the_directory(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    streamed_zip_of(file, pages_of(3), zipfile.ZIP_DEFLATED)
    assert b"PK\7\x08" in file.read_bytes()
    assert names_and_contents(bytes(file)) == pages_of(3)


def test_zip64_records_are_followed(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    file.write_bytes(as_zip64(file.read_bytes()))
    with zipfile.ZipFile(file) as archive:  # the standard library agrees that it is one
        assert archive.testzip() is None
    assert names_and_contents(bytes(file)) == pages_of(3)
    file.write_bytes(b"in front" * 5 + file.read_bytes())
    assert names_and_contents(bytes(file)) == pages_of(3)


def as_zip64(data: bytes) -> bytes:
    """The archive with every size and offset in zip64 fields, as if they did not fit."""
    end = data.rindex(b"PK\5\6")
    count, _, start = struct.unpack_from("<HLL", data, end + 10)
    directory, position = b"", start
    for _ in range(count):
        header = bytearray(data[position : position + 46])
        name_length = header[28]
        name = data[position + 46 : position + 46 + name_length]
        packed, unpacked = struct.unpack_from("<LL", header, 20)
        (offset,) = struct.unpack_from("<L", header, 42)
        struct.pack_into("<LL", header, 20, 0xFFFFFFFF, 0xFFFFFFFF)
        struct.pack_into("<H", header, 30, 4 + 3 + 4 + 24)
        struct.pack_into("<L", header, 42, 0xFFFFFFFF)
        other = struct.pack("<HH3s", 0xCAFE, 3, b"abc")
        directory += header + name + other + struct.pack("<HHQQQ", 1, 24, unpacked, packed, offset)
        position += 46 + name_length
    record_at = start + len(directory)
    record = struct.pack(
        "<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(directory), start
    )
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, record_at, 1)
    all_ones = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, *[0xFFFF] * 2, *[0xFFFFFFFF] * 2, 0)
    return data[:start] + directory + record + locator + all_ones


@pytest.mark.parametrize(
    ("raw", "marked", "shown"),
    [
        ("Ä 1.jpg".encode("cp437"), False, "Ä 1.jpg"),
        ("Ä 1.jpg".encode(), True, "Ä 1.jpg"),
        ("第一話.jpg".encode(), False, "第一話.jpg"),
        ("第一話/表紙.jpg".encode("cp932"), False, "第一話/表紙.jpg"),
        ("Été 1.jpg".encode("cp1252"), False, "Été 1.jpg"),
    ],
)
def test_names_are_shown_in_the_encoding_they_are_in(
    tmp_path: Path, raw: bytes, marked: bool, shown: str
) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {"x" * len(raw): JPEG})
    data = bytearray(file.read_bytes().replace(b"x" * len(raw), raw))
    if marked:
        struct.pack_into("<H", data, data.index(b"PK\1\2") + 8, 0x800)
    file.write_bytes(data)
    assert list(names_and_contents(bytes(file))) == [shown]


@pytest.mark.parametrize(
    "junk",
    [
        "__MACOSX/page.jpg",
        "comic/__MACOSX/page.jpg",
        "._page.jpg",
        "comic/._page.jpg",
        ".thumbnails/page.jpg",
        "comic\\.hidden.jpg",
        ".DS_Store",
        "Thumbs.db",
        "notes.txt",
        "notajpeg",
        "folder.jpg/",
    ],
)
def test_what_is_no_page_is_left_out(tmp_path: Path, junk: str) -> None:
    path = zip_of(tmp_path / "a.cbz", {"comic/page.jpg": JPEG, junk: JPEG})
    assert list(names_and_contents(path)) == ["comic/page.jpg"]


def test_every_usual_picture_is_a_page(tmp_path: Path) -> None:
    suffixes = ("avif", "bmp", "gif", "heic", "heif", "jpe", "jpeg", "jpg", "jxl", "png", "tif")
    suffixes += ("tiff", "webp", "WEBP", "JPG")
    pages = {f"./{n:02d}.{suffix}": JPEG for n, suffix in enumerate(suffixes)}
    assert list(names_and_contents(zip_of(tmp_path / "a.cbz", pages))) == list(pages)


def test_an_archive_without_pictures_says_so(tmp_path: Path) -> None:
    for entries in ({}, {"notes.txt": b"no"}, {"__MACOSX/1.jpg": JPEG}):
        with pytest.raises(FormatError, match="no pictures") as caught:
            open_comic(zip_of(tmp_path / "a.cbz", entries))
        assert caught.value.error_class is ErrorClass.NO_PAGES


def encrypted(path: Path, pages: int, of: int) -> bytes:
    """A ZIP archive, the first of whose pages are marked as encrypted."""
    zip_of(path, pages_of(of))
    data = bytearray(path.read_bytes())
    place = -1
    for _ in range(pages):
        place = data.index(b"PK\1\2", place + 1)
        struct.pack_into("<H", data, place + 8, 1)
    path.write_bytes(data)
    return bytes(path)


def test_a_page_with_a_password_is_refused_and_the_comic_complains(tmp_path: Path) -> None:
    with open_comic(encrypted(tmp_path / "a.cbz", 1, of=3)) as comic:
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.ENCRYPTED
        assert "1 of 3" in str(comic.complaint)
        assert comic.read(comic.pages[1]) == pages_of(3)["page 001.jpg"]
        with pytest.raises(FormatError, match=r"“page 000\.jpg”") as caught:
            comic.read(comic.pages[0])
    assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_an_archive_all_of_which_needs_a_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="password") as caught:
        open_comic(encrypted(tmp_path / "a.cbz", 2, of=2))
    assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        zip_of(file, {"1.jpg": b"story " * 50}, method)
        data = bytearray(file.read_bytes())
        data[(len("1.jpg") + 30 + data.index(b"PK\1\2")) // 2] ^= 0x55
        file.write_bytes(data)
        assert error_of_reading(bytes(file)).error_class is ErrorClass.DAMAGED


def test_an_archive_cut_off_is_called_truncated(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(30))
    whole = file.read_bytes()
    for length in (5, 50):
        file.write_bytes(whole[:length])
        with pytest.raises(FormatError, match="missing") as caught:
            open_comic(bytes(file))
        assert caught.value.error_class is ErrorClass.TRUNCATED


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("streamed", [False, True])
def test_of_an_archive_cut_off_the_whole_pages_are_read(
    tmp_path: Path, method: int, streamed: bool
) -> None:
    file = tmp_path / "a.cbz"
    (streamed_zip_of if streamed else zip_of)(file, pages_of(30), method)
    whole = file.read_bytes()
    start_of_11th = [match.start() for match in re.finditer(re.escape(b"PK\3\4"), whole)][10]
    for length in (start_of_11th, start_of_11th + 45):
        file.write_bytes(whole[:length])
        assert names_and_contents(bytes(file)) == dict(list(pages_of(30).items())[:10])
        with open_comic(bytes(file)) as comic:
            assert comic.complaint is not None
            assert comic.complaint.error_class is ErrorClass.TRUNCATED
            assert "10 pages are whole" in str(comic.complaint)


def test_a_table_of_contents_cut_off_costs_no_page(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(30))
    file.write_bytes(file.read_bytes()[:-1])
    assert names_and_contents(bytes(file)) == pages_of(30)


def test_a_damaged_entry_in_an_archive_without_a_directory_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(4))
    data = bytearray(file.read_bytes())
    second = data.index(b"PK\3\4", 4)
    data[second : second + 4] = b"XXXX"
    file.write_bytes(data[: data.index(b"PK\1\2")])
    assert list(names_and_contents(bytes(file))) == ["page 000.jpg", "page 002.jpg", "page 003.jpg"]


def test_a_page_said_to_reach_beyond_the_end_is_truncated(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {"1.jpg": b"x" * 100})
    data = bytearray(file.read_bytes())
    header = data.index(b"PK\1\2")
    struct.pack_into("<LL", data, header + 20, 5_000, 5_000)
    file.write_bytes(data)
    assert error_of_reading(bytes(file)).error_class is ErrorClass.TRUNCATED


def test_a_page_that_claims_to_be_huge_is_not_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {"1.jpg": bytes(100_000)}, zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, 3_000_000_000)
    file.write_bytes(data)
    assert error_of_reading(bytes(file)).error_class is ErrorClass.TOO_LARGE


def test_a_page_that_unpacks_to_more_than_it_says_is_damaged(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        zip_of(file, {"1.jpg": bytes(100_000)}, method)
        data = bytearray(file.read_bytes())
        struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, 1_000)
        file.write_bytes(data)
        assert error_of_reading(bytes(file)).error_class is ErrorClass.DAMAGED


def test_an_unknown_codec_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {"1.jpg": JPEG})
    data = bytearray(file.read_bytes())
    struct.pack_into("<H", data, 8, 97)
    struct.pack_into("<H", data, data.index(b"PK\1\2") + 10, 97)
    file.write_bytes(data)
    error = error_of_reading(bytes(file))
    assert error.error_class is ErrorClass.UNSUPPORTED
    assert "WavPack" in str(error)


def test_an_archive_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    header = struct.pack("<4s24xH16x", b"PK\1\2", 0)
    file = tmp_path / "a.cbz"
    for count in (100_001, 400_000):
        end = struct.pack(
            "<4sHHHHLLH", b"PK\5\6", 0, 0, *[count & 0xFFFF] * 2, count * len(header), 0, 0
        )
        file.write_bytes(header * count + end)
        with pytest.raises(FormatError, match="100,000") as caught:
            open_comic(bytes(file))
        assert caught.value.error_class is ErrorClass.TOO_LARGE


def test_a_directory_that_ends_early_is_done_without(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(5))
    data = file.read_bytes()
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 1)
    file.write_bytes(data[:second] + b"XX" + data[second + 2 :])
    assert names_and_contents(bytes(file)) == pages_of(5)
    with open_comic(bytes(file)) as comic:
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.DAMAGED


def test_the_metadata_nearest_to_the_root_are_read(tmp_path: Path) -> None:
    comic = {"a/b/ComicInfo.xml": b"deep", "1.jpg": JPEG, "a/comicinfo.XML": b"near"}
    assert metadata_of(zip_of(tmp_path / "1.cbz", comic)) == b"near"
    comic["ComicInfo.xml"] = b"root"
    assert metadata_of(zip_of(tmp_path / "2.cbz", comic)) == b"root"


def test_a_comic_without_metadata_has_none(tmp_path: Path) -> None:
    others = {"1.jpg": JPEG, "__MACOSX/ComicInfo.xml": b"", "._ComicInfo.xml": b"", "My.xml": b""}
    assert metadata_of(zip_of(tmp_path / "a.cbz", others)) is None


def test_metadata_out_of_all_proportion_are_not_unpacked(tmp_path: Path) -> None:
    entries = {"1.jpg": JPEG, "ComicInfo.xml": bytes(5 << 20)}
    error = metadata_of(zip_of(tmp_path / "a.cbz", entries, zipfile.ZIP_DEFLATED))
    assert isinstance(error, FormatError)
    assert error.error_class is ErrorClass.TOO_LARGE
    assert "4 MB" in str(error)


def metadata_of(path: bytes) -> bytes | FormatError | None:
    with open_comic(path) as comic:
        files = comic.metadata()
    return files[0].data if files else None


def test_the_fingerprint_is_that_of_the_pages_alone(tmp_path: Path) -> None:
    pages = pages_of(5)

    def fingerprint(name: str, entries: dict[str, bytes], method: int) -> bytes:
        with open_comic(zip_of(tmp_path / name, entries, method)) as comic:
            return comic.fingerprint

    first = fingerprint("a.cbz", pages, zipfile.ZIP_STORED)
    assert len(first) == 16
    assert fingerprint("b.cbz", {**pages, "ComicInfo.xml": b"new"}, zipfile.ZIP_DEFLATED) == first
    assert fingerprint("c.cbz", {**pages, "page 002.jpg": b"new"}, zipfile.ZIP_STORED) != first
    assert fingerprint("d.cbz", dict(list(pages.items())[:4]), zipfile.ZIP_STORED) != first


def test_pages_can_be_read_by_several_threads_at_once(tmp_path: Path) -> None:
    pages = {f"{n:03d}.jpg": bytes([n]) * 50_000 for n in range(100)}
    path = zip_of(tmp_path / "a.cbz", pages, zipfile.ZIP_DEFLATED)
    with open_comic(path) as comic, ThreadPoolExecutor(8) as pool:
        assert list(pool.map(comic.read, comic.pages)) == list(pages.values())


def test_closing_twice_is_harmless(tmp_path: Path) -> None:
    with open_comic(zip_of(tmp_path / "a.cbz", pages_of(1))) as comic:
        comic.close()


CODECS: dict[int, Callable[[bytes], bytes]] = {93: zstd.compress, 95: lzma.compress}


def recoded(path: Path, method: int, data: bytes, packed: bytes) -> bytes:
    """Write a ZIP archive of one page with the data packed by any method; answer its path."""
    common = struct.pack(
        "<HHHHHLLLHH", 63, 0, method, 0, 0, zlib.crc32(data), len(packed), len(data), 5, 0
    )
    local = b"PK\3\4" + common + b"1.jpg" + packed
    central = b"PK\1\2" + struct.pack("<H", 63) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
    central += b"1.jpg"
    end = struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, 1, 1, len(central), len(local), 0)
    path.write_bytes(local + central + end)
    return bytes(path)


@pytest.mark.parametrize("method", CODECS)
def test_zstandard_and_xz_are_unpacked(tmp_path: Path, method: int) -> None:
    data = JPEG * 1000
    path = recoded(tmp_path / "a.cbz", method, data, CODECS[method](data))
    assert names_and_contents(path) == {"1.jpg": data}
    path = recoded(tmp_path / "a.cbz", method, data[:-1], CODECS[method](data))
    assert error_of_reading(path).error_class is ErrorClass.DAMAGED  # longer than it says


@pytest.mark.skipif(ENGINE is None or ENGINE.name != "7zz", reason="no 7-Zip to pack with")
@pytest.mark.parametrize("method", ["Deflate64", "PPMd"])
def test_rarer_codecs_are_left_to_the_program_that_unpacks(tmp_path: Path, method: str) -> None:
    assert ENGINE is not None
    pages = {f"{n}.jpg": JPEG * 500 * n for n in (1, 2)}
    for name, data in pages.items():
        (tmp_path / name).write_bytes(data)
    command = [ENGINE.path, "a", f"-mm={method}", "a.cbz", *pages]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    path = bytes(tmp_path / "a.cbz")
    assert names_and_contents(path) == pages
    with open_comic(path) as comic:
        assert not comic.is_plain(comic.pages[0])


def test_links_are_no_pages(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    link = zipfile.ZipInfo("2.jpg")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("1.jpg", JPEG)
        archive.writestr(link, "/etc/passwd")
    assert names_and_contents(bytes(file)) == {"1.jpg": JPEG}


def test_the_unicode_name_beside_a_makeshift_one_counts(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    info = zipfile.ZipInfo("?.jpg")
    name = "第一話.jpg".encode()
    record = struct.pack("<BL", 1, zlib.crc32(b"?.jpg")) + name
    info.extra = struct.pack("<HH", 0x7075, len(record)) + record
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, JPEG)
    assert list(names_and_contents(bytes(file))) == ["第一話.jpg"]


def test_names_in_any_encoding_and_out_of_any_folder_are_but_names(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    raw = ["第1話".encode("shift_jis") + b".jpg", b"../../x.jpg", b"/etc/y.jpg", b"a\0b.jpg"]
    zip_of(file, {"~" * len(name) + str(n): JPEG + bytes([n]) for n, name in enumerate(raw)})
    data = file.read_bytes()
    for n, name in enumerate(raw):
        data = data.replace(b"~" * len(name) + b"%d" % n, name[:-4] + b"%d" % n + name[-4:])
    file.write_bytes(data)
    shown = names_and_contents(bytes(file))
    assert len(shown) == 4
    assert {"../../x1.jpg", "/etc/y2.jpg", "a\ufffdb3.jpg"} < set(shown)


def test_entries_that_lie_across_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {f"{n}.jpg": bytes(300_000) for n in range(40)}, zipfile.ZIP_DEFLATED)
    data = bytearray(file.read_bytes())
    start = data.index(b"PK\1\2")
    place = start
    while place >= 0:  # each entry is said to reach to the end of the last one's data
        (offset,) = struct.unpack_from("<L", data, place + 42)
        struct.pack_into("<L", data, place + 20, start - offset - 35)
        place = data.find(b"PK\1\2", place + 1)
    file.write_bytes(data)
    with pytest.raises(FormatError, match="overlap") as caught:
        open_comic(bytes(file))
    assert caught.value.error_class is ErrorClass.UNSUPPORTED


def test_a_page_that_is_not_where_the_directory_says_is_found_by_its_own_header(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    data = bytearray(file.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 42, 7)
    file.write_bytes(data)
    assert names_and_contents(bytes(file)) == pages_of(3)


def test_a_wrong_count_of_entries_does_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    data = bytearray(file.read_bytes())
    struct.pack_into("<HH", data, data.index(b"PK\5\6") + 8, 9, 9)
    file.write_bytes(data)
    assert names_and_contents(bytes(file)) == pages_of(3)


def test_the_last_of_several_files_says_what_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, pages_of(3))
    data = bytearray(file.read_bytes())
    struct.pack_into("<HH", data, data.index(b"PK\5\6") + 4, 2, 2)
    file.write_bytes(data)
    with pytest.raises(FormatError, match="last of 3 files") as caught:
        open_comic(bytes(file))
    assert caught.value.error_class is ErrorClass.UNSUPPORTED


def test_an_archive_of_comics_is_none(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "a.zip", {"one.cbz": b"PK", "two.CBR": b"Rar!", "read me.txt": b""})
    with pytest.raises(FormatError, match=r"“one\.cbz” and 1 more") as caught:
        open_comic(path)
    assert caught.value.error_class is ErrorClass.UNSUPPORTED


def test_stored_pages_tell_where_they_are_and_all_plain_ones_show_their_beginning(
    tmp_path: Path,
) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = zip_of(tmp_path / "a.cbz", {"1.jpg": JPEG * 100}, method)
        with open_comic(path) as comic:
            (page,) = comic.pages
            assert comic.is_plain(page)
            assert comic.head(page, 20) == (JPEG * 100)[:20]
            place = comic.place(page)
        if method == zipfile.ZIP_STORED:
            assert place is not None
            with open(path, "rb") as file:
                file.seek(place[0])
                assert file.read(place[1]) == JPEG * 100
        else:
            assert place is None


def test_the_full_fingerprint_changes_with_the_metadata_and_not_with_the_packing(
    tmp_path: Path,
) -> None:
    def full(entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
        with open_comic(zip_of(tmp_path / "a.cbz", entries, method)) as comic:
            return comic.full_fingerprint

    first = full({**pages_of(3), "ComicInfo.xml": b"one"})
    assert full({"ComicInfo.xml": b"one", **pages_of(3), "x/": b""}, zipfile.ZIP_DEFLATED) == first
    assert full({**pages_of(3), "ComicInfo.xml": b"two"}) != first
    assert full(pages_of(3)) != first


def test_the_sums_of_pages_are_their_crcs_and_sizes_in_order(tmp_path: Path) -> None:
    with open_comic(zip_of(tmp_path / "a.cbz", {"2.jpg": b"two", "1.jpg": b"one."})) as comic:
        sums = struct.unpack("<4L", comic.page_sums)
    assert sums == (zlib.crc32(b"one."), 4, zlib.crc32(b"two"), 3)


def test_metadata_of_every_format_are_found(tmp_path: Path) -> None:
    file = tmp_path / "a.cbz"
    zip_of(file, {"1.jpg": JPEG, "MetronInfo.xml": b"metron", "x/CoMet.xml": b"comet"})
    with zipfile.ZipFile(file, "a") as archive:
        archive.comment = b'{"ComicBookInfo/1.0": {}}'
    with open_comic(bytes(file)) as comic:
        found = {one.format.value: one.data for one in comic.metadata()}
    assert found == {
        "metroninfo": b"metron",
        "comet": b"comet",
        "comicbookinfo": b'{"ComicBookInfo/1.0": {}}',
    }
    comet = b'<?xml version="1.0"?><comet xmlns:comet="x"><title>T</title></comet>'
    with open_comic(zip_of(file, {"1.jpg": JPEG, "any name.xml": comet})) as comic:
        assert [(one.format.value, one.data) for one in comic.metadata()] == [("comet", comet)]
    with open_comic(zip_of(file, {"1.jpg": JPEG, "other.xml": b"<other/>"})) as comic:
        assert comic.metadata() == []


def test_pictures_whose_names_say_nothing_are_pages_where_there_are_no_others(
    tmp_path: Path,
) -> None:
    gif = b"GIF89a\3\0\4\0" + bytes(20)
    entries = {"10": gif, "9": gif + b"9", "1.jpg_": gif + b"1", "notes": JPEG, ".11": gif}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        path = zip_of(tmp_path / "a.cbz", {**entries, "ComicInfo.xml": b"<ComicInfo/>"}, method)
        with open_comic(path) as comic:
            assert [page.name for page in comic.pages] == ["1.jpg_", "9", "10"]
            assert comic.read(comic.pages[1]) == gif + b"9"
            assert len(comic.metadata()) == 1
    path = zip_of(tmp_path / "a.cbz", {**entries, "2.jpg": gif})
    with open_comic(path) as comic:
        assert [page.name for page in comic.pages] == ["2.jpg"]
