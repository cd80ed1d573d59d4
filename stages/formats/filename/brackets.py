"""Reading what stands in brackets: years, counts, numbers, languages, formats, groups."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stages.formats.filename import numbers
from stages.formats.filename.numbers import Numeral, plain
from stages.formats.filename.words import (
    BARE,
    EDITIONS,
    FORMATS,
    LANGUAGES,
    NOISE,
    NUMBER,
    OF,
    OTHER,
)


class Reading(NamedTuple):
    """What one pair of brackets says; `numeral` is a number with its label, or alone."""

    year: int | None = None
    year_end: int | None = None
    numeral: Numeral | None = None
    total: int | None = None
    language: str | None = None
    format: str | None = None
    edition: str | None = None
    is_group: bool = False


class Said(NamedTuple):
    """What all brackets of a name say: each of them, and of every kind the first."""

    readings: tuple[Reading, ...]
    years: tuple[Reading, ...]
    total: int | None
    language: str | None
    format: str | None
    edition: str | None


@lru_cache(maxsize=1024)
def read_all(contents: tuple[str, ...]) -> Said:
    """What brackets say; those of one folder's files mostly say the same."""
    readings = tuple(map(read, contents))
    return Said(
        readings,
        tuple(one for one in readings if one.year),
        next((one.total for one in readings if one.total), None),
        next((one.language for one in readings if one.language), None),
        next((one.format for one in readings if one.format), None),
        next((one.edition for one in readings if one.edition), None),
    )


_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)(?:\s?-\s?((?:19|20)\d\d))?(?!\d)").search
_COUNT = re.compile(rf"(?:#?([\d.½]+)\s+)?(?:{OF})\s+(\d{{1,4}})\b", re.IGNORECASE).match
_HAS_DIGIT = re.compile(r"[\d½]").search
_NOTHING = Reading()


@lru_cache(maxsize=4096)
def read(content: str) -> Reading:
    """What brackets say: "of 6" → total 6, "v103" → a volume, "fr" → a language, "1966-02" → 1966.

    Unknown words name the group that made the file.
    """
    lower = content.lower()
    if not lower or lower in NOISE:
        return _NOTHING
    if lower in LANGUAGES:
        return Reading(language=LANGUAGES[lower])
    if lower in FORMATS:
        return Reading(format=FORMATS[lower])
    if lower.split()[-1] in EDITIONS:
        return Reading(edition=content)
    return _with_digits(content) if _HAS_DIGIT(content) else Reading(is_group=True)


def _with_digits(content: str) -> Reading:
    if years := _YEARS(content):
        return Reading(int(years[1]), int(years[2]) if years[2] else None)
    if counted := _COUNT(content):
        number = Numeral(NUMBER, plain(counted[1]), 0, 0) if counted[1] else None
        return Reading(numeral=number, total=int(counted[2]))
    found = numbers.find(content)
    if not found:
        return Reading(is_group=" " not in content)  # not "2nd Printing"
    first = found[0]
    if first.start or first.role is OTHER or (first.role is BARE and first.end < len(content)):
        return _NOTHING
    return Reading(numeral=first)
