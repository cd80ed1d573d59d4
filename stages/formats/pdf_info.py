"""What a PDF document says of itself: its information dictionary and its XMP packet.

The container hands both over as JSON: `{"info": {key: text}, "xmp": packet or null,
"right_to_left": bool}`. Most of what programs write there is about the file and not about the
comic, so this takes little and trusts less.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import Element

from stages.formats import language, metadata_values
from stages.formats.errors import FormatError
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import iso_date, names, prose, right_way_round, text
from stages.formats.metadata_xml import (
    attribute,
    child,
    children,
    content,
    invalid,
    local_name,
    root_of,
)

_MOST_MEMBERS = 500  # of a list
_LONGEST_TOPIC = 60  # characters; a longer subject is a summary
_WHAT = "What the PDF says of itself"
# Titles that programs make up: names of files and of documents without one.
_NO_TITLE = re.compile(
    r"(?:untitled|unknown|document|title|titel|print|scan|layout|cover|pdf|none|null|no title"
    r"|microsoft word\b.*|.*\.(?:indd|docx?|pdf|jpe?g|png|tiff?|psd|ai|qxd|cb[zr7t]|xlsx?|pptx?)"
    r"|(?:scan|img|dsc|page|seite|image)[\s_-]?\d*|[\W\d_]*)",
    re.IGNORECASE,
).fullmatch
_NOBODY = re.compile(
    r"(?:unknown|anonymous|author|admin(?:istrator)?|user|owner|scanner|root|none|null|default"
    r"|.*\b(?:adobe|acrobat|calibre|microsoft|libreoffice|office|pdf)\b.*)",
    re.IGNORECASE,
).fullmatch


def parse(data: bytes) -> Metadata:
    """Read the JSON; raises `FormatError` metadata_invalid when it is of no use.

    A broken XMP packet counts as none: the information dictionary says most of the same.
    """
    try:
        said = json.loads(data)
    except ValueError:
        raise invalid(_WHAT, "cannot be read") from None
    info: dict[str, Any] = said.get("info") or {}
    xmp = _xmp(said.get("xmp"))

    def words(element: str, key: str) -> str:
        return next(iter(xmp.get(element, ())), "") or str(info.get(key) or "")

    title, about = text(words("title", "Title")), words("description", "Subject")
    is_topic = len(about) <= _LONGEST_TOPIC and "." not in about
    return Metadata(
        title=None if title and _NO_TITLE(title) else title,
        series_title=text(next(iter(xmp.get("series", ())), None)),
        number=metadata_values.plain_number(next(iter(xmp.get("number", ())), None)),
        summary=None if is_topic else prose(about),
        release_date=iso_date(next(iter(xmp.get("date", ())), None)),
        language=language.code_of(next(iter(xmp.get("language", ())), None)),
        right_to_left=said.get("right_to_left") is True,
        publisher=text(next(iter(xmp.get("publisher", ())), None)),
        credits=_authors(xmp.get("creator") or _members(str(info.get("Author") or ""), ";&")),
        tags=(
            *(("genre", name) for name in names([about] if is_topic else [])),
            *(("tag", name) for name in names(xmp.get("subject") or _keywords(info))),
        ),
    )


def _xmp(packet: str | None) -> dict[str, list[str]]:
    """Every property's texts by its name in lower case."""
    if not packet:
        return {}
    try:
        root = root_of(packet.encode("utf-8", "replace"), "xmpmeta", "The XMP packet")
    except FormatError:
        return {}
    found: dict[str, list[str]] = {}
    for description in children(child(root, "rdf"), "description"):
        for name, value in description.attrib.items():
            found.setdefault(local_name(name), []).append(value)
        for element in description:
            found.setdefault(local_name(element.tag), []).extend(_texts(element))
            if local_name(element.tag) == "series":  # calibre's, with the number beside the name
                found["number"] = [content(child(element, "series_index"))]
    return found


def _texts(element: Element) -> list[str]:
    """The members of an RDF list, the one in the default language first, a structure's value, or
    the plain text."""
    value = child(element, "value")
    if value is not None:
        return [content(value)]
    items = [item for item in element.iter() if local_name(item.tag) == "li"]
    items.sort(key=lambda item: attribute(item, "lang") not in ("", "x-default"))
    return [content(item) for item in items[:_MOST_MEMBERS]] if items else [content(element)]


def _authors(said: Iterable[str]) -> tuple[tuple[str, str], ...]:
    people = names(said)
    return tuple(("writer", right_way_round(name)) for name in people if not _NOBODY(name))


def _keywords(info: dict[str, Any]) -> list[str]:
    """The keywords; some programs keep a whole ComicInfo.xml there, which is read as such."""
    keywords = str(info.get("Keywords") or "")
    return [] if "<" in keywords else _members(keywords, ",;")


def _members(listed: str, separators: str) -> list[str]:
    return re.split(f"[{separators}]", listed)
