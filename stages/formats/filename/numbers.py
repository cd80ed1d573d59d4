"""Finding the numbers in a file name's text, and what each of them counts.

A number is told by the word before it ("Vol. 3") or the mark behind it ("3巻"); where there is
neither it is BARE, and its place has to say. Numbers that are part of a word are left out: IG-88,
'89, 2nd, F.1, c2c.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from stages.formats.filename.words import (
    BARE,
    BEHIND,
    JOINED,
    LABELS,
    MARKS,
    NUMBER,
    OF,
    ORDINALS,
    OTHER,
    SEASON,
    TOUCHING,
    WEAK,
    Role,
)


class Numeral(NamedTuple):
    """A number of the text, which takes `start` to before `end`, label and mark included.

    `text` is plain: "3", "1.5", "12a", "½"; `last` is the end of a range, `total` the N of "of N".
    `padded` is one written with zeros in front, as nobody writes numbers in titles.
    """

    role: Role
    text: str
    start: int
    end: int
    label: str = ""
    padded: bool = False
    last: str | None = None
    total: int | None = None


_DIGITS = r"[1-9]\d{0,2}(?:,\d{3})+(?![\d,])|\d+(?:\.\d+)*(?:,\d(?!\d))?[½¼¾⅓⅔]?|[½¼¾⅓⅔∞]"
_NUMERAL = re.compile(_DIGITS).finditer
_THOUSANDS = re.compile(r"\d+(?:,\d{3})+").fullmatch
_EMPTY = " \0"
SEPARATED = re.compile(r"[\s\0\-.,:#]*").fullmatch


def find(text: str) -> list[Numeral]:
    """The numbers of a text in order: "A v2 #3 of 6" has a VOLUME and a NUMBER."""
    found: list[Numeral] = []
    done = 0
    for match in _NUMERAL(text):
        start, end = match.span()
        numeral = _numeral(text, start, end) if start >= done else None
        if numeral:
            found.append(numeral)
            done = numeral.end
    if len(found) > 1 and not WEAK.isdisjoint(one.label for one in found):
        return _without_weak(found, text)
    return found


def _without_weak(found: list[Numeral], text: str) -> list[Numeral]:
    """The numbers without a "No. 8" that is the title's, as one more right behind it shows."""
    return [
        one
        for one, behind in zip(found, [*found[1:], None], strict=True)
        if not (
            behind
            and one.label in WEAK
            and (behind.padded or behind.role is not BARE)
            and SEPARATED(text[one.end : behind.start])
        )
    ]


def plain(number: str) -> str:
    """A number without leading zeros: "001,5" → "1.5", "1,000,000" → "1000000"."""
    sign = "-" if number[0] == "-" else ""
    digits = number.lstrip("-0")
    if "," in digits:
        digits = digits.replace(",", "" if _THOUSANDS(digits) else ".")
    return sign + (digits if digits[:1].isalnum() else "0" + digits)


def _numeral(text: str, start: int, end: int) -> Numeral | None:
    """The number at `start`; None where it is a part of a word."""
    label = _label(text, start)
    if label is None:
        return None
    role, begin, word, sign = label
    digits = text[start:end]
    padded = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    if not text[end : end + 2].strip(_EMPTY):  # as of most
        return Numeral(role, _signed(sign, digits), begin, end, word, padded)
    last, end = _range(text, end, digits, word)
    marked = (_MARK_APART if word in ORDINALS else _MARK)(text, end)
    behind = _LABEL_BEHIND(text, end) if role is BARE else None
    if marked:
        role, end = MARKS[marked["mark"]], marked.end()
    elif behind and behind[1].lower() in BEHIND:
        role, end = BEHIND[behind[1].lower()], behind.end()
    elif last is None:
        suffix = _suffix(text, end, role, word)
        if suffix is None:
            return None
        digits, end = digits + _in_number(suffix), end + len(suffix)
    counted = _COUNT(text, end)
    total, end = (int(counted[1]), counted.end()) if counted else (None, end)
    return Numeral(role, _signed(sign, digits), begin, end, word, padded, last, total)


def _signed(sign: str, digits: str) -> str:
    """The number with its sign; behind a letter it is no longer one, and zeros count: "B01"."""
    return sign + (digits if sign.isalpha() else plain(digits))


_NO_NUMBER_BEHIND = frozenset("$€£'’`*+/&:")  # '89, $1, 12:30


def _label(text: str, start: int) -> tuple[Role, int, str, str] | None:
    """What the number at `start` is called: its role, where the label begins, the label, and the
    sign or letter that belongs to the number ("#-1", "#B01"); None where it is a part of a word.
    """
    end = start
    while end and text[end - 1] in " .-:,#№" and start - end < 4:
        end -= 1
    begin = end
    while begin and text[begin - 1].isalpha():
        begin -= 1
    word, gap = text[begin:end].lower(), text[end:start]
    role = LABELS.get(word)
    if role and (word not in TOUCHING or gap in ("", ".", ". ")):
        if word == "v" and begin and text[begin - 1].isdigit():
            return OTHER, begin, word, ""  # 011v2 is a second version
        if role is not SEASON or not _ORDINAL(text, 0, begin):
            return role, begin, word, ""
    if end and not text[end - 1].isascii() and (joined := _joined(text[:end])):
        return JOINED[joined], end - len(joined), joined, ""
    if "#" in gap or "№" in gap:
        sign = "-" if text[start - 1] == "-" else ""
        return NUMBER, start - len(gap.lstrip(" .-:,")), "#", sign
    if word and not gap and text[begin - 1 : begin] == "#":
        return NUMBER, begin - 1, "#", word.upper()
    if _is_in_word(word, gap) or (start and text[start - 1] in _NO_NUMBER_BEHIND):
        return None
    is_negative = gap == " -" and text[start : start + 2].strip() == "1"  # the only one there is
    return BARE, start, "", "-" if is_negative else ""


_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)\s+$").search  # "2nd Season 05"


def _joined(head: str) -> str | None:
    return max((one for one in JOINED if head.endswith(one)), key=len, default=None)


def _is_in_word(word: str, gap: str) -> bool:
    """Whether the number is one word with what is before it: IG-88, F.1, but not ドラゴン3."""
    return bool(word) and gap in ("", ".", "-") and (word.isascii() or gap != "")


_RANGE = re.compile(
    rf"(?:\s?[&+]\s?|[-~]|(?P<apart>\s?[-~]\s?))(?P<label>#|[a-z]{{1,8}}\.?\s?)?"
    rf"(?P<last>{_DIGITS})(?:x\d+)?(?![\w½]|\.\d)",
    re.IGNORECASE,
).match
_YEAR = re.compile(r"(?:19|20)\d\d").fullmatch
_LONE_MARK = rf"(?P<mark>[{''.join(MARKS)}])"
_MARK = re.compile(_LONE_MARK).match
_MARK_APART = re.compile(rf"\s?{_LONE_MARK}").match
_PART = re.compile(rf"-\d+(?={_LONE_MARK})").match


def _range(text: str, end: int, first: str, label: str) -> tuple[str | None, int]:
    """The last number of a range and where it ends: "1-3", "c1-c3", "c1 - c3", not "v6 - 10"."""
    if part := _PART(text, end):  # "38-1화" is a part of one chapter, "1-3화" three of them
        last = part[0][1:]
        return (plain(last) if float(last) > _value(first) else None), part.end()
    ranged = _RANGE(text, end)
    if not ranged:
        return None, end
    again = (ranged["label"] or "").rstrip(". ").lower()
    if again != label and (again or ranged["apart"]):
        return None, end
    if _YEAR(ranged["last"]) and len(first) < 4:
        return None, end
    if _value(first) < _value(ranged["last"]):
        return plain(ranged["last"]), ranged.end()
    return None, end


def _value(number: str) -> float:
    try:
        return float(number)
    except ValueError:
        return float("nan")


_KNOWN_SUFFIX = r"[.,-]?(?:extra|omake|special)|\.[A-Z]{2,3}|AU|AI|MU|INH|NOW|LR|BEY|[.,]?[a-cA-C]"
_BARE_SUFFIX = re.compile(rf"(?:{_KNOWN_SUFFIX})(?![\w½])").match
_ANY_SUFFIX = re.compile(rf"(?:{_KNOWN_SUFFIX}|\.?[A-Za-z]{{1,6}}|-[a-z])(?![\w½-]|\.\d)").match
_GOES_ON = re.compile(r"[\w%'’]|:\d").match
_ANOTHER = re.compile(r"[vV]\.?\d").match  # 11v2
_ANOTHER_LABEL = re.compile(r"[A-Za-z]{1,4}\.?\d|[^\x00-\x7f]").match  # S02E05, 시즌34삽화2
_HYPHENED = re.compile(r"-[^\W\d_]").match  # 100-Page
_LABEL_BEHIND = re.compile(r"(?:-?\w{1,3})?\s([^\W\d_]+)\b(?!\s?\.?\d)").match
_COUNT = re.compile(rf"\s*(?:{OF})\s*(\d{{1,4}})(?!\w)", re.IGNORECASE).match


def _suffix(text: str, end: int, role: Role, label: str) -> str | None:
    """What touches the number and belongs to it: "a", "AU", ".MU"; None if it makes it a word."""
    bare = role is BARE
    suffix = (_BARE_SUFFIX if bare else _ANY_SUFFIX)(text, end)
    if suffix and suffix[0] != label:  # c2c
        return suffix[0]
    if bare and _HYPHENED(text, end):
        return None
    if _GOES_ON(text, end) and not _ANOTHER(text, end) and (bare or not _ANOTHER_LABEL(text, end)):
        return None
    return ""


def _in_number(suffix: str) -> str:
    """The suffix as numbers have it: "-extra" → ".extra", ",a" → "a"; ".MU" is as it is."""
    return suffix.lstrip(",-") if len(suffix) < 3 else re.sub("^[,-]", ".", suffix)
