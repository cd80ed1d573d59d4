"""Comics in tar archives, plain and compressed as a whole."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, limits, open_comic
from stages.formats.compressed_stream import CompressedStream, decoder_for
from stages.formats.limits import Limits
from stages.formats.zstandard import zstd
from tests.stages.formats.archives import JPEG, pages_of, zip_of

TAR = (
    subprocess.run(["tar", "--version"], capture_output=True, text=True).stdout
    if shutil.which("tar")
    else ""
)
COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
    "zst": zstd.compress,
}


def tar_of(
    path: Path, entries: dict[str, bytes | tarfile.TarInfo], layout: int = tarfile.PAX_FORMAT
) -> bytes:
    """Write a tar archive of files and of what else is given as it is; answer its path."""
    with tarfile.open(path, "w", format=layout) as archive:
        for name, entry in entries.items():
            if isinstance(entry, bytes):
                info = tarfile.TarInfo(name)
                info.size = len(entry)
                archive.addfile(info, io.BytesIO(entry))
            else:
                archive.addfile(entry)
    return bytes(path)


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def contents(path: bytes) -> dict[str, bytes]:
    with open_comic(path) as comic:
        assert comic.container == "tar"
        assert comic.complaint is None
        found = {page.name: comic.read(page) for page in comic.pages}
        assert {page.name: data for page, data in comic.unpack_all()} == found
    return found


@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_pages_are_read_as_they_were_packed(tmp_path: Path, layout: int) -> None:
    path = tar_of(tmp_path / "a.cbt", {**pages_of(5), "ComicInfo.xml": b"<ComicInfo/>"}, layout)
    assert contents(path) == pages_of(5)
    with open_comic(path) as comic:
        assert [file.data for file in comic.metadata()] == [b"<ComicInfo/>"]
        assert not comic.is_solid
        assert comic.page_sums == b""


@pytest.mark.parametrize("layout", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_longer_than_the_header_are_whole(tmp_path: Path, layout: int) -> None:
    pages = {f"{'folder/' * 40}é {n}.jpg": JPEG for n in range(3)}
    assert contents(tar_of(tmp_path / "a.cbt", {**pages}, layout)) == pages


@pytest.mark.parametrize("suffix", COMPRESS)
def test_compressed_archives_have_the_fingerprint_of_the_same_pages_in_zip(
    tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / "a.cbt"
    tar_of(file, {**pages_of(4)})
    file.write_bytes(COMPRESS[suffix](file.read_bytes()))
    assert contents(bytes(file)) == pages_of(4)
    with open_comic(bytes(file)) as one, open_comic(zip_of(tmp_path / "z", pages_of(4))) as other:
        assert one.is_solid
        assert one.fingerprint == other.fingerprint
        assert one.page_sums == other.page_sums


def test_the_fingerprint_of_a_plain_archive_tells_contents_of_one_size_apart(
    tmp_path: Path,
) -> None:
    def fingerprint(page: bytes, name: str = "1.jpg") -> bytes:
        with open_comic(tar_of(tmp_path / "a.cbt", {name: page})) as comic:
            return comic.fingerprint

    first = fingerprint(bytes(20_000) + b"a" + bytes(20_000))
    assert fingerprint(bytes(20_000) + b"b" + bytes(20_000)) != first
    assert fingerprint(bytes(20_000) + b"a" + bytes(20_000), "renamed.jpg") == first


def test_hard_links_within_are_followed_and_links_out_are_not(tmp_path: Path) -> None:
    entries = {
        "1.jpg": JPEG,
        "2.jpg": link("2.jpg", "1.jpg", tarfile.LNKTYPE),
        "3.jpg": link("3.jpg", "/etc/passwd", tarfile.LNKTYPE),
        "4.jpg": link("4.jpg", "/etc/passwd", tarfile.SYMTYPE),
        "5.jpg": link("5.jpg", "", tarfile.FIFOTYPE),
        "../../6.jpg": JPEG * 2,
    }
    found = contents(tar_of(tmp_path / "a.cbt", entries))
    assert found == {"1.jpg": JPEG, "2.jpg": JPEG, "../../6.jpg": JPEG * 2}


@pytest.mark.skipif("GNU tar" not in TAR, reason="no GNU tar to make archives with")
@pytest.mark.parametrize(
    "layout", ["gnu", *(f"posix --sparse-version={version}" for version in ("0.0", "0.1", "1.0"))]
)
@pytest.mark.parametrize("compression", ["", "--gzip"])
def test_files_with_holes_are_whole(tmp_path: Path, layout: str, compression: str) -> None:
    pages = {"1.jpg": JPEG, "2.bmp": b"", "3.jpg": JPEG}
    for part in range(30):
        pages["2.bmp"] += bytes([1 + part]) * 4096 + bytes(65536)
    for name, data in pages.items():
        with open(tmp_path / name, "wb") as file:
            for place in range(0, len(data), 4096):
                file.seek(place)
                if any(piece := data[place : place + 4096]):
                    file.write(piece)
            file.truncate(len(data))
    options = ["--sparse", *f"--format={layout} {compression}".split()]
    subprocess.run(["tar", "-C", tmp_path, "-cf", tmp_path / "a.cbt", *options, *pages], check=True)
    assert (tmp_path / "a.cbt").stat().st_size < len(pages["2.bmp"]) / 2
    assert contents(bytes(tmp_path / "a.cbt")) == pages


@pytest.mark.parametrize("compress", [bytes, *COMPRESS.values()])
def test_of_an_archive_cut_off_the_whole_pages_are_read(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "a.cbt"
    pages = {f"{n}.jpg": bytes([n]) * 1000 for n in range(1, 6)}
    tar_of(file, {**pages})
    whole = file.read_bytes()
    # A stream that ends early is one whose beginning unpacks to less.
    file.write_bytes(compress(whole[: whole.index(pages["4.jpg"]) + 100]))
    with open_comic(bytes(file)) as comic:
        assert [comic.read(page) for page in comic.pages] == list(pages.values())[:3]
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.TRUNCATED
        assert "3 pages are whole" in str(comic.complaint)


def test_a_broken_header_costs_its_page_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.cbt"
    tar_of(file, {**pages_of(4)}, tarfile.USTAR_FORMAT)
    data = bytearray(file.read_bytes())
    data[data.index(b"page 001.jpg")] ^= 1
    file.write_bytes(data)
    with open_comic(bytes(file)) as comic:
        assert [page.name for page in comic.pages] == [f"page 00{n}.jpg" for n in (0, 2, 3)]
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.DAMAGED


def test_a_compressed_file_that_is_no_tar_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.cbt"
    for compress in COMPRESS.values():
        file.write_bytes(compress(b"To be or not to be.\n" * 100))
        with pytest.raises(FormatError, match="no tar archive") as caught:
            open_comic(bytes(file))
        assert caught.value.error_class is ErrorClass.UNSUPPORTED


def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.cbt"
    tar_of(file, {"1.jpg": bytes(2_000_000)})
    file.write_bytes(gzip.compress(file.read_bytes()))
    monkeypatch.setattr(limits, "current", Limits(comic_bytes=1_000_000))
    with pytest.raises(FormatError) as caught:
        open_comic(bytes(file))
    assert caught.value.error_class is ErrorClass.TOO_LARGE


@pytest.mark.parametrize("suffix", COMPRESS)
def test_streams_one_behind_the_other_are_one_stream(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / "two"
    file.write_bytes(COMPRESS[suffix](b"one " * 200_000) + COMPRESS[suffix](b"two"))
    with open(file, "rb") as opened:
        make = decoder_for(opened.read(8))
        assert make is not None
        stream = CompressedStream(opened.fileno(), make)
        assert stream.read(799_998, 10) == b"e two"
        assert not stream.is_broken


def test_a_tar_archive_of_comics_is_none(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"“a\.cbz” and 1 more") as caught:
        open_comic(tar_of(tmp_path / "a.cbt", {"a.cbz": b"PK", "b.cbr": b"Rar!", "c.txt": b""}))
    assert caught.value.error_class is ErrorClass.UNSUPPORTED
