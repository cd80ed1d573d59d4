"""Which of a file name's numbers is the volume's, once the issue's number is known.

The rules stand in order in RULES; the first that finds a number has it.
"""

from __future__ import annotations

import re

from stages.formats.filename.draft import Draft
from stages.formats.filename.numbers import SEPARATED, Numeral
from stages.formats.filename.words import NUMBER, SEASON, VOLUME


def labelled(draft: Draft) -> Numeral | None:
    """Something calls it a volume: "v2", "Tome 3", "第3巻"; behind the number, only right there."""
    number = draft.number
    for one in draft.numerals:
        if one.role is not VOLUME:
            continue
        if not number or one.start < number.start or SEPARATED(draft.between(number, one)):
            return one
    return None


def touched_by_number(draft: Draft) -> Numeral | None:
    """The number's "#" touches it: "13회#2"."""
    number = draft.number
    if not number or number.label != "#":
        return None
    for one in draft.numerals:
        if one.end == number.start and one.role is NUMBER:
            return one
    return None


def in_brackets(draft: Draft) -> Numeral | None:
    """Brackets call it one: "(v103)", "[Volume 11]"; "[v2]" is the group's second try."""
    for bracket, reading in draft.brackets:
        numeral = reading.numeral
        if not numeral or numeral.role not in (VOLUME, SEASON):
            continue
        if bracket.opener != "[" or numeral.label != "v":
            return numeral._replace(start=bracket.at, end=bracket.at + 1)
    return None


def season(draft: Draft) -> Numeral | None:
    """Episodes have seasons: "Season 3", and with an episode "S2 Ep. 5", "S2 - 005"."""
    number = draft.number
    for one in draft.numerals:
        if one.role is not SEASON:
            continue
        if one.label != "s" or (number and (number.label or SEPARATED(draft.between(one, number)))):
            return one
    return None


def first_year(draft: Draft) -> Numeral | None:
    """Of two years around the number, the first is the volume's: "(1957) #92 (1969)"."""
    if not draft.number or len(draft.said.years) < 2:
        return None
    years = [(bracket, reading.year) for bracket, reading in draft.brackets if reading.year]
    (first, year), (last, _) = years[0], years[-1]
    if first.at < draft.number.start < last.at and _YEARS(first.content):
        return Numeral(VOLUME, str(year), first.at, first.at + 1, "year")
    return None


_YEARS = re.compile(r"\d{4}(?:\s?-\s?(?:\d{4})?)?").fullmatch  # "1957", "1957-", "1957-1971"


def part_of_a_story(draft: Draft) -> Numeral | None:
    """The issue has its number, and a story in it another: "#008 - Simple Truth 03 (of 06)"."""
    number = draft.number
    if not number or not number.label or draft.count_of(number):
        return None
    for one in draft.bare:
        if one.start > number.end and draft.count_of(one):
            return one
    return None


RULES = (labelled, touched_by_number, in_brackets, season, first_year, part_of_a_story)
