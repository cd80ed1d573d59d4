"""CoMet, the XML of https://www.denvog.com/comet (versions 1.0 and 1.1), in one plain record.

Its lists are elements that come again, one name in each.
"""

from __future__ import annotations

from stages.formats import language, metadata_values
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import integer, iso_date, names, prose, text
from stages.formats.metadata_xml import content, local_name, root_of

_ROLES = {
    "writer": "writer",
    "penciller": "penciller",
    "inker": "inker",
    "colorist": "colorist",
    "letterer": "letterer",
    "coverdesigner": "cover_artist",
    "editor": "editor",
    "creator": "other",
}
_KINDS = {"genre": "genre", "character": "character", "isversionof": "reprint"}


def parse(data: bytes) -> Metadata:
    """Read a CoMet document; raises `FormatError` metadata_invalid when it is not one."""
    said: dict[str, list[str]] = {}
    for element in root_of(data, "comet", "CoMet.xml"):
        if value := content(element):
            said.setdefault(local_name(element.tag), []).append(value)

    def first(name: str) -> str | None:
        return said.get(name, [None])[0]

    identifier = first("identifier") or ""
    cover = text(first("coverimage"))
    return Metadata(
        title=text(first("title")),
        series_title=text(first("series")),
        number=metadata_values.number(first("issue")),
        volume=integer(first("volume"), 0),
        summary=prose(first("description")),
        release_date=iso_date(first("date")),
        language=language.code_of(first("language")),
        format=text(first("format")),
        age_rating=metadata_values.age_rating(first("rating")),
        right_to_left=(first("readingdirection") or "").lower() == "rtl",
        gtin=metadata_values.trade_number(identifier),
        external_ids=metadata_values.external_ids(f"/{identifier}"),
        publisher=text(first("publisher")),
        credits=_named(said, _ROLES),
        tags=_named(said, _KINDS),
        cover_name=cover,
    )


def _named(said: dict[str, list[str]], kinds: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(kind, name) for every name in the elements that `kinds` translates."""
    return tuple(
        (kind, name) for element, kind in kinds.items() for name in names(said.get(element, ()))
    )
