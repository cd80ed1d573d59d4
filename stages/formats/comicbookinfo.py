"""ComicBookInfo, the JSON that ComicBookLover and others keep in the comment of a ZIP archive.

The format is that of https://code.google.com/archive/p/comicbookinfo, version 1.0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from stages.formats import language, metadata_values
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import integer, names, prose, right_way_round, text
from stages.formats.metadata_xml import invalid

_ROLES = {
    **dict.fromkeys(("writer", "author", "plotter", "scripter", "script", "story"), "writer"),
    **dict.fromkeys(("artist", "illustrator"), "artist"),
    **dict.fromkeys(("penciller", "penciler", "breakdowns", "layouts"), "penciller"),
    **dict.fromkeys(("inker", "finishes", "embellisher"), "inker"),
    **dict.fromkeys(("colorist", "colourist", "colorer", "colourer"), "colorist"),
    "letterer": "letterer",
    **dict.fromkeys(("cover", "covers", "cover artist", "coverartist"), "cover_artist"),
    "editor": "editor",
    "translator": "translator",
    "designer": "designer",
}
_WHAT = "The ComicBookInfo in the archive's comment"


def parse(data: bytes) -> Metadata:
    """Read an archive's comment; raises `FormatError` metadata_invalid when it is of no use."""
    said = _said(data)

    def words(name: str) -> str | None:
        return _words(said.get(name))

    def whole(name: str, smallest: int) -> int | None:
        return integer(words(name), smallest)

    return Metadata(
        title=text(words("title")),
        series_title=text(words("series")),
        number=metadata_values.number(words("issue")),
        issue_count=whole("numberOfIssues", 1),
        volume=whole("volume", 0),
        summary=prose(words("comments")),
        release_date=metadata_values.date_of(
            whole("publicationYear", 1), whole("publicationMonth", 1), whole("publicationDay", 1)
        ),
        language=language.code_of(words("language")),
        community_rating=metadata_values.rating(words("rating")),
        publisher=text(words("publisher")),
        credits=tuple(dict.fromkeys(_credits(said.get("credits")))),
        tags=(
            *(("genre", name) for name in names((words("genre") or "").split(","))),
            *(("tag", name) for name in names(map(_words, _list(said.get("tags"))))),
        ),
    )


def _said(data: bytes) -> dict[str, Any]:
    """The object that holds the fields."""
    try:
        try:
            content = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            content = data.decode("windows-1252", "replace")
        said = json.loads(content.rstrip("\0"), strict=False)
    except (ValueError, RecursionError):
        raise invalid(_WHAT, "is not valid JSON") from None
    if isinstance(said, dict):
        for name, value in said.items():
            if name.lower().startswith("comicbookinfo/") and isinstance(value, dict):
                return value
    raise invalid(_WHAT, "holds no “ComicBookInfo/1.0” with a comic's data") from None


def _credits(said: Any) -> Iterator[tuple[str, str]]:
    for credit in _list(said):
        if isinstance(credit, dict):
            said_role = (_words(credit.get("role")) or "").lower()
            role = _ROLES.get(said_role, "editor" if "editor" in said_role else "other")
            for person in names([_words(credit.get("person"))]):
                yield role, right_way_round(person)


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return value.split(",")
    return value if isinstance(value, list) else []


def _words(value: Any) -> str | None:
    """A text or a number as text; JSON may spell halves of characters, which no text holds."""
    if isinstance(value, float):
        return f"{value:.10g}" if math.isfinite(value) else None
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value).encode("utf-8", "replace").decode().replace("\0", "")
    return None
