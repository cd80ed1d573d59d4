"""How long requests take, counted by every web process for itself and read by whoever asks.

Each process has a small file of its own in the run folder, mapped into memory: a histogram for each
kind of request, and the latest requests. A process that starts takes over the file of one that is
gone and goes on counting in it, so that the counts of all files together never fall.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from pathlib import Path
from struct import Struct

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds, upper ends
RECENT = 50  # requests that a process remembers; fewer would be chance, more of another time
LATELY = 10.0  # seconds


class RequestKind(IntEnum):
    """What is asked for, as far as it matters to how long it takes."""

    PAGE = 0
    API = 1
    COVER = 2  # may wait until the cover is made
    FILE = 3  # static files, pages of comics, downloads


# What somebody who looks on notices when the machine is busy with something else.
TELLING = frozenset({RequestKind.PAGE, RequestKind.API})

_NUMBERS = Struct(f"={len(BUCKETS) + 1}QQQ")  # of a kind: by bucket, microseconds, failures
_NEXT = Struct("=Q")  # the number of requests remembered so far
_ONE = Struct("=dd")  # when it ended, by the clock that only goes on, and its seconds
_COUNTS_END = _NUMBERS.size * len(RequestKind)
_RING = _COUNTS_END + _NEXT.size
SIZE = _RING + _ONE.size * RECENT


@dataclass(frozen=True, slots=True)
class Histogram:
    """Requests of a kind: how many took as long as each bucket (the last is for longer ones), the
    seconds of all together, and how many of them ended in a fault of ours."""

    buckets: tuple[int, ...]
    seconds: float
    failures: int


class Meter:
    """This process's own file."""

    def __init__(self, folder: Path) -> None:
        self._lock = threading.Lock()
        for number in count():
            self._handle = os.open(
                folder / f"latency.{number}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                os.close(self._handle)
        os.ftruncate(self._handle, SIZE)
        self._memory = mmap.mmap(self._handle, SIZE)

    def note(self, kind: RequestKind, seconds: float, *, failed: bool = False) -> None:
        """Count a request."""
        memory, start = self._memory, _NUMBERS.size * kind
        with self._lock:
            numbers = [*_NUMBERS.unpack_from(memory, start)]
            numbers[bisect_left(BUCKETS, seconds)] += 1
            numbers[-2] += int(seconds * 1e6)
            numbers[-1] += failed
            _NUMBERS.pack_into(memory, start, *numbers)
            if kind in TELLING:
                place = _NEXT.unpack_from(memory, _COUNTS_END)[0]
                at = _RING + _ONE.size * (place % RECENT)
                _ONE.pack_into(memory, at, time.monotonic(), seconds)
                _NEXT.pack_into(memory, _COUNTS_END, place + 1)

    def close(self) -> None:
        self._memory.close()
        os.close(self._handle)


def histograms(folder: Path) -> dict[RequestKind, Histogram]:
    """The requests that all processes have counted."""
    sums = {kind: [0] * (len(BUCKETS) + 3) for kind in RequestKind}
    for content in _contents(folder):
        for kind, numbers in sums.items():
            found = _NUMBERS.unpack_from(content, _NUMBERS.size * kind)
            sums[kind] = [one + other for one, other in zip(numbers, found, strict=True)]
    return {
        kind: Histogram(tuple(numbers[:-2]), numbers[-2] / 1e6, numbers[-1])
        for kind, numbers in sums.items()
    }


def lately(folder: Path, seconds: float = LATELY) -> list[float]:
    """How long the latest RECENT pages and answers of the API took, those of the last seconds,
    shortest first; the more is asked for, the sooner it shows that it has become slow."""
    end = time.monotonic()
    found = [
        (at, took)
        for content in _contents(folder)
        for at, took in _ONE.iter_unpack(content[_RING:])
        if end - seconds <= at <= end  # what is later is of before the machine was started
    ]
    return sorted(took for _, took in sorted(found)[-RECENT:])


def _contents(folder: Path) -> list[bytes]:
    found = [file.read_bytes() for file in folder.glob("latency.*")]
    return [content for content in found if len(content) == SIZE]
