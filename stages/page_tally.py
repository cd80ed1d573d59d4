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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import IO

from db.surveys import Pages, SharedPage

FEWEST = 3  # different comics in which a page must stand
MOST_PAGES = 5_000  # that are kept, those in most comics first
AT_A_TIME = 2_000_000  # pages sorted in one go, in some 150 MB
IN_MEMORY = 2 << 20  # bytes of a part before it goes to the disk
COMICS_AT_A_TIME = 4_096  # whose pages are written in one go
EXAMPLES = 12
OF_ONE_SERIES = 4  # examples, before others

_NO_CRC = bytes(4)


def frequent(comics: Iterable[bytes], pages: int) -> set[int]:
    """The pages that stand in at least FEWEST of the comics, given the sums of each, of about so
    many `pages` in all. What is more than is sorted at a time waits in temporary files."""
    with ExitStack() as stack:
        parts = [
            stack.enter_context(SpooledTemporaryFile(IN_MEMORY))
            for _ in range(1 + pages // AT_A_TIME)
        ]
        _deal_out(comics, parts)
        counts: list[tuple[int, int]] = []
        for part in parts:
            counts = heapq.nlargest(MOST_PAGES, [*counts, *_repeated(part)])
    return {key for _many, key in counts}


def _deal_out(comics: Iterable[bytes], parts: Sequence[IO[bytes]]) -> None:
    """Write each comic's pages, each once, to the parts that they belong to."""
    waiting = [array("Q") for _ in parts]
    for number, sums in enumerate(comics):
        keys = set(array("Q", sums))
        if len(parts) == 1:
            waiting[0].extend(keys)
        else:
            for key in keys:
                waiting[key % len(parts)].append(key)
        if number % COMICS_AT_A_TIME == 0:
            _write(waiting, parts)
    _write(waiting, parts)


def _write(waiting: Sequence[array[int]], parts: Sequence[IO[bytes]]) -> None:
    for keys, part in zip(waiting, parts, strict=True):
        part.write(keys.tobytes())
        del keys[:]


def _repeated(part: IO[bytes]) -> Iterator[tuple[int, int]]:
    """The pages that are in a part so often, with how often less FEWEST - 1."""
    part.seek(0)
    ordered = sorted(array("Q", part.read()))
    again = Counter(
        one
        for one, other in zip(ordered, islice(ordered, FEWEST - 1, None), strict=False)
        if one == other
    )
    return ((many, key) for key, many in again.items() if _has_crc(key))


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
