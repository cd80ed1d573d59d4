"""Comics in 7z archives, made here by the program that unpacks them."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, limits, open_comic
from stages.formats.limits import Limits
from stages.formats.seven_zip_directory import SIGNATURE
from stages.formats.unpacker import engine
from tests.stages.formats.archives import JPEG, REAL, needs_real, pages_of

ENGINE = engine()
pytestmark = pytest.mark.skipif(
    ENGINE is None or ENGINE.name != "7zz", reason="no 7-Zip to make archives with"
)
INFO = {"ComicInfo.xml": b"<ComicInfo/>"}


def seven_zip_of(path: Path, entries: dict[str, bytes], *options: str) -> bytes:
    """Write a 7z archive with the entries in their order, and answer its path."""
    assert ENGINE is not None
    folder = path.with_name(f"{path.name}.d")
    for name, data in entries.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    path.unlink(missing_ok=True)
    command = [ENGINE.path, "a", "-t7z", *options, str(path), "."]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return bytes(path)


def contents(path: bytes) -> dict[str, bytes]:
    with open_comic(path) as comic:
        assert comic.container == "7z"
        found = {page.name: comic.read(page) for page in comic.pages}
        assert {page.name: data for page, data in comic.unpack_all()} == found
    return found


@pytest.mark.parametrize(
    "options",
    [
        ["-m0=LZMA2"],
        ["-m0=PPMd"],
        ["-m0=Deflate64"],
        ["-m0=BCJ", "-m1=LZMA"],
        ["-m0=Copy", "-mhc=off"],
        ["-ms=off"],
        ["-ms=2f"],
    ],
)
def test_pages_are_read_as_they_were_packed(tmp_path: Path, options: list[str]) -> None:
    path = seven_zip_of(tmp_path / "a.cb7", pages_of(5) | INFO, *options)
    assert contents(path) == pages_of(5)
    with open_comic(path) as comic:
        assert [file.data for file in comic.metadata()] == [b"<ComicInfo/>"]


def test_solid_is_what_has_several_files_in_one_stream(tmp_path: Path) -> None:
    for options, is_solid in (("-ms=on", True), ("-ms=off", False)):
        with open_comic(seven_zip_of(tmp_path / "a.cb7", pages_of(3), options)) as comic:
            assert comic.is_solid is is_solid
            assert len(comic.page_sums) == 8 * 3


def test_empty_files_and_folders_do_not_shift_the_others(tmp_path: Path) -> None:
    pages = {"a/1.jpg": JPEG, "a/2.jpg": b"", "b/3.jpg": JPEG * 2}
    (tmp_path / "a.cb7.d" / "empty").mkdir(parents=True)
    assert contents(seven_zip_of(tmp_path / "a.cb7", pages)) == pages


def test_something_in_front_of_the_archive_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.cb7"
    seven_zip_of(file, pages_of(3))
    file.write_bytes(b"MZ" + SIGNATURE + b"a program" * 50 + file.read_bytes())
    assert contents(bytes(file)) == pages_of(3)


@pytest.mark.parametrize("options", [["-psecret"], ["-psecret", "-mhe=on"]])
def test_archives_with_a_password_say_so(tmp_path: Path, options: list[str]) -> None:
    for entries in (pages_of(2), {"notes.txt": b"text"}):
        with pytest.raises(FormatError, match="password") as caught:
            open_comic(seven_zip_of(tmp_path / "a.cb7", entries, *options))
        assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_an_archive_cut_off_is_called_truncated(tmp_path: Path) -> None:
    file = tmp_path / "a.cb7"
    seven_zip_of(file, pages_of(9))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(FormatError) as caught:
        open_comic(bytes(file))
    assert caught.value.error_class is ErrorClass.TRUNCATED


def test_a_changed_byte_costs_one_page_where_pages_are_packed_alone(tmp_path: Path) -> None:
    file = tmp_path / "a.cb7"
    seven_zip_of(file, pages_of(4), "-m0=Copy", "-ms=off")
    data = file.read_bytes()
    place = data.index(JPEG + b"2")
    file.write_bytes(data[:place] + b"\0" + data[place + 1 :])
    with open_comic(bytes(file)) as comic:
        read = [data for _, data in comic.unpack_all()]
    errors = [one for one in read if isinstance(one, FormatError)]
    assert [error.error_class for error in errors] == [ErrorClass.DAMAGED]
    assert len(read) == 4


def test_a_changed_byte_costs_one_page_of_a_solid_archive_where_nothing_could_be_packed(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.cb7"
    pages = {f"{n}.jpg": random.Random(n).randbytes(50_000) for n in range(1, 9)}
    seven_zip_of(file, pages, "-m0=LZMA2")
    data = bytearray(file.read_bytes())
    data[data.index(pages["6.jpg"][1_000:2_000])] ^= 1
    file.write_bytes(data)
    with open_comic(bytes(file)) as comic:
        assert comic.is_solid
        read = {page.name: data for page, data in comic.unpack_all()}
    broken = [name for name, data in read.items() if isinstance(data, FormatError)]
    assert broken == ["6.jpg"]
    assert read["8.jpg"] == pages["8.jpg"]


def test_limits_hold_for_pages_and_for_whole_archives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = seven_zip_of(tmp_path / "a.cb7", {"1.jpg": bytes(3000), "2.jpg": b"x"})
    monkeypatch.setattr(limits, "current", Limits(page_bytes=1000))
    with open_comic(path) as comic:
        first, second = (data for _, data in comic.unpack_all())
    assert isinstance(first, FormatError)
    assert first.error_class is ErrorClass.TOO_LARGE
    assert second == b"x"
    monkeypatch.setattr(limits, "current", Limits(comic_bytes=1000))
    with open_comic(path) as comic, pytest.raises(FormatError) as caught:
        list(comic.unpack_all())
    assert caught.value.error_class is ErrorClass.TOO_LARGE
    monkeypatch.setattr(limits, "current", Limits(entries=1))
    with pytest.raises(FormatError) as caught:
        open_comic(path)
    assert caught.value.error_class is ErrorClass.TOO_LARGE


@needs_real
def test_real_archives_are_read() -> None:
    archives = sorted((REAL / "archives" / "mcomix" / "archives").glob("*.7z"))
    opened = [path for path in archives if "Encrypted" not in path.name]
    assert opened
    for path in opened:
        assert contents(bytes(path))
