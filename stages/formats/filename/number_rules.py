"""Which of a file name's numbers is the issue's (the chapter's, the episode's).

The rules stand in order in RULES; the first that finds a number has it.
"""

from __future__ import annotations

import re
from itertools import pairwise

from stages.formats.filename.cut import CUT
from stages.formats.filename.draft import Draft
from stages.formats.filename.numbers import SEPARATED, Numeral
from stages.formats.filename.volume_rules import labelled as labelled_volume
from stages.formats.filename.words import BARE, LEADING_IN, NUMBER, SPECIAL, UNITS

_YEAR = re.compile(r"(?:19|20)\d\d").fullmatch
_annual = re.compile(r"\b(?:annual|special|yearbook)\s+$", re.IGNORECASE).search


def labelled(draft: Draft) -> Numeral | None:
    """Something calls it a number: "#3", "Ch. 10", "第3話"."""
    found = [one for one in draft.numerals if one.role is NUMBER]
    for first, second in pairwise(found):
        if second.label == "#" and second.start == first.end:
            return second  # "13회#2": the first is its volume
    return found[0] if found else None


def in_brackets(draft: Draft) -> Numeral | None:
    """Brackets call it one: "(Ch. 1-8)", "(#02)", "(1 of 3)"; those in front are events."""
    for bracket, reading in draft.brackets:
        numeral = reading.numeral
        if numeral and numeral.role is NUMBER and bracket.at > draft.words_begin:
            return numeral._replace(start=bracket.at, end=bracket.at + 1)
    return None


def special(draft: Draft) -> Numeral | None:
    """Specials are counted by themselves: "SP02"."""
    for one in draft.numerals:
        if one.role is SPECIAL:
            return one._replace(text="SP" + one.text)
    return None


def counted(draft: Draft) -> Numeral | None:
    """It is one of so many: "1 of 6", "01 (of 06)"."""
    return next((one for one in draft.bare if draft.count_of(one)), None)


def beside_volume(draft: Draft) -> Numeral | None:
    """It stands right behind the volume, "v2 003", "v6 - 10", or padded before it, "028 Vol. 2";
    padded, it may have brackets before it, "v4 (2016) 007"."""
    volume = labelled_volume(draft)
    if not volume:
        return None
    for one in draft.bare:
        between = draft.between(one, volume)
        is_behind = one.start > volume.start
        if not SEPARATED(between) or (CUT in between and not (is_behind and one.padded)):
            continue
        if is_behind or one.padded:
            return one
    return None


def of_a_year(draft: Draft) -> Numeral | None:
    """Annuals may be counted by their years: "Harbour Annual 1999", "Summer Special 1978"."""
    for one in draft.bare:
        if _YEAR(one.text) and _annual(draft.text[: one.start]) and _at_the_end(draft, one):
            return one._replace(label="year")
    return None


def by_place(draft: Draft) -> Numeral | None:
    """Nothing calls it one, but its place does; behind a volume, numbers without zeros in
    front are the titles'."""
    if labelled_volume(draft):
        return next((one for one in draft.bare if one.padded and _at_the_end(draft, one)), None)
    bare = [one for one in draft.bare if one.padded or one.last or not _YEAR(one.text)]
    for is_its_place in _PLACES:
        for one in reversed(bare) if is_its_place is _at_the_end else bare:
            if is_its_place(draft, one):
                return one
    return None


def _behind_series(draft: Draft, one: Numeral) -> bool:
    """Right behind the name of the series, which is known: "Ayame 14 1 - The Summer of 14"."""
    between = draft.text[draft.series_end : one.start]
    return 0 < draft.series_end <= one.start and not between.strip(" -")


def _behind_brackets(draft: Draft, one: Numeral) -> bool:
    """Right behind the first brackets: "Harbour (2000) 001 Title"."""
    between = draft.text[draft.words_end + 1 : one.start]
    return one.start > draft.words_end and not between.strip(" -")


def _padded(draft: Draft, one: Numeral) -> bool:
    """Written with zeros in front: "Harbour 012 Lights"."""
    return one.padded and draft.words_begin < one.start < draft.words_end


def _at_the_end(draft: Draft, one: Numeral) -> bool:
    """The last of the words: "Harbour 12 (2001)"."""
    return one.end <= draft.words_end and not draft.text[one.end : draft.words_end].strip(" .,-")


def _in_front(draft: Draft, one: Numeral) -> bool:
    """The first of the words, padded or with a dash or a point: "4 - Harbour", "04 Harbour"."""
    behind = draft.text[one.end : one.end + 3]
    return one.start == draft.words_begin and (one.padded or behind.startswith((" - ", ". ", "- ")))


def _in_the_midst(draft: Draft, one: Numeral) -> bool:
    """Between words where a dash follows, or where it is no part of what they say.

    Manga's chapters stand there often, "Bleach 67 Down"; of others only numbers of three digits.
    """
    if not draft.words_begin < one.start < draft.words_end:
        return False
    behind = draft.text[one.end : draft.words_end]
    if behind.startswith((" - ", "- ", ": ", ", ")):
        return True
    before = draft.text[: one.start].split()[-1].lower()
    if before in LEADING_IN or behind.split()[0].lower() in UNITS:
        return False
    return draft.manga or len(one.text) > 2


def alone_in_brackets(draft: Draft) -> Numeral | None:
    """There is no other number, and this one has brackets to itself: "Harbour (41)"."""
    if draft.numerals:
        return None
    for bracket, reading in draft.brackets:
        if reading.numeral and reading.numeral.role is BARE and bracket.at > draft.words_begin:
            return reading.numeral._replace(start=bracket.at, end=bracket.at + 1)
    return None


_PLACES = (_behind_series, _behind_brackets, _padded, _at_the_end, _in_front, _in_the_midst)
RULES = (
    *(labelled, in_brackets, special, counted, beside_volume),
    *(of_a_year, by_place, alone_in_brackets),
)
