"""Cutting a file name into its words and its brackets.

Brackets hold what whoever made the file says of it; dates are cut out as if they stood in brackets.
What is left is text in which spaces are spaces, whatever the name was written with.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stages.formats.filename.words import LANGUAGES

CUT = "\0"  # stands in the text where brackets were


class Bracket(NamedTuple):
    """What stood in a pair of brackets, and where in the text its CUT is."""

    opener: str
    content: str
    at: int


class Cut(NamedTuple):
    """A name as text with a CUT for each of its brackets, and the brackets."""

    text: str
    brackets: list[Bracket]


# A bracket that is never closed ends where the next one opens.
_BRACKETS = re.compile(r"([(\[{])([^()\[\]{}]*)[)\]}]?").split
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR = r"(?:19|20)\d\d"
_DATES = re.compile(
    rf"(?<![\w.#-])((?:{_MONTH}\b[-.,\s]*){{1,2}}{_YEAR}|{_YEAR}\s?-\s?{_YEAR}"
    rf"|{_YEAR}[-.](?:0[1-9]|1[0-2])(?:[-.][0-3]\d)?|[0-3]\d[-.][0-3]\d[-.]{_YEAR})(?![\w-])",
    re.IGNORECASE,
).split
_SHORTEST_DATE = len("2001-02")
_MAY_HAVE_DATE = re.compile(rf"[-.\s]{_YEAR}(?!\d)|{_YEAR}[-.\s]").search


def cut(name: str) -> Cut:
    """Take the brackets out: "A (of 3) [x] B" → "A \\0 \\0 B" and its two brackets."""
    text, *rest = _BRACKETS(_plain(name))
    brackets: list[Bracket] = []
    text = _cut_dates("", text, brackets)
    for i in range(0, len(rest), 3):
        brackets.append(Bracket(rest[i], rest[i + 1].strip(), len(text)))
        text = _cut_dates(text + CUT, rest[i + 2], brackets)
    return Cut(text, brackets)


def _cut_dates(text: str, piece: str, brackets: list[Bracket]) -> str:
    """The text and the piece behind it, the piece's dates moved into the brackets."""
    if len(piece) < _SHORTEST_DATE or not _MAY_HAVE_DATE(piece):
        return text + piece
    words, *rest = _DATES(piece)
    text += words
    for i in range(0, len(rest), 2):
        brackets.append(Bracket("(", rest[i], len(text)))
        text += CUT + rest[i + 1]
    return text


_SUFFIXES = re.compile(r"(?:\.(?:cb[zr7ta]|zip|rar|7z|pdf|epub))+\s*$", re.IGNORECASE).sub
# "52 Monster_Island_#2": somebody's own number, put before a name that has other spaces.
_ALTERNATE = re.compile(r"\d+ (?=\S*_\S*$)").match
_CATEGORY = re.compile(
    rf"(?:bd|comics?|manga)[ .-]+(?:{'|'.join(LANGUAGES)})\s*-\s*(?=\S)", re.IGNORECASE
).match
# In a name without spaces, dashes and dots are the spaces, where they are not something else.
_DASHES = re.compile(r"(?<!\d)-(?=#?\d|[a-z]{1,8}[-.]?#?\d)|(?<=\d)-(?=[a-z#])", re.IGNORECASE).sub
_DOTS = re.compile(r"\.(?!\d{1,2}(?:[.-]|$))|(?<!\d)\.").sub
_DOT_IN_WORDS = re.compile(r"(?<=[^\W\d_]{2})\.(?=[^\W\d_]{2})").sub


def _plain(name: str) -> str:
    """The name without suffix, with one kind of space, dash, digit and bracket."""
    if "." in name:
        name = _SUFFIXES("", name)
    if "_" in name:
        if alternate := _ALTERNATE(name):
            name = name[alternate.end() :]
        name = name.replace("_", " ")
    name = name.strip()
    if not name.isascii():
        name = _in_ascii(name)
    if category := _CATEGORY(name):
        name = name[category.end() :]
    if " " not in name:
        name = _DASHES(" ", name)
        if name.count(".") > 1:
            name = _DOTS(" ", name)
    return _DOT_IN_WORDS(" ", name) if "." in name else name


_ASCII = {
    ord(odd): plain
    for plain, odds in {
        " ": "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}",
        "-": "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}",
        "(": "\N{FULLWIDTH LEFT PARENTHESIS}\N{LEFT TORTOISE SHELL BRACKET}〈《",
        ")": "\N{FULLWIDTH RIGHT PARENTHESIS}\N{RIGHT TORTOISE SHELL BRACKET}〉》",
        "[": "【\N{FULLWIDTH LEFT SQUARE BRACKET}",
        "]": "】\N{FULLWIDTH RIGHT SQUARE BRACKET}",
        "#": "\N{FULLWIDTH NUMBER SIGN}",
    }.items()
    for odd in odds
} | {
    ord(zero) + value: str(value)
    for zero in "\N{FULLWIDTH DIGIT ZERO}\N{ARABIC-INDIC DIGIT ZERO}"
    "\N{EXTENDED ARABIC-INDIC DIGIT ZERO}\N{DEVANAGARI DIGIT ZERO}\N{THAI DIGIT ZERO}"
    for value in range(10)
}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {
    "\N{IDEOGRAPHIC NUMBER ZERO}": 0,
    "两": 2,
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SPELLED = re.compile(rf"(?<=第)[{''.join([*_DIGITS, *_TENS])}]+").sub


_NUMERO = re.compile(r"(?<=\b[nN])[°º](?=\s?\d)").sub


def _in_ascii(name: str) -> str:
    name = _NUMERO(".", name.translate(_ASCII))
    return _SPELLED(_in_digits, name) if "第" in name else name


def _in_digits(spelled: re.Match[str]) -> str:
    """A number in Chinese characters: "二十三" → "23"."""
    total = value = 0
    for character in spelled[0]:
        if character in _DIGITS:
            value = value * 10 + _DIGITS[character]
        else:
            total += (value or 1) * _TENS[character]
            value = 0
    return str(total + value)
