"""The look-alike library: what it promises to those who measure with it."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from bench import library


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("libraries") / "small"
    library.write_library(destination, library.plan(4, 20), pages=3)
    return destination


def comics(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.cbz"))


@pytest.mark.parametrize(("series", "many"), [(1, 200), (7, 7), (40, 1200), (2000, 60_000)])
def test_the_sizes_add_up_exactly_and_are_uneven(series: int, many: int) -> None:
    sizes = [one.size for one in library.plan(series, many)]
    assert (len(sizes), sum(sizes)) == (series, many)
    assert min(sizes) >= library.SMALLEST
    assert max(sizes) <= library.LARGEST
    if many > series > 1:
        assert len(set(sizes)) > 3


def test_more_comics_than_the_series_can_hold_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        library.plan(2, 401)


def test_no_two_series_share_a_folder() -> None:
    folders = [one.folder for one in library.plan(5000, 5000)]
    assert len(set(folders)) == len(folders)


def test_the_same_arguments_write_the_same_bytes(small: Path, tmp_path: Path) -> None:
    library.write_library(tmp_path / "again", library.plan(4, 20), pages=3)
    again = comics(tmp_path / "again")
    assert [one.relative_to(tmp_path / "again") for one in again] == [
        one.relative_to(small) for one in comics(small)
    ]
    assert [one.read_bytes() for one in again] == [one.read_bytes() for one in comics(small)]


def test_every_page_is_a_picture_and_no_two_are_alike(small: Path) -> None:
    seen = set()
    for comic in comics(small):
        with zipfile.ZipFile(comic) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith(".jpg"):
                    Image.open(io.BytesIO(archive.read(entry))).load()
                    seen.add(entry.CRC)
    assert len(seen) == 20 * 3


def test_the_metadata_has_some_twenty_fields(small: Path) -> None:
    with zipfile.ZipFile(comics(small)[0]) as archive:
        info = ElementTree.fromstring(archive.read("ComicInfo.xml"))  # noqa: S314 - our own file
    assert len(info) >= 20
    assert info.findtext("PageCount") == "3"


def test_files_and_folders_bear_a_time_long_past(small: Path) -> None:
    times = {path.stat().st_mtime for path in small.rglob("*")}
    assert times == {library.WRITTEN}


def test_a_real_cover_is_as_large_as_a_scan(tmp_path: Path) -> None:
    destination = tmp_path / "real"
    library.write_library(destination, library.plan(1, 1), pages=1, covers="real")
    with zipfile.ZipFile(comics(destination)[0]) as archive:
        cover = archive.read(archive.namelist()[0])
    assert Image.open(io.BytesIO(cover)).size == (1988, 3056)
    assert 700_000 < len(cover) < 1_600_000
