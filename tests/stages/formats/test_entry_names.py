"""Which entries of an archive are pages, and in what order they are read."""

from __future__ import annotations

import random

import pytest

from stages.formats.entry_names import metadata_entries, sort_out
from stages.formats.metadata_file import MetadataFormat


def in_order(names: list[str]) -> list[str]:
    raw = [name.encode() for name in names]
    return [names[i] for i in sort_out(raw)[0]]


@pytest.mark.parametrize(
    "pages",
    [
        ["1.jpg", "2.jpg", "10.jpg"],
        ["p01.jpg", "p02.jpg", "p10.jpg"],
        ["a1b20.jpg", "a2b3.jpg", "a10b1.jpg"],
        ["9xx.jpg", "10x.jpg"],
        ["issue 9 page 10.jpg", "issue 10 page 9.jpg"],
        ["001.jpg", "002.JPG", "003.png", "004.WebP"],
        ["Cover.jpg", "page 1.jpg", "Page 2.jpg", "page 3.jpg"],
        ["01.jpg", "1.jpg", "2.jpg"],
        ["1/10.jpg", "1 extra/1.jpg", "2/1.jpg"],
        ["Chapter 2/1.jpg", "Chapter 2/12.jpg", "Chapter 10/1.jpg"],
        ["Chapter 2\\9.jpg", "Chapter 10\\1.jpg"],
        ["00_fc.jpg", "00_ifc.jpg", "01.jpg", "02-03.jpg", "04.jpg", "zz_scanner.jpg"],
        ["p000.jpg", "p001-002.jpg", "p003.jpg", "p010-011.jpg"],
        ["第２話/1.jpg", "第１０話/1.jpg"],
        ["é1.jpg", "é2.jpg", "é10.jpg"],
        ["page\n1.jpg", "page\n2.jpg"],
        ["99999999999999999998.jpg", "99999999999999999999.jpg", "100000000000000000000.jpg"],
    ],
)
def test_pages_are_in_the_order_that_people_count_in(pages: list[str]) -> None:
    shuffled = pages.copy()
    for seed in range(5):
        random.Random(seed).shuffle(shuffled)
        assert in_order(shuffled) == pages


def test_full_width_numbers_count_in_any_encoding() -> None:
    names = [name.encode("cp932") for name in ("第１０話/1.jpg", "第９話/1.jpg", "表紙.jpg")]
    assert sort_out(names)[0] == [1, 0, 2]


def test_the_short_cut_for_equal_names_orders_like_the_long_way() -> None:
    rng = random.Random(7)
    for _ in range(300):
        shape = "".join(rng.choice("0a-") for _ in range(6))
        names = ["".join(rng.choice("0189") if c == "0" else c for c in shape) for _ in range(8)]
        pages = [f"{name}.jpg" for name in set(names)]
        # One name of another shape makes the short cut impossible and must change nothing.
        assert in_order(pages) == [page for page in in_order([*pages, "~.jpg"]) if page != "~.jpg"]


def test_a_dot_alone_hides_nothing() -> None:
    assert in_order(["./1.jpg", "../2.jpg", ".3.jpg", "a/.b/4.jpg"]) == ["./1.jpg", "../2.jpg"]


@pytest.mark.parametrize(
    "junk",
    ["__MACOSX/1.jpg", "@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg", "a\\.b\\1.jpg", "1.jpg/", "Thumbs.db"],
)
def test_what_systems_leave_behind_is_no_page(junk: str) -> None:
    assert in_order(["1.jpg", junk]) == ["1.jpg"]


@pytest.mark.parametrize(
    ("encoding", "letter"), [("shift_jis", "表"), ("big5", "功"), ("gbk", "誠")]
)
def test_a_character_that_ends_in_a_backslash_parts_no_folders(encoding: str, letter: str) -> None:
    name = f"{letter}.jpg".encode(encoding)
    assert b"\\." in name
    inner = f"{letter}\\ComicInfo.xml".encode(encoding)
    assert sort_out([name, inner]) == ([0], [1])
    assert metadata_entries([name, inner], [1])[0] == {MetadataFormat.COMICINFO: 1}


def test_of_pages_of_one_name_the_last_counts() -> None:
    names = [b"1.jpg", b"2.jpg", b"1.jpg", b"x/1.jpg", b"", b""]
    assert sort_out(names) == ([2, 1, 3], [4, 5])


def test_metadata_are_found_in_any_spelling() -> None:
    names = [
        b"1.jpg",
        b"x/COMICINFO.XML",
        b"notcomicinfo.xml",
        b".x/ComicInfo.xml",
        b"y\\CoMet.xml",
    ]
    formats, other_xml = metadata_entries(names, range(len(names)))
    assert formats == {MetadataFormat.COMICINFO: 1, MetadataFormat.COMET: 4}
    assert other_xml == [2]


def test_of_equal_metadata_files_the_nearest_to_the_root_and_then_the_last_counts() -> None:
    names = [b"a/b/ComicInfo.xml", b"a/ComicInfo.xml", b"c/comicinfo.xml", b"d/e/comicinfo.xml"]
    assert metadata_entries(names, range(4))[0] == {MetadataFormat.COMICINFO: 2}
