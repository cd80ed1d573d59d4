"""Which pages stand in many comics, counted from the CRCs and sizes of all pages.

Memory is bounded however many comics there are: the sums of some millions of pages are sorted at a
time, and only those that are found again and again are looked at more closely. A page is known by
its eight bytes as one number of this machine.
"""

from __future__ import annotations

import heapq
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from db.surveys import Pages, SharedPage

FEWEST = 3  # different comics in which a page must stand
MOST_PAGES = 5_000  # that are kept, those in most comics first
AT_A_TIME = 2_000_000  # pages sorted in one go, in some 150 MB
EXAMPLES = 12
OF_ONE_SERIES = 4  # examples, before others

_NO_CRC = bytes(4)


def frequent(read: Callable[[], Iterable[bytes]], pages: int) -> set[int]:
    """The pages that stand in at least FEWEST of the comics.

    `read` gives the sums of each comic, of about so many `pages` in all, as often as it is called.
    """
    parts = 1 + pages // AT_A_TIME
    counts: list[tuple[int, int]] = []
    for part in range(parts):
        keys = array("Q")
        for sums in read():
            of_it: Collection[int] = set(array("Q", sums))
            keys.extend(of_it if parts == 1 else [key for key in of_it if key % parts == part])
        ordered = sorted(keys)
        del keys
        # Of n that are equal, n - 2 have an equal one two places on.
        again = Counter(
            one
            for one, other in zip(ordered, islice(ordered, FEWEST - 1, None), strict=False)
            if one == other
        )
        del ordered
        found = ((many, key) for key, many in again.items() if _has_crc(key))
        counts = heapq.nlargest(MOST_PAGES, [*counts, *found])
    return {key for _many, key in counts}


@dataclass(slots=True)
class Standing:
    """Where one page stands."""

    comics: int = 0
    first: int = 0
    last: int = 0
    series: Counter[int] = field(default_factory=Counter)
    examples: list[tuple[int, int]] = field(default_factory=list)

    def note(self, comic: Pages, sums: array[int], key: int) -> None:
        """The page stands in a comic."""
        self.comics += 1
        self.first += sums[0] == key
        self.last += sums[-1] == key
        self.series[comic.series_id] += 1
        if len(self.examples) < EXAMPLES and self.series[comic.series_id] <= OF_ONE_SERIES:
            self.examples.append((comic.comic_id, sums.index(key)))


class Tally:
    """Where each of some pages stands, among comics that are passed by one after the other."""

    def __init__(self, keys: Iterable[int]) -> None:
        self._pages = {key: Standing() for key in keys}

    def note(self, comic: Pages) -> None:
        sums = array("Q", comic.sums)
        for key in self._pages.keys() & set(sums):
            self._pages[key].note(comic, sums, key)

    def pages(self) -> Iterator[SharedPage]:
        """What was found of each page, those in most comics first."""
        ordered = sorted(self._pages.items(), key=lambda one: (one[1].comics, one[0]), reverse=True)
        for key, one in ordered:
            yield SharedPage(
                sum_of(key), one.comics, len(one.series), one.first, one.last, one.examples
            )


def key_of(page_sum: bytes) -> int:
    """The number that stands for a page's eight bytes here."""
    return int.from_bytes(page_sum, sys.byteorder)


def sum_of(key: int) -> bytes:
    return key.to_bytes(8, sys.byteorder)


def _has_crc(key: int) -> bool:
    """Whether there is anything to know a page by: some archives have zeros in the CRC's place."""
    return sum_of(key)[:4] != _NO_CRC
