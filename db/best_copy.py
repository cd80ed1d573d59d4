"""Which of several copies of a comic to keep, and why, in words."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from db.report import count, size

if TYPE_CHECKING:
    from db.duplicates import Copy

ALL_DAMAGED = "Every copy that is there has damage: look at their pages before you choose."

AS_LARGE = 0.9  # of the largest pictures count as large as these

# How well the containers serve a reader: ZIP is read without unpacking, RAR and 7z are not.
_CONTAINERS = ("zip", "epub", "folder", "tar", "rar", "7z", "lha", "pdf")
_NAMES = {"zip": "ZIP", "epub": "EPUB", "rar": "RAR", "7z": "7-Zip", "tar": "TAR", "pdf": "PDF"}


@dataclass(frozen=True, slots=True)
class Best:
    """The copy to keep; `why` is a sentence. Of copies that are all damaged none is suggested, and
    the sentence says that."""

    comic_id: int
    why: str
    is_suggested: bool = True


def choose(copies: Sequence[Copy]) -> Best:
    """The best copy: one that is there and sound, with more pages, larger pictures, more details,
    somebody's reading data, read through, in a better container; where all are alike, the
    oldest."""
    left, whys = list(copies), []
    for of_copies, say in _RULES:
        values = of_copies(left)
        highest = max(values)
        if highest != min(values):
            whys.append(say(left, values, highest))
            left = [one for one, value in zip(left, values, strict=True) if value == highest]
    best = min(left, key=lambda one: (one.added_at, one.id))
    if best.is_damaged:
        return Best(best.id, ALL_DAMAGED, is_suggested=False)
    why = _sentence([why for why in whys if why])
    return Best(best.id, why or "They are alike; this one has been here the longest.")


def mean_size(sums: bytes | None) -> int | None:
    """The bytes that a page has on average, from a comic's row of `comic_pages`."""
    if not sums:
        return None
    return round(fmean(struct.unpack(f"<{len(sums) // 4}I", sums)[1::2]))


Values = Sequence[float]
Rule = tuple[Callable[[Sequence["Copy"]], Values], Callable[[Sequence["Copy"], Values, float], str]]


def _picture_sizes(copies: Sequence[Copy]) -> Values:
    sizes = [one.picture_bytes for one in copies]
    largest = max((one for one in sizes if one), default=0)
    if not all(sizes):
        return [0 for _ in sizes]
    return [one if one and one < AS_LARGE * largest else largest for one in sizes]


def _say_sizes(_copies: Sequence[Copy], values: Values, highest: float) -> str:
    return f"larger pictures ({size(round(highest))} a page against {size(round(_next(values)))})"


def _say_pages(_copies: Sequence[Copy], values: Values, highest: float) -> str:
    return f"more pages ({highest:,.0f} against {_next(values):,.0f})"


def _say_told(_copies: Sequence[Copy], values: Values, highest: float) -> str:
    return f"more details ({count(round(highest), 'field')} against {_next(values):,.0f})"


def _say_people(_copies: Sequence[Copy], _values: Values, highest: float) -> str:
    return f"the reading data of {count(round(highest), 'person', 'people')}"


def _say_container(copies: Sequence[Copy], values: Values, highest: float) -> str:
    chosen = copies[list(values).index(highest)].container
    return f"a format that opens at once ({_NAMES[chosen]})" if chosen in ("zip", "epub") else ""


def _container(copy: Copy) -> int:
    known = copy.container in _CONTAINERS
    return -_CONTAINERS.index(copy.container) if known else -len(_CONTAINERS)


def _next(values: Values) -> float:
    """The most that a copy has which is not the best."""
    return max(one for one in values if one != max(values))


def _sentence(whys: Sequence[str]) -> str:
    """What a copy has that others have not, in one sentence."""
    if not whys:
        return ""
    head = " and ".join([", ".join(whys[:-1]), whys[-1]] if whys[1:] else whys)
    return f"It has {head}."


_RULES: Sequence[Rule] = (
    (lambda copies: [not one.is_missing for one in copies], lambda *_: "its file in place"),
    (lambda copies: [not one.is_damaged for one in copies], lambda *_: "no known damage"),
    (lambda copies: [one.page_count for one in copies], _say_pages),
    (_picture_sizes, _say_sizes),
    (lambda copies: [one.told for one in copies], _say_told),
    (lambda copies: [len(one.readers) for one in copies], _say_people),
    (
        lambda copies: [one.is_whole for one in copies],
        lambda *_: "pages that were all read and are whole",
    ),
    (lambda copies: [_container(one) for one in copies], _say_container),
)
