"""What a comic's file name says: series, number, volume, year and title.

File names have no format. This knows the habits of scanners and shops, as in
"Series Name v2 012 (of 16) (2019) (digital) (Group)"; it serves where ComicInfo.xml is silent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

_NUMBER = r"-?(?:\d+(?:\.\d+)*(?:[½¼¾]|\.?[A-Za-z]{1,3})?|[½¼¾])"  # 12, 1.5, 12a, 1.MU, 27AU, ½
_WORD = re.compile(rf"(#|[A-Za-z]+\.?)?({_NUMBER})[,:]?").fullmatch
_BARE = re.compile(r"\d+(?:\.\d+)?[½¼¾a-z]?|[½¼¾]").fullmatch  # not 2nd, 3D, 40k
_GROUP = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)").search
_COUNT = re.compile(rf"(?:#?({_NUMBER})\s+)?of\s+(\d{{1,9}})\b", re.IGNORECASE).match

_NUMBERS = frozenset(("#", "ch", "chapter", "c", "issue", "ep", "episode"))
_VOLUMES = frozenset(("v", "vol", "volume"))
_CALLED = _NUMBERS | _VOLUMES
_CUT = "\0"  # the word that stands for brackets
_DASHES = (["-"], ["\N{EN DASH}"], ["\N{EM DASH}"])
_EDGES = " -\N{EN DASH}\N{EM DASH},:"


@dataclass(frozen=True, slots=True)
class FileName:
    """The parts of a file name; None where it does not have one.

    `number` is text, as issues are "½", "1.5" or "12a", without leading zeros; `count` is the N of
    "of N".
    """

    series: str | None = None
    number: str | None = None
    volume: int | None = None
    year: int | None = None
    title: str | None = None
    count: int | None = None


class _Found(NamedTuple):
    """A number and the words `start` to before `end` that it takes, its label included."""

    text: str
    start: int
    end: int


def parse(stem: str) -> FileName:
    """Take a file name without its suffix apart; every text has an answer."""
    pieces = _GROUP.split(stem.replace("_", " "))
    groups = pieces[1::2]
    words = f" {_CUT} ".join(pieces[::2]).split()
    while words and words[0] == _CUT:  # scanners who name themselves first
        del words[0]
    number, volume, bare = _numbers(words)
    labelled = number is not None
    number = number or _issue_among(bare, words, volume)
    found = [one for one in (number, volume) if one]
    start = min([one.start for one in found], default=len(words))
    end = max([one.end for one in found], default=len(words))
    issue, count = _of_count(groups)
    if words[end : end + 1] == ["of"] and _is_small("".join(words[end + 1 : end + 2])):
        count = int(words[end + 1])
        end += 2
    if number:
        issue = number.text
    series, title = _part(words[:start]), _part(words[end:])
    if not series and not labelled:
        series, title = title, None  # "04 - Asterix the Gladiator"
    return FileName(
        series=series,
        number=_plain(issue) if issue else None,
        volume=int(volume.text) if volume else None,
        year=_year(groups),
        title=title,
        count=count,
    )


def _numbers(words: list[str]) -> tuple[_Found | None, _Found | None, list[_Found]]:
    """The first number called an issue's, the first called a volume's, and those called nothing."""
    number = volume = None
    bare = []
    for i, word in enumerate(words):
        match = None if word.isalpha() else _WORD(word)
        if not match:
            continue
        label, text = match.groups()
        start = i
        if label is None and i and words[i - 1].lower().rstrip(".") in _CALLED:
            start = i - 1
            label = words[start]
        if label is None:
            if _BARE(text) and words[i - 1] != "of":
                bare.append(_Found(text, start, i + 1))
            continue
        label = label.lower().rstrip(".")
        if label in _NUMBERS:
            number = number or _Found(text, start, i + 1)
        elif label in _VOLUMES and _is_small(text):
            volume = volume or _Found(text, start, i + 1)
    return number, volume, bare


def _issue_among(bare: list[_Found], words: list[str], volume: _Found | None) -> _Found | None:
    """The issue where nothing calls it one: right after the volume, right after the first brackets,
    or the last number before them."""
    if volume:
        place = volume.end
        while words[place : place + 1] in _DASHES:
            place += 1
        return next((one for one in bare if one.start == place), None)
    cut = words.index(_CUT) if _CUT in words else len(words)
    before = None
    for one in bare:
        if one.start == cut + 1:
            return one
        if one.start < cut:
            before = one
    return before


def _is_small(text: str) -> bool:
    """Whether the text is a number that counts something, not a code of many digits."""
    return text.isdecimal() and len(text) < 10


def _of_count(groups: list[str]) -> tuple[str | None, int | None]:
    """Number and count of "(1 of 3)", the count alone of "(of 3)"."""
    for group in groups:
        match = _COUNT(group)
        if match:
            return match[1], int(match[2])
    return None, None


def _year(groups: list[str]) -> int | None:
    for group in groups:
        match = _YEAR(group)
        if match:
            return int(match[0])
    return None


def _part(words: list[str]) -> str | None:
    """What the words say up to the first brackets, or after them if they come first."""
    for piece in " ".join(words).split(_CUT):
        stripped = piece.strip(_EDGES)
        if stripped:
            return stripped
    return None


def _plain(number: str) -> str:
    """An issue number without leading zeros."""
    sign = "-" if number.startswith("-") else ""
    digits = number.lstrip("-0")
    return sign + (digits if digits[:1].isalnum() else "0" + digits)
