"""Finding the comics of another server here: by path, by name and size, by id."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.engine import reading
from db.legacy import matching, vibe
from db.legacy.matching import Matches, Root, Rule
from db.reading import subjects
from tests.catalogue_rows import add_comic, add_library, add_series
from tests.vibe_file import GENERATIONS, OLDER, VibeFile

pytestmark = pytest.mark.usefixtures("data")


def match(file: VibeFile, *roots: tuple[str, str]) -> Matches:
    with reading() as connection:
        return matching.match(
            connection, vibe.read(file.path), [Root(old, new) for old, new in roots]
        )


def found(matches: Matches) -> dict[str, tuple[int, Rule]]:
    return {one: (match.comic.id, match.rule) for one, match in matches.comics.items()}


def test_a_comic_at_the_same_path_is_the_same(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    there = file.comic("/comics/Saga/1.cbz")
    here = add_comic(add_series(add_library(path=b"/comics"), "Saga", b"Saga"), "1.cbz")
    assert found(match(file)) == {there: (here, Rule.PATH)}


def test_a_root_that_is_said_leads_to_its_comics_the_longest_first(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    saga, bone = file.comic("/comics/Saga/1.cbz"), file.comic("/comics/old/Bone/1.cbz")
    one, other = add_library("One", b"/mnt/one"), add_library("Other", b"/mnt/other")
    saga_here = add_comic(add_series(one, "Saga", b"Saga"), "1.cbz")
    bone_here = add_comic(add_series(other, "Bone", b"Bone"), "1.cbz")
    matches = match(file, ("/comics", "/mnt/one"), ("/comics/old", "/mnt/other"))
    assert found(matches) == {saga: (saga_here, Rule.PATH), bone: (bone_here, Rule.PATH)}


@GENERATIONS
def test_the_root_of_the_only_library_is_guessed_wherever_it_begins(
    tmp_path: Path, generation: int
) -> None:
    file = VibeFile(tmp_path, generation)
    there = [file.comic(f"/comics/Image/Saga/{number}.cbz") for number in range(3)]
    elsewhere = file.comic("/comics/Marvel/Thor/9.cbz")
    saga = add_series(add_library(path=b"/mnt/image"), "Saga", b"Saga")
    here = [add_comic(saga, f"{number}.cbz") for number in range(3)]
    matches = match(file)
    assert (matches.roots, matches.is_guess) == ((Root("/comics/Image", "/mnt/image"),), True)
    assert found(matches) == {
        one: (other, Rule.PATH) for one, other in zip(there, here, strict=True)
    }
    assert matches.awaited[elsewhere].path == b"Marvel/Thor/9.cbz"


def test_numbers_alone_are_no_reason_to_guess(tmp_path: Path) -> None:
    file = VibeFile(tmp_path, OLDER)
    for number in range(3):
        file.comic(f"/comics/Saga/{number}.cbz")
        file.comic(f"/comics/Thor/{number}.cbz")
    bone = add_series(add_library(), "Bone", b"Bone")
    for number in range(3):
        add_comic(bone, f"{number}.cbz")
    matches = match(file)
    assert (matches.roots, found(matches)) == ((), {})


def test_the_path_below_the_library_finds_it_in_one_of_several(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    there = file.comic("/comics/Saga/1.cbz")
    add_series(add_library("Empty"), "Saga", b"Saga")
    here = add_comic(add_series(add_library("Full"), "Saga", b"Saga"), "1.cbz")
    assert found(match(file)) == {there: (here, Rule.RELATIVE)}


def test_name_and_size_find_a_comic_that_was_put_elsewhere(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    there = file.comic("/comics/Saga/Saga 1.cbz", size_bytes=1234)
    other = file.comic("/comics/Saga/Saga 2.cbz", size_bytes=1234)
    sorted_ = add_series(add_library(), "Saga (2012)", b"Image/Saga (2012)")
    here = add_comic(sorted_, "Saga 1.cbz", size=1234)
    add_comic(sorted_, "Saga 2.cbz", size=99)
    matches = match(file)
    assert found(matches) == {there: (here, Rule.NAME_AND_SIZE)}
    assert other in matches.awaited


def test_where_two_comics_would_do_none_is_taken(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    by_path = file.comic("/comics/Saga/1.cbz")
    by_size = file.comic("/comics/Bone/2.cbz", size_bytes=5)
    for name in ("One", "Other"):
        series = add_series(add_library(name), "Saga", b"Saga")
        add_comic(series, "1.cbz")
        add_comic(series, "2.cbz", size=5)
    matches = match(file)
    assert (found(matches), matches.ambiguous) == ({}, {by_path, by_size})
    assert matches.awaited.keys() == {by_path, by_size}


def test_two_files_of_one_name_and_size_there_are_not_told_apart_by_these(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    file.comic("/comics/Saga/1.cbz", size_bytes=5)
    file.comic("/comics/Copies/1.cbz", size_bytes=5)
    add_comic(add_series(add_library(), "Else", b"Else"), "1.cbz", size=5)
    matches = match(file)
    assert found(matches) == {}
    with reading() as connection:  # not later either
        assert subjects.find_comics(connection, matches.awaited.values()) == {}


def test_names_are_the_same_however_a_system_spells_them(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    there = file.comic("/comics/Cafe\u0301/1.cbz")
    here = add_comic(add_series(add_library(), "Café", "Café".encode()), "1.cbz")
    assert found(match(file, ("/comics", "/nowhere/Comics"))) == {there: (here, Rule.PATH)}


def test_a_row_whose_comic_is_forgotten_there_is_found_by_its_id(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    user_id = file.user("alice")
    comic_id = file.comic("/comics/Saga/1.cbz")
    file.read(user_id, comic_id, 3)
    file.run("DELETE FROM comics")
    here = add_comic(add_series(add_library(), "Saga", b"Saga"), "1.cbz")
    assert found(match(file)) == {comic_id: (here, Rule.ID)}


def test_a_series_is_the_one_that_most_of_its_comics_are_in_here(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    theirs = file.series("Saga")
    for number in (1, 2, 3):
        file.comic(f"/comics/Saga/{number}.cbz", theirs)
    library_id = add_library()
    saga, other = add_series(library_id, "Saga", b"Saga"), add_series(library_id, "Else", b"Else")
    for series, number in ((saga, 1), (other, 2), (saga, 3)):
        add_comic(series, f"{number}.cbz", size=number)
    file.run("UPDATE comics SET size_bytes = 2 WHERE path LIKE '%/2.cbz'")
    matches = match(file)
    assert (matches.series, matches.ambiguous_series) == ({theirs: saga}, frozenset())
    assert len(matches.comics) == 3


def test_files_of_a_series_each_are_one_series_here(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    theirs = [file.series(f"Saga {number}") for number in (1, 2)]
    for number, series in enumerate(theirs):
        file.comic(f"/comics/Saga/{number}.cbz", series)
    saga = add_series(add_library(), "Saga", b"Saga")
    add_comic(saga, "0.cbz")
    add_comic(saga, "1.cbz")
    assert match(file).series == dict.fromkeys(theirs, saga)


def test_a_series_that_is_in_two_here_is_not_decided(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    theirs = file.series("Saga")
    library_id = add_library()
    for folder in ("A", "B"):
        file.comic(f"/comics/{folder}/1.cbz", theirs)
        add_comic(add_series(library_id, folder, folder.encode()), "1.cbz")
    matches = match(file)
    assert (matches.series, matches.ambiguous_series) == ({}, {theirs})


def test_a_series_that_is_not_here_is_awaited_in_the_folder_of_its_comics(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    theirs = file.series("Saga")
    file.comic("/comics/Saga/1.cbz", theirs)
    add_library(path=b"/mnt/comics")
    subject = match(file, ("/comics", "/mnt/comics")).awaited_series[theirs]
    assert (subject.library, subject.path, subject.size) == ("Comics", b"Saga", None)


def test_a_folder_that_is_all_there_was_is_the_folder_of_that_name(tmp_path: Path) -> None:
    file = VibeFile(tmp_path, OLDER)
    there = file.comic("/comics/Saga/1.cbz")
    two = [add_library(name) for name in ("One", "Other")]
    add_comic(add_series(two[0], "Loose", b""), "1.cbz")
    here = add_comic(add_series(two[1], "Saga", b"Saga"), "1.cbz")
    assert found(match(file)) == {there: (here, Rule.RELATIVE)}


def test_a_library_that_is_one_series_is_guessed_by_its_own_name(tmp_path: Path) -> None:
    file = VibeFile(tmp_path)
    there = file.comic("/comics/Saga/1.cbz")
    file.comic("/comics/Thor/2.cbz")
    here = add_comic(add_series(add_library(path=b"/mnt/Saga"), "Saga", b""), "1.cbz")
    matches = match(file)
    assert matches.roots == (Root("/comics/Saga", "/mnt/Saga"),)
    assert found(matches) == {there: (here, Rule.PATH)}
