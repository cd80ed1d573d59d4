"""The place of an issue among others, from the number as people write it."""

from __future__ import annotations

import re
from functools import lru_cache

from stages.formats.filename.words import LABELS, NUMBER, VOLUME

BESIDE = 1e9  # what is counted beside the issues, like annuals, comes behind the last of them

_KINDS_BESIDE = frozenset(
    (
        "annual",
        "special",
        "one-shot",
        "one shot",
        "tpb",
        "trade paperback",
        "graphic novel",
        "hard cover",
        "omnibus",
        "preview",
        "free comic book day",
    )
)
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "∞": 1e8}
_NUMBER = re.compile(
    r"\s*(?P<called>[A-Za-z][^\d#-]*?)?[\s#.]*(?P<sign>-?)"
    r"(?:(?P<upper>\d{1,3})/(?P<lower>[1-9]\d?)(?!\d)"
    r"|(?P<value>\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})?(?P<fraction>[½¼¾⅓⅔∞])?(?<=[\d½¼¾⅓⅔∞]))"
    r"\s*(?P<letter>[A-Za-z.]?)"
).match


@lru_cache(maxsize=8192)
def number_value(number: str | None, kind: str | None = None) -> float | None:
    """Where an issue comes: "2" → 2.0, "½" → 0.5, "1½" → 1.5, "-1" → -1.0; None without a number.

    A letter behind the number ("10A", "1.MU") comes right behind the plain one, several issues
    ("1-5") where the first of them does. "Annual 1" and "SP2", and what is of a `kind`
    (ComicInfo's Format) that is counted by itself, come behind all plain numbers.
    """
    found = _NUMBER(number or "")
    if found is None:
        return None
    if found["upper"]:
        value = int(found["upper"]) / int(found["lower"])
    else:
        value = float(found["value"] or 0) + _FRACTIONS.get(found["fraction"], 0.0)
    if found["letter"]:
        value += 1e-6 * ord(found["letter"].upper())
    if found["sign"]:
        value = -value
    called = (found["called"] or "#").strip(" .").lower()
    if LABELS.get(called) not in (NUMBER, VOLUME) or (kind or "").lower() in _KINDS_BESIDE:
        value += BESIDE
    return value
