"""A file name half read: what the rules look at while they decide which number is which."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stages.formats.filename import brackets, numbers
from stages.formats.filename.brackets import Reading, Said
from stages.formats.filename.cut import CUT, Bracket, cut
from stages.formats.filename.numbers import Numeral
from stages.formats.filename.words import BARE

_IN_FRONT = re.compile(r"[\s\0-]*").match


@dataclass(slots=True)
class Draft:
    """The text, its brackets as read, its numbers, and what has been decided of them.

    `words_begin` and `words_end` are where the text's first words stand: behind brackets in front,
    up to the next brackets. `series_end` is where the name of the series ends, if it is known.
    """

    text: str
    brackets: list[tuple[Bracket, Reading]]
    said: Said
    numerals: list[Numeral]
    bare: list[Numeral]
    words_begin: int
    words_end: int
    manga: bool
    series_end: int = -1
    number: Numeral | None = None
    volume: Numeral | None = None

    def between(self, one: Numeral, other: Numeral) -> str:
        """The text between two numbers, whichever comes first."""
        if one.start > other.start:
            one, other = other, one
        return self.text[one.end : other.start]

    def count_of(self, one: Numeral) -> int | None:
        """How many there are of what the number counts: "01 of 06", "01 (of 06)"."""
        if one.total or not self.said.total:
            return one.total
        for bracket, reading in self.brackets:
            behind = reading.total and one.start <= bracket.at
            if behind and not self.text[one.end : bracket.at].strip():
                return reading.total
        return None


def begun(name: str, known: str, *, manga: bool) -> Draft:
    """The draft of a name; numbers of the `known` series' own name are left out."""
    text, cuts = cut(name)
    front = _IN_FRONT(text)
    begin = front.end() if front else 0
    end = text.find(CUT, begin)
    numerals = numbers.find(text)
    series_end = _end_of(known, text, begin) if known else -1
    if series_end > 0:
        behind = [one for one in numerals if one.start >= series_end]
        numerals = behind or [one for one in numerals if one.padded or one.role is not BARE]
    said = brackets.read_all(tuple([one.content for one in cuts]))
    return Draft(
        text=text,
        brackets=list(zip(cuts, said.readings, strict=True)),
        said=said,
        numerals=numerals,
        bare=[one for one in numerals if one.role is BARE],
        words_begin=begin,
        words_end=end if end >= 0 else len(text),
        manga=manga,
        series_end=series_end,
    )


def _end_of(known: str, text: str, begin: int) -> int:
    """Where the text's words leave the name of the series; -1 where they do not begin with it."""
    end = begin + len(known)
    is_there = text[begin:end].casefold() == known.casefold() and not text[end : end + 1].isalnum()
    return end if is_there else -1
