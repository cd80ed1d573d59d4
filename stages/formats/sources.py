"""Where each field of a comic comes from, in a text short enough to stand in every comic's row.

"comicinfo number=filename title=filename" says: from ComicInfo.xml, but for the number and the
title. A field is a column of the comic, a role of its credits or a kind of its tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Source(StrEnum):
    """What can tell something of a comic, the most trustworthy first (see docs/METADATA.md)."""

    METRONINFO = "metroninfo"
    COMICINFO = "comicinfo"
    COMET = "comet"
    COMICBOOKINFO = "comicbookinfo"
    EPUB = "epub"
    PDF = "pdf"
    FILENAME = "filename"
    SERIES_JSON = "series.json"  # beside the comic; told of its series
    FOLDER = "folder"  # the folder's name; likewise


def packed(main: str | None, others: Mapping[str, Source]) -> str | None:
    """The text for a comic's row: the `main` source, or such a text, and the fields of others."""
    if main is None:
        main = next(iter(others.values()), None)
    if main is None:
        return None
    return " ".join((main, *(f"{name}={one}" for name, one in others.items() if one != main)))


def unpacked(text: str | None, fields: Iterable[str]) -> dict[str, Source]:
    """The source of each of the fields, which are those that have a value."""
    if not text:
        return {}
    main, *others = text.split(" ")
    said = dict(other.split("=") for other in others)
    return {field: Source(said.get(field, main)) for field in fields}
