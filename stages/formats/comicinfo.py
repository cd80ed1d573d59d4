"""ComicInfo.xml, the metadata that most comics carry, as one plain record.

The format is that of https://github.com/anansi-project/comicinfo, drafts/v2.1. Files in the wild
often fail its schema, so nothing is rejected for a bad value: what makes no sense is left out.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import zip_longest
from xml.etree import ElementTree

import defusedxml.ElementTree
from defusedxml.common import DefusedXmlException

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

_LARGEST = 2**31 - 1  # the schema's xs:int, and what every database takes for an integer

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
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

_DTD = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_DECLARED_ENCODING = re.compile(
    rb"<\?xml[^>]*?encoding\s*=\s*[\"'](utf-8|us-ascii|iso-8859-\d+|latin-?1|windows-\d+|cp\d+|"
    rb"shift_jis|euc-\w+|gbk|gb2312|gb18030|big5|koi8-\w)[\"']",
    re.IGNORECASE,
)
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NOT_AN_XML_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)(?:#?\w+;)?")


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What is said of one page: `image` is its index from 0, sizes are in bytes and pixels."""

    image: int
    type: str
    double_page: bool
    bookmark: str | None
    key: str | None
    image_size: int | None
    image_width: int | None
    image_height: int | None


@dataclass(frozen=True, slots=True)
class ComicInfo:
    """Every field of ComicInfo 2.1; None or an empty tuple where the file says nothing usable.

    `release_date` is YYYY, YYYY-MM or YYYY-MM-DD. `credits` holds (role, name), roles being writer,
    penciller, inker, colorist, letterer, cover_artist, editor and translator. `tags` holds
    (kind, name), kinds being genre, tag, character, team, location and story_arc; `story_arcs`
    holds the arcs again as (name, number in the arc or None). `cover_page` is the index of the
    front cover. `community_rating` is between 0 and 5.
    """

    title: str | None = None
    series: str | None = None
    number: str | None = None
    count: int | None = None
    volume: int | None = None
    alternate_series: str | None = None
    alternate_number: str | None = None
    alternate_count: int | None = None
    summary: str | None = None
    notes: str | None = None
    release_date: str | None = None
    publisher: str | None = None
    imprint: str | None = None
    web: tuple[str, ...] = ()
    page_count: int | None = None
    language: str | None = None
    format: str | None = None
    black_and_white: bool | None = None
    manga: bool | None = None
    right_to_left: bool = False
    main_character_or_team: str | None = None
    scan_information: str | None = None
    series_groups: tuple[str, ...] = ()
    age_rating: str | None = None
    community_rating: float | None = None
    review: str | None = None
    gtin: str | None = None
    credits: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    story_arcs: tuple[tuple[str, str | None], ...] = ()
    cover_page: int | None = None
    pages: tuple[PageInfo, ...] = ()


def parse(data: bytes) -> ComicInfo:
    """Read a ComicInfo.xml; raises `FormatError` metadata_invalid when it is not one."""
    root = _root(data)
    fields, pages = _fields(root)
    get = fields.get
    arcs = _story_arcs(get("storyarc"), get("storyarcnumber"))
    manga = (get("manga") or "").lower()
    right_to_left = manga == "yesandrighttoleft"
    return ComicInfo(
        title=get("title"),
        series=get("series"),
        number=get("number"),
        count=_integer(get("count"), 1),
        volume=_integer(get("volume"), 0),
        alternate_series=get("alternateseries"),
        alternate_number=get("alternatenumber"),
        alternate_count=_integer(get("alternatecount"), 1),
        summary=get("summary"),
        notes=get("notes"),
        release_date=_date(get("year"), get("month"), get("day")),
        publisher=get("publisher"),
        imprint=get("imprint"),
        web=tuple((get("web") or "").split()),
        page_count=_integer(get("pagecount"), 1),
        language=get("languageiso"),
        format=get("format"),
        black_and_white=_YES_NO.get((get("blackandwhite") or "").lower()),
        manga=True if right_to_left else _YES_NO.get(manga),
        right_to_left=right_to_left,
        main_character_or_team=get("maincharacterorteam"),
        scan_information=get("scaninformation"),
        series_groups=tuple(_split(get("seriesgroup", ""))),
        age_rating=get("agerating"),
        community_rating=_rating(get("communityrating")),
        review=get("review"),
        gtin=get("gtin"),
        credits=_named(fields, _ROLES),
        tags=_named(fields, _KINDS),
        story_arcs=arcs,
        cover_page=_front_cover(pages) if pages else None,
        pages=pages,
    )


def _root(data: bytes) -> ElementTree.Element:
    limit = limits.current.metadata_bytes
    if len(data) > limit:
        raise _invalid(f"is larger than {limit >> 20} MB")
    text = _decoded(data)
    try:
        root = _element(text)
    except ElementTree.ParseError as error:
        try:
            root = _element(_repaired(text))
        except ElementTree.ParseError:
            line, column = error.position
            raise _invalid(f"is not well-formed XML (line {line}, column {column + 1})") from error
    if _local_name(root.tag) != "comicinfo":
        raise _invalid(f"holds <{root.tag:.40}> instead of <ComicInfo>")
    return root


def _element(text: str) -> ElementTree.Element:
    """Parse text as XML without following what a document type declares.

    All attacks that defusedxml guards against start in a document type declaration. It guards with
    Python code for every element, which is ten times slower than ElementTree's parser in C, so it
    is asked only when there may be one. Looking for it in the text is enough: given text, the
    parser reads it as it is, whatever encoding the document claims to have.
    """
    if "<!" not in text or not _DTD.search(text):
        return ElementTree.fromstring(text)  # noqa: S314 - there is no document type
    try:
        root: ElementTree.Element = defusedxml.ElementTree.fromstring(text)
    except DefusedXmlException as error:
        raise _invalid("defines entities of its own, which Longbox does not follow") from error
    return root


def _decoded(data: bytes) -> str:
    """The document as text, from its first "<" on, by what it is before what it claims to be."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode(_encoding(data), "replace")
    if "\0" in text[:4]:  # UTF-16 of ASCII characters is valid UTF-8
        text = data.decode("utf-16-be" if data.startswith(b"\0") else "utf-16-le", "replace")
    return text if text.startswith("<") else text[max(0, text.find("<")) :]


def _encoding(data: bytes) -> str:
    """The encoding of a document that is not clean UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    declared = _DECLARED_ENCODING.match(data)
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii"):
        return declared[1].decode()
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    foreign = sum(not char.isascii() for char in text)
    # Windows programs that write their own code page and say UTF-8 are the common case.
    return "utf-8" if foreign > 2 * broken else "windows-1252"


def _repaired(text: str) -> str:
    """The text without the mistakes that people's scripts make: control characters, bare
    ampersands and HTML's entities."""
    text = _NOT_IN_XML.sub("", text)
    return _NOT_AN_XML_ENTITY.sub(lambda match: html.escape(html.unescape(match[0])), text)


def _fields(root: ElementTree.Element) -> tuple[dict[str, str], tuple[PageInfo, ...]]:
    """Each field's text by its name in lower case, and the pages.

    A list that is written as several elements is joined; of anything else the first counts.
    """
    fields: dict[str, str] = {}
    pages: tuple[PageInfo, ...] = ()
    for element in root:
        name = _local_name(element.tag)
        if not len(element):
            text = (element.text or "").strip()
        elif name == "pages":
            pages = pages or _pages(element)
            continue
        else:
            text = "".join(element.itertext()).strip()
        if not text:
            continue
        if name not in fields:
            fields[name] = text
        elif name in _LISTS:
            fields[name] += ", " + text
    return fields, pages


@lru_cache(256)
def _local_name(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _pages(element: ElementTree.Element) -> tuple[PageInfo, ...]:
    found = []
    for page in element:
        get = page.get
        image = _integer(get("Image"), 0)
        if image is not None:
            found.append(
                PageInfo(
                    image=image,
                    type=get("Type") or "Story",
                    double_page=_YES_NO.get(get("DoublePage", "").lower(), False),
                    bookmark=get("Bookmark") or None,
                    key=get("Key") or None,
                    image_size=_integer(get("ImageSize"), 1),
                    image_width=_integer(get("ImageWidth"), 1),
                    image_height=_integer(get("ImageHeight"), 1),
                )
            )
    return tuple(found)


def _front_cover(pages: tuple[PageInfo, ...]) -> int | None:
    return next((page.image for page in pages if "frontcover" in page.type.lower()), None)


def _named(fields: dict[str, str], kinds: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """(kind, name) for every name in the fields that `kinds` translates."""
    named: list[tuple[str, str]] = []
    for field, kind in kinds.items():
        text = fields.get(field)
        if text is None:
            continue
        if "," in text or ";" in text:
            named += [(kind, name) for name in _split(text)]
        else:
            named.append((kind, text))
    return tuple(named)


def _split(text: str) -> list[str]:
    """The members of a list, each once."""
    return [member for member in dict.fromkeys(_members(text)) if member]


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
        if name:
            arcs.setdefault(name, number or None)
    return tuple(arcs.items())


def _integer(text: str | None, smallest: int) -> int | None:
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        try:
            value = int(float(text))
        except (ValueError, OverflowError):
            return None
    return value if smallest <= value <= _LARGEST else None


def _rating(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return value if 0 <= value <= 5 else None


def _date(year_text: str | None, month_text: str | None, day_text: str | None) -> str | None:
    """As much of the date as is one, to the day at best."""
    year = _integer(year_text, 1000)
    month = _integer(month_text, 1)
    day = _integer(day_text, 1)
    if year is None or year > 9999:
        return None
    if month is None or month > 12:
        return f"{year}"
    if day is not None:
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            pass
    return f"{year}-{month:02d}"


def _invalid(what: str) -> FormatError:
    return FormatError(
        ErrorClass.METADATA_INVALID,
        f"ComicInfo.xml {what}. The comic is readable; mend or remove its ComicInfo.xml.",
    )
