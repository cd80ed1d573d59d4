"""Natural order, in which "Issue 2" comes before "Issue 10", as a key that is plain text.

The key sorts right byte by byte, so a database can keep it in a column and an index
(PostgreSQL: with the collation "C").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from os.path import commonprefix

_POINT = "/"  # of a decimal: sorts behind the point of a suffix, and stands in no file's name
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75", "⅓": ".33", "⅔": ".67"}
_FRACTION = re.compile("([0-9]?)([½¼¾⅓⅔])").sub
_SPLIT_AT_NUMBERS = re.compile(r"([0-9]+)").split


def _length_mark(length: int) -> str:
    """A run's length as text that sorts like the length itself, shorter for usual lengths."""
    if length < 9:
        return str(length)
    return f"9{length:02d}" if length < 99 else f"999{length:06d}"


_MARKS = tuple(map(_length_mark, range(64)))


def natural_key(name: str) -> str:
    """The key of a name: case, accents and width ignored, each run of digits taken as a number.

    A run becomes its length (without leading zeros) followed by its digits: 2 → "12", 10 → "210".
    "01" and "1" have the same key; "½" is 0.5. "1.5" comes behind "1", also in front of a suffix.
    """
    if not name.isascii():
        name = _without_accents(_FRACTION(_in_decimals, name))
    parts = _SPLIT_AT_NUMBERS(name.casefold())
    for i in range(1, len(parts), 2):
        digits = parts[i].lstrip("0")
        length = len(digits)
        parts[i] = (_MARKS[length] if length < 64 else _length_mark(length)) + digits
    if "." in parts:
        parts[2:-1:2] = [_POINT if part == "." else part for part in parts[2:-1:2]]
    return "".join(parts)


def natural_keys(names: Sequence[str]) -> list[str]:
    """The keys of names that have much in common, as the files of one folder have.

    What all of them begin with is looked at once; what they end with is mostly known from the
    folder before.
    """
    common = commonprefix([min(names), max(names)]) if names else ""  # noqa: RUF071 - no paths
    if not common.isascii():
        return [natural_key(name) for name in names]
    common = common.rstrip("0123456789.")  # a number stays whole
    beginning, length = natural_key(common), len(common)
    return [beginning + _key_of_rest(name[length:]) for name in names]


def _in_decimals(fraction: re.Match[str]) -> str:
    return (fraction[1] or "0") + _FRACTIONS[fraction[2]]


def _without_accents(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(c for c in decomposed if not unicodedata.combining(c))


_key_of_rest = lru_cache(maxsize=16_384)(natural_key)
