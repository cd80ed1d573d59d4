"""In which encoding the names in an archive are that are not in UTF-8, guessed from all together.

ZIP, tar and LHA do not tell. The guess is a cautious one: without good signs of another encoding,
names are in code page 437, with which ZIP was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_USUAL = "cp437"
# What nearly all names consist of, beside ASCII, that are in an encoding of two bytes a character:
# its usual letters and marks, without the rare ones.
_OF_TWO_BYTES = tuple(
    (encoding, re.compile(rb"(?:[\0-\x7f]|%b)+" % character), re.compile(character))
    for encoding, character in (
        ("cp932", rb"[\x81-\x83\x88-\x9f\xe0-\xea][\x40-\x7e\x80-\xfc]"),
        ("gbk", rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]"),
        ("big5", rb"[\xa1-\xc6][\x40-\x7e\xa1-\xfe]"),
    )
)
_WIDE_DIGITS = frozenset(b"\x82%c" % (0x4F + digit) for digit in range(10))  # of cp932
_HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]|[\xa1-\xa3][\xa1-\xfe]")
_CHAPTER, _VOLUME = "第".encode("gbk"), "卷".encode("gbk")
_CYRILLIC = (
    ("cp866", re.compile(rb"[\0-\xaf\xe0-\xf1]*").fullmatch),
    ("cp1251", re.compile(rb"[\0-\x7f\xa8\xb8\xc0-\xff]*").fullmatch),
)
_word = re.compile(rb"[\x80-\xff]{3}").search  # no word of western Europe has that
_WINDOWS_LETTERS = frozenset(range(0xC0, 0x100)) - {0xE1}  # in code page 437 lines, Greek, and ß


def guess(names: Iterable[bytes]) -> str:
    """Python's name for the encoding of those names that are not in UTF-8."""
    odd = [name for name in names if not _is_utf8(name)]
    if not odd:
        return _USUAL
    for encoding, usual, character in _OF_TWO_BYTES:
        if all(map(usual.fullmatch, odd)) and _is_likely(character, odd):
            return "cp949" if encoding == "gbk" and _is_korean(odd) else encoding
    together = b" ".join(odd)
    if _word(together):
        return next((encoding for encoding, fits in _CYRILLIC if fits(together)), _USUAL)
    high = [byte for byte in together if byte > 0x7F]
    is_windows = 2 * sum(byte in _WINDOWS_LETTERS for byte in high) >= len(high)
    return "cp1252" if is_windows else _USUAL


def _is_utf8(name: bytes) -> bool:
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_likely(character: re.Pattern[bytes], names: list[bytes]) -> bool:
    """Whether the second bytes are no mere letters: a western name has a letter behind each of its
    accents, and an accent is all that it has beside letters."""
    pairs = {pair for name in names for pair in character.findall(name)}
    signs = sum(pair[1] > 0x7F or pair in _WIDE_DIGITS for pair in pairs)
    return len(pairs) > 1 and 3 * signs >= len(pairs)


def _is_korean(names: list[bytes]) -> bool:
    """Whether what may be Chinese is rather Korean, whose letters are but a part of that range."""
    together = b"".join(names)
    if _CHAPTER in together or _VOLUME in together:
        return False
    pairs = re.findall(rb"[\x80-\xff]{2}", b" ".join(names))
    return all(map(_HANGUL.fullmatch, pairs))
