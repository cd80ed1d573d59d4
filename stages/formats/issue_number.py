"""The place of an issue among others, from the number as people write it."""

from __future__ import annotations

import re
from functools import lru_cache

_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "∞": float("1e9")}
_NUMBER = re.compile(r"\s*#?\s*(-?)(\d{0,9}(?:\.\d{1,6})?)([½¼¾⅓⅔∞]?)\s*([A-Za-z.]?)")


@lru_cache(maxsize=8192)
def number_value(number: str | None) -> float | None:
    """Where an issue comes: "2" → 2.0, "½" → 0.5, "1½" → 1.5, "-1" → -1.0; None without a number.

    A letter behind the number ("10A", "1.MU") comes right behind the plain one.
    """
    found = _NUMBER.match(number or "")
    if found is None or not (found[2] or found[3]):
        return None
    value = float(found[2] or 0) + _FRACTIONS.get(found[3], 0.0)
    if found[4]:
        value += 1e-6 * (ord(found[4].upper()) or 1)
    return -value if found[1] else value
