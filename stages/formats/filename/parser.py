"""Taking a file name apart: the numbers by their rules, and then what is left as words."""

from __future__ import annotations

import re
from functools import lru_cache
from operator import attrgetter

from stages.formats.filename import number_rules, volume_rules
from stages.formats.filename.cut import CUT, cut
from stages.formats.filename.draft import Draft, begun
from stages.formats.filename.name import FileName
from stages.formats.filename.numbers import SEPARATED, Numeral
from stages.formats.filename.words import BARE, CONTAINERS, EDITIONS, FORMATS, NOISE, OTHER


def parse(stem: str, *, folder: str | None = None, manga: bool | None = None) -> FileName:
    """Take a file's name apart, with or without its suffix; every text has an answer.

    `folder` is the name of the series' folder (of a path, it is the last one): with it, numbers of
    the series' own name are known ("Area 51"), and names that leave the series out have one.
    `manga` says that the comic is one, whose names have the chapter in their midst ("Bleach 67 Down
    with Snowwhite"); False that it is none, and a lone volume is its number, as Western taggers
    have it. None, which is not known, is safe for both.
    """
    if "/" in stem:
        path, _, stem = stem.rpartition("/")
        folder = folder or path.rpartition("/")[2]
    known = _series_of(folder) if folder else ""
    draft = begun(stem, known, manga=bool(manga))
    for rule in number_rules.RULES:
        draft.number = rule(draft)
        if draft.number:
            break
    for rule in volume_rules.RULES:
        draft.volume = rule(draft)
        if draft.volume:
            break
    return _written(draft, known, is_western=manga is False)


@lru_cache(maxsize=1024)
def _series_of(folder: str) -> str:
    """The series that a folder is named after: "Harbour (2001)" → "Harbour"."""
    return _words(cut(folder).text) or ""


def _written(draft: Draft, known: str, *, is_western: bool) -> FileName:
    number, volume = draft.number, draft.volume
    series, title = _series_and_title(draft, known)
    year, year_end = _years(draft)
    edition = title if title and title.split()[-1].lower() in EDITIONS else None
    return FileName(
        series=series,
        number=_text(number or (volume if is_western else None)),
        volume=_value(volume.text) if volume else None,
        year=year,
        title=None if edition else title,
        count=_count(draft),
        volume_end=_value(volume.last) if volume and volume.last else None,
        year_end=year_end,
        format=_format(draft),
        edition=edition or draft.said.edition,
        language=draft.said.language,
        group=_group(draft),
    )


def _text(number: Numeral | None) -> str | None:
    if number and number.last:
        return f"{number.text}-{number.last}"
    return number.text if number else None


def _value(volume: str) -> float | None:
    """The volume as a number, without a letter behind; None for a code of many digits."""
    digits = _COUNTS(volume)
    if not digits:
        return None
    value = float(digits[0])
    return int(value) if value.is_integer() else value


_COUNTS = re.compile(r"\d{1,9}(?!\d)(?:\.\d+)?").match


# The words


def _series_and_title(draft: Draft, known: str) -> tuple[str | None, str | None]:
    """What stands before the numbers, and what stands behind them."""
    text, number, volume = draft.text, draft.number, draft.volume
    taken = [one for one in (number, volume) if one]
    taken.sort(key=_START)
    if not taken:
        return _words(text) or known or None, None
    end = _end(draft, taken[-1].end)
    series, title = _words(text[: taken[0].start]), _words(text[end:])
    if series and len(taken) == 2 and (midst := _words(draft.between(*taken))):
        if midst.lower() in FORMATS:
            series = f"{series} {midst}"  # "Harbour v1 Annual #01"
        else:
            title = title or midst
    if series or known:
        return series or known, title
    if number and not number.label and not volume and title:
        return title, None  # "04 - Asterix the Gladiator"
    if number and not volume and not title and _is_name(number):
        return number.text, None
    return None, title


def _is_name(number: Numeral) -> bool:
    """Whether a number that stands alone is a name as well: "300", "#52"; not "001", "c1"."""
    return number.label in ("", "#") and not number.padded and not number.last


_START = attrgetter("start")


def _end(draft: Draft, end: int) -> int:
    """Where the numbers end, those included that say nothing and a year right behind them."""
    for one in draft.numerals:
        says_nothing = one.role is OTHER or (one.role is BARE and _YEAR(one.text))
        if one.start >= end and says_nothing and SEPARATED(draft.text[end : one.start]):
            end = one.end
    return end


_IN_FRONT = " -,:;._~|)]}"
_BEHIND = " -,:;_~|(]}[{)"


def _words(text: str) -> str | None:
    """What a text says up to the first brackets, or behind them if they come first."""
    for piece in text.split(CUT):
        words = piece.lstrip(_IN_FRONT).rstrip(_BEHIND).split()
        if words and words[-1].lower() in CONTAINERS:
            words.pop()
        if words and not all(word.lower() in NOISE for word in words):
            return " ".join(words).rstrip(_BEHIND)
    return None


# What brackets say, and words instead of them

_YEAR = re.compile(r"(?:19|20)\d\d").fullmatch


def _years(draft: Draft) -> tuple[int | None, int | None]:
    """The year and, of a span of years, its end; not the year that is the volume."""
    years = draft.said.years
    if draft.volume and draft.volume.label == "year":
        years = years[1:]
    return (years[0].year, years[0].year_end) if years else (_bare_year(draft), None)


def _bare_year(draft: Draft) -> int | None:
    """The year without brackets that is the number, or right behind it: "Harbour 012 2001"."""
    number = draft.number
    if not number:
        return None
    if number.label == "year":
        return int(number.text)
    for one in draft.bare:
        if one.start >= number.end and _YEAR(one.text) and SEPARATED(draft.between(number, one)):
            return int(one.text)
    return None


def _count(draft: Draft) -> int | None:
    """How many issues there are; not how many parts a story in one of them has."""
    if draft.number and (count := draft.count_of(draft.number)):
        return count
    if draft.volume and draft.count_of(draft.volume):
        return None
    return draft.said.total


def _format(draft: Draft) -> str | None:
    if draft.said.format:
        return draft.said.format
    words = draft.text.lower()
    if "free comic book day" in words:
        return FORMATS["fcbd"]
    split = words.split()
    if _FORMAT_WORDS.isdisjoint(split):
        return None
    return next(FORMATS[word] for word in split if word in FORMATS)


_FORMAT_WORDS = FORMATS.keys()


def _group(draft: Draft) -> str | None:
    """Who made the file: brackets in front, or the last of those that say nothing else."""
    groups = [bracket for bracket, reading in draft.brackets if reading.is_group]
    if not groups:
        return None
    return (groups[0] if groups[0].at < draft.words_begin else groups[-1]).content
