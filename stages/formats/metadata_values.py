"""Single values of metadata, as people and programs write them, made usable or left out.

What a value belongs to is the formats' business.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import date

LARGEST = 2**31 - 1  # what every database takes for an integer
LONGEST_TEXT = 1_000  # characters of a title; a longer one is none
LONGEST_NAME = 300  # characters of a person's, a character's or a tag's name
LONGEST_PROSE = 30_000  # characters of a summary that are kept

# Between them lies every comic there is and all that is announced.
_FIRST_YEAR, _LAST_YEAR = 1500, 2100

_TAGS = (
    "a|abbr|b|big|blockquote|body|br|caption|center|cite|code|dd|del|div|dl|dt|em|figcaption|figure|"
    "font|h[1-6]|head|hr|html|i|img|ins|li|ol|p|pre|q|s|section|small|span|strike|strong|sub|sup|"
    "table|tbody|td|tfoot|th|thead|tr|tt|u|ul"
)
_TAG = re.compile(rf"<(/?)({_TAGS})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_PARAGRAPHS = frozenset(("p", "h1", "h2", "h3", "h4", "h5", "h6"))
_DROPPED = re.compile(
    r"<(script|style)\b.{0,5000}?</\1\s*>|<!--.{0,5000}?-->", re.IGNORECASE | re.DOTALL
)
_BLOCK = re.compile(r"<(?:p|br|div|li|tr)\b", re.IGNORECASE).search
_MANY_LINES = re.compile(r"\n{3,}")
_INLINE = re.compile(
    r"(?:a|abbr|b|big|cite|code|del|em|font|i|ins|q|s|small|span|strike|strong|sub|sup|tt|u)",
    re.IGNORECASE,
).fullmatch
_ISO_DATE = re.compile(r"\s*(\d{4})(?:-?(\d\d)(?:-?(\d\d))?)?(?!\d)").match
_NO_DIGIT_OR_X = re.compile(r"[^0-9Xx]")
_NUMBERS_OF_TRADE = (8, 10, 12, 13, 14, 17, 18)  # digits of EAN, ISBN, UPC; with supplements
# How taggers write the ids of Comic Vine and Metron into addresses, notes and elsewhere.
_EXTERNAL_ID = re.compile(
    r"(?:\bCVDB|/4000-|\b(?:urn:)?comicvine:issue:)(?P<comicvine>\d{1,12})"
    r"|(?:\bmetron\.cloud/issue/|\burn:metron:issue:)(?P<metron>\d{1,12})"
).finditer
_ID_MARKS = ("4000-", "comicvine:issue:", "metron", "CVDB")
_NOT_TRADE = re.compile(r"[^0-9Xx\s-]").search


def text(value: str | None) -> str | None:
    """A line of text; None when there is none or far too much to be one."""
    if not value:
        return None
    value = value.strip()
    return value if value and len(value) <= LONGEST_TEXT else None


def prose(value: str | None) -> str | None:
    """A text of several lines without the HTML that many sources leave in it."""
    if not value:
        return None
    if "<" in value or "&" in value:
        value = _plain(value[:LONGEST_PROSE])
    return value[:LONGEST_PROSE].strip() or None


def names(values: Iterable[str | None]) -> list[str]:
    """Those of the values that are names, each once."""
    stripped = (value.strip() for value in values if value)
    return [name for name in dict.fromkeys(stripped) if name and len(name) <= LONGEST_NAME]


def integer(value: str | int | float | None, smallest: int) -> int | None:
    """A whole number from `smallest` on."""
    if value is None:
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        try:
            number = int(float(value))
        except (ValueError, OverflowError):
            return None
    return number if smallest <= number <= LARGEST else None


def rating(value: str | float | None) -> float | None:
    """A number of stars between 0 and 5."""
    if value is None:
        return None
    try:
        stars = float(value.replace(",", ".") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return None
    return stars if 0 <= stars <= 5 else None


def age_rating(value: str | None) -> str | None:
    """For whom it is; None where it says that nobody knows."""
    said = text(value)
    return None if said is None or said.lower() in ("unknown", "rating pending") else said


def date_of(year: int | None, month: int | None = None, day: int | None = None) -> str | None:
    """As much of the date as is one, to the day at best."""
    if year is None or not _FIRST_YEAR <= year <= _LAST_YEAR:
        return None
    if month is None or not 1 <= month <= 12:
        return f"{year}"
    if day is not None:
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            pass
    return f"{year}-{month:02d}"


def iso_date(value: str | None) -> str | None:
    """As much of a date in ISO 8601 (or as PDF writes it, without the dashes) as is one."""
    found = _ISO_DATE(value or "")
    if found is None:
        return None
    return date_of(*(int(part) if part else None for part in found.groups()))


def trade_number(value: str | None) -> str | None:
    """A GTIN, ISBN or UPC without its dashes; None when it is something else."""
    if not value or _NOT_TRADE(value):
        return None
    digits = _NO_DIGIT_OR_X.sub("", value).upper()
    return digits if len(digits) in _NUMBERS_OF_TRADE and digits.strip("0") else None


def external_ids(*texts: str | None) -> str | None:
    """The ids of databases that are mentioned in the texts: "comicvine:12 metron:3"."""
    said = " ".join(filter(None, texts))
    for mark in _ID_MARKS:
        if mark in said:
            break
    else:
        return None
    found = (f"{match.lastgroup}:{match[match.lastgroup or 0]}" for match in _EXTERNAL_ID(said))
    return " ".join(dict.fromkeys(found)) or None


def number(value: str | None) -> str | None:
    """An issue's number as it is written."""
    said = text(value)
    return None if said is None or len(said) > 40 else said


def plain_number(value: str | None) -> str | None:
    """The same without the decimals that calibre writes: "7" for "7.0"."""
    return number((value or "").removesuffix(".00").removesuffix(".0"))


def right_way_round(person: str) -> str:
    """ "Moore, Alan" as "Alan Moore"; "Doe, Jr." and names without a comma stay as they are."""
    last, comma, first = person.partition(",")
    first = first.strip()
    if not comma or not first or "," in first:
        return person
    if first.rstrip(".").lower() in ("jr", "sr", "ii", "iii", "iv", "inc", "ltd", "llc"):
        return person
    return f"{first} {last.strip()}"


def _plain(markup: str) -> str:
    """HTML as text: a line for each block, entities spelt out.

    What is not one of HTML's elements stays: people write "<3" and "<sigh>".
    """
    plain = markup
    if _TAG.search(plain):
        plain = _DROPPED.sub("", plain)
        if _BLOCK(plain):
            plain = " ".join(plain.split())  # the source's own lines mean nothing
        plain = _TAG.sub(_space_for, plain)
        plain = "\n".join(line.strip(" \t\r") for line in plain.split("\n"))
    return _MANY_LINES.sub("\n\n", html.unescape(plain))


def _space_for(tag: re.Match[str]) -> str:
    """What stands in a tag's place: nothing inside a line, a blank line between paragraphs."""
    closing, name = tag[1], tag[2].lower()
    if _INLINE(name):
        return ""
    if name in ("td", "th", "li"):
        return "" if closing else "\n• " if name == "li" else " "
    return "\n\n" if name in _PARAGRAPHS else "\n"
