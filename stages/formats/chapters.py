"""The chapters of a comic: the pages to which its ComicInfo.xml gives a bookmark.

They are the Bookmark attributes of its Page elements (drafts/v2.1 of
https://github.com/anansi-project/comicinfo). What people mark themselves is not here.
"""

from __future__ import annotations

from typing import NamedTuple

from stages.formats.comic import Comic
from stages.formats.errors import FormatError
from stages.formats.metadata_file import MetadataFormat
from stages.formats.metadata_values import LONGEST_NAME, integer
from stages.formats.metadata_xml import local_name, root_of

_MARK = b"Bookmark"


class Chapter(NamedTuple):
    """Where a chapter begins; `page` counts from 0."""

    page: int
    title: str


def chapters_of(comic: Comic) -> list[Chapter]:
    """The chapters in the order of their pages; none where the metadata cannot be read."""
    for file in comic.metadata():
        if file.format is MetadataFormat.COMICINFO and isinstance(file.data, bytes):
            return _chapters(file.data, comic.page_count)
    return []


def _chapters(data: bytes, page_count: int) -> list[Chapter]:
    if _MARK not in data:  # nearly all comics, which then cost no parsing
        return []
    try:
        root = root_of(data, "comicinfo", "ComicInfo.xml")
    except FormatError:
        return []
    found: dict[int, str] = {}
    for element in root.iter():
        title = " ".join(element.get("Bookmark", "").split())[:LONGEST_NAME]
        page = integer(element.get("Image"), 0)
        if local_name(element.tag) == "page" and title and page is not None and page < page_count:
            found.setdefault(page, title)
    return [Chapter(page, found[page]) for page in sorted(found)]
