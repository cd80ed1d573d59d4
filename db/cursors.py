"""Where a listing goes on: the sort keys of the last row that was given out, made opaque.

A page is found by comparing with these keys, never by counting rows from the start, so the
thousandth page takes as long as the first, and rows that come or go meanwhile shift nothing.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Sequence

Key = str | int | float

LONGEST = 2_000  # characters; no sort key of ours comes near
LARGEST = 2**63  # an integer of the database is below this


_UNFIT = re.compile("[\0\ud800-\udfff]")  # what no text in a database has


class BadCursor(ValueError):
    """A cursor that is not of this listing; the message is the sentence for the user."""

    def __init__(self) -> None:
        super().__init__("This cursor is not of this listing. Begin again without one.")


def encode(listing: str, keys: Sequence[Key]) -> str:
    """The cursor that stands behind the row with these keys."""
    content = json.dumps([listing, *keys], separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def decode(cursor: str, listing: str, types: Sequence[type]) -> list[Key]:
    """The keys in a cursor; raises BadCursor unless it is of that listing and its types."""
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor[:LONGEST] + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(content, list) or content[:1] != [listing]:
        raise BadCursor
    keys = content[1:]
    if len(keys) != len(types) or not all(map(_fits, keys, types)):
        raise BadCursor
    return keys


def _fits(key: object, kind: type) -> bool:
    if kind is str:
        return isinstance(key, str) and not _UNFIT.search(key)
    if isinstance(key, int):
        return not isinstance(key, bool) and abs(key) < LARGEST
    return kind is float and isinstance(key, float) and math.isfinite(key)
