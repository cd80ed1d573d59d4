"""ComicInfo.xml, the metadata that most comics carry, in one plain record.

The format is that of https://github.com/anansi-project/comicinfo, drafts/v2.1. Files in the wild
often fail its schema, so nothing is rejected for a bad value: what makes no sense is left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from itertools import zip_longest
from typing import TYPE_CHECKING

from stages.formats import metadata_values
from stages.formats.language import code_of
from stages.formats.metadata import Metadata
from stages.formats.metadata_values import LONGEST_NAME, LONGEST_TEXT, integer, prose
from stages.formats.metadata_xml import local_name, parsed, text_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Fields in lower case, as the look-up has them.
_ROLES = {
    "writer": "writer",
    "penciller": "penciller",
    "inker": "inker",
    "colorist": "colorist",
    "letterer": "letterer",
    "coverartist": "cover_artist",
    "editor": "editor",
    "translator": "translator",
}
_KINDS = {
    "genre": "genre",
    "tags": "tag",
    "characters": "character",
    "teams": "team",
    "locations": "location",
    "storyarc": "story_arc",
}
_LISTS = frozenset((*_ROLES, *_KINDS, "storyarcnumber", "seriesgroup"))
_LONG = _LISTS | {"summary", "notes", "review", "web"}
_WHAT = "ComicInfo.xml"

# Nearly every ComicInfo.xml is a flat list of elements, and this is all of such a document. Taking
# it apart with regular expressions takes a third of the time that an XML parser needs.
_TEXT = r"[^<&\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]"
_ENTITY = r"&(?:amp|lt|gt|quot|apos);"
_is_flat = re.compile(
    rf"""
    (?:<\?xml[^<>]*+>)?+ \s*+
    <ComicInfo(?:\s[^<>&]*+)?+(?<!/)> \s*+
    (?:
        <(\w++)>(?:{_TEXT}++|{_ENTITY})*+</\1> \s*+
        | <\w++\s?+/> \s*+
        | <Pages>\s*+(?:<Page(?:\s++\w++="{_TEXT}*?")*+\s*+/>\s*+)*+</Pages> \s*+
    )*+
    </ComicInfo> \s*+
    """,
    re.VERBOSE,
).fullmatch
_in_flat = re.compile(r"<(\w++)>([^<]*+)</").findall
_flat_pages = re.compile(r"<Page\s([^<>]*+)>").findall
_page_type = re.compile(r"\bType=\"[^\"]*FrontCover", re.IGNORECASE).search
_page_image = re.compile(r"\bImage=\"([^\"]*+)\"").search

_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


Elements = Iterable[tuple[str, str]]


def parse(data: bytes) -> Metadata:
    """Read a ComicInfo.xml; raises `FormatError` metadata_invalid when it is not one."""
    document = text_of(data, _WHAT)
    elements, cover_page = _flat(document) if _is_flat(document) else _nested(document)
    fields = _fields(elements)
    get = fields.get
    manga = get("manga", "").lower()
    right_to_left = manga == "yesandrighttoleft"
    web, notes, gtin = get("web"), get("notes"), get("gtin")
    return Metadata(
        title=get("title"),
        series_title=get("series"),
        number=metadata_values.number(get("number")),
        issue_count=integer(get("count"), 1),
        volume=integer(get("volume"), 0),
        alternate_series=get("alternateseries"),
        alternate_number=metadata_values.number(get("alternatenumber")),
        alternate_count=integer(get("alternatecount"), 1),
        summary=prose(get("summary")),
        notes=prose(notes),
        review=prose(get("review")),
        release_date=metadata_values.date_of(
            integer(get("year"), 1), integer(get("month"), 1), integer(get("day"), 1)
        ),
        web=" ".join(web.split()) if web else None,
        language=code_of(get("languageiso")),
        format=get("format"),
        age_rating=metadata_values.age_rating(get("agerating")),
        community_rating=metadata_values.rating(get("communityrating")),
        black_and_white=_YES_NO.get(get("blackandwhite", "").lower()),
        manga=True if right_to_left else _YES_NO.get(manga),
        right_to_left=right_to_left,
        scan_information=get("scaninformation"),
        series_groups=", ".join(_split(get("seriesgroup", ""))) or None,
        main_character_or_team=get("maincharacterorteam"),
        gtin=metadata_values.trade_number(gtin),
        external_ids=metadata_values.external_ids(web, gtin, notes),
        publisher=get("publisher"),
        imprint=get("imprint"),
        credits=_named(fields, _ROLES),
        tags=_named(fields, _KINDS),
        story_arcs=_story_arcs(get("storyarc"), get("storyarcnumber")),
        cover_page=cover_page,
    )


def _flat(document: str) -> tuple[Elements, int | None]:
    """The elements of a document that is flat, (name, text), and the index of the front cover."""
    if "\r" in document:
        document = document.replace("\r\n", "\n").replace("\r", "\n")
    elements = _in_flat(document)
    if "&" in document:
        elements = [(name, html.unescape(text)) for name, text in elements]
    if "<Page " not in document:
        return elements, None
    for page in _flat_pages(document):
        image = _page_image(page)
        if image and _page_type(page):
            return elements, integer(image[1], 0)
    return elements, None


def _nested(document: str) -> tuple[Elements, int | None]:
    """The same of any other document; raises `FormatError` metadata_invalid."""
    elements = []
    cover = None
    for element in parsed(document, "comicinfo", _WHAT):
        name = local_name(element.tag)
        if name == "pages" and len(element):
            cover = _front_cover(element) if cover is None else cover
        else:
            elements.append((name, "".join(element.itertext())))
    return elements, cover


def _fields(elements: Elements) -> dict[str, str]:
    """Each field's text by its name in lower case.

    A list that is written as several elements is joined; of anything else the first counts.
    """
    fields: dict[str, str] = {}
    for written, text in elements:
        name = written.lower()
        text = text.strip()
        if not text or (len(text) > LONGEST_TEXT and name not in _LONG):
            continue
        if name not in fields:
            fields[name] = text
        elif name in _LISTS:
            fields[name] += ", " + text
    return fields


def _front_cover(pages: Element) -> int | None:
    for page in pages:
        if "Image" in page.attrib and "frontcover" in page.get("Type", "").lower():
            return integer(page.get("Image"), 0)
    return None


def _named(fields: dict[str, str], kinds: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(kind, name) for every name in the fields that `kinds` translates."""
    named: list[tuple[str, str]] = []
    for field, kind in kinds.items():
        text = fields.get(field)
        if text is None:
            continue
        if "," in text or ";" in text or len(text) > LONGEST_NAME:
            named += [(kind, name) for name in _split(text)]
        else:
            named.append((kind, text))
    return tuple(named)


def _split(text: str) -> list[str]:
    """The members of a list, each once."""
    members = _members(text) if ";" in text else map(str.strip, text.split(","))
    return [one for one in dict.fromkeys(members) if one and len(one) <= LONGEST_NAME]


def _members(text: str) -> list[str]:
    """A list taken apart at its commas, or at its semicolons where there are any."""
    separator = ","
    if ";" in text:
        text = html.unescape(text)  # the semicolon may end an entity that was escaped twice
        separator = ";" if ";" in text else ","
    return [member.strip(" \t\r\n,") for member in text.split(separator)]


def _story_arcs(names: str | None, numbers: str | None) -> tuple[tuple[str, str | None], ...]:
    """Arcs with their numbers, which belong together by position."""
    if not names:
        return ()
    if not numbers:
        return tuple([(name, None) for name in _split(names)])
    arcs: dict[str, str | None] = {}
    for name, number in zip_longest(_members(names), _members(numbers), fillvalue=""):
        if name and len(name) <= LONGEST_NAME:
            arcs.setdefault(name, number or None)
    return tuple(arcs.items())
