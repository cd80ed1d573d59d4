"""Chapters from the bookmarks of a ComicInfo.xml."""

from __future__ import annotations

from pathlib import Path

import pytest

from stages.formats import open_comic
from stages.formats.chapters import chapters_of
from tests.trial import write_comic


def chapters(folder: Path, pages: str) -> list[tuple[int, str]]:
    info = f"<ComicInfo><Title>One</Title>{pages}</ComicInfo>"
    with open_comic(bytes(write_comic(folder / "1.cbz", info, pages=4))) as comic:
        return [tuple(chapter) for chapter in chapters_of(comic)]


def test_each_page_with_a_bookmark_begins_a_chapter(tmp_path: Path) -> None:
    pages = """<Pages>
      <Page Image="2" Bookmark="The  storm" Type="Story"/><Page Image="3"/>
      <Page Image="0" Bookmark="Before"/></Pages>"""
    assert chapters(tmp_path, pages) == [(0, "Before"), (2, "The storm")]


@pytest.mark.parametrize(
    "pages",
    [
        '<Pages><Page Image="4" Bookmark="Behind the end"/></Pages>',
        '<Pages><Page Image="-1" Bookmark="Before the beginning"/></Pages>',
        '<Pages><Page Image="x" Bookmark="Nowhere"/></Pages>',
        '<Pages><Page Bookmark="Nowhere"/></Pages>',
        '<Pages><Page Image="1" Bookmark=" "/></Pages>',
        '<Pages><Page Image="1" Bookmark="Cut off',
        "",
    ],
)
def test_what_makes_no_sense_is_no_chapter(tmp_path: Path, pages: str) -> None:
    assert chapters(tmp_path, pages) == []


def test_a_comic_without_metadata_has_no_chapters(tmp_path: Path) -> None:
    with open_comic(bytes(write_comic(tmp_path / "1.cbz"))) as comic:
        assert chapters_of(comic) == []
