"""Drawing the covers that are missing, before anybody looks at them.

It is done as for somebody who looks, by the children of `pipeline/covers.py`, until there is no
room left for covers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from db import cover_files, covers
from db.covers import Made
from db.engine import reading
from db.settings import settings
from pipeline import cover_cache
from pipeline import covers as drawing

AT_A_TIME = 500  # comics looked up in one statement


@dataclass(slots=True)
class Filled:
    """What was drawn; `left` are covers for which there was no room."""

    made: int = 0
    failed: int = 0
    left: int = 0


def fill(told: Callable[[Filled, int], None]) -> Filled:
    """Draw the covers that are missing while there is room, those of series first.

    `told` hears what has become of them and how many there are, again and again.
    """
    filled = Filled()
    wanted = _missing()
    room = _Room(cover_cache.aim() - cover_cache.prune().kept)

    def draw(one: Made) -> None:
        if room.is_left:
            drawing.make(one.comic_id)
            cover_files.call_unseen(*one)
        room.note(filled, one)

    with drawing.keeping(), ThreadPoolExecutor(settings().workers) as workers:
        try:
            for _ in workers.map(draw, wanted):
                told(filled, len(wanted))
        finally:
            workers.shutdown(cancel_futures=True)
    return filled


class _Room:
    """The bytes that are left for covers, and what came of each."""

    def __init__(self, room: int) -> None:
        self._lock = threading.Lock()
        self._room = room

    @property
    def is_left(self) -> bool:
        return self._room > 0

    def note(self, filled: Filled, one: Made) -> None:
        try:
            size = cover_files.cover_file(*one).stat().st_size
        except FileNotFoundError:
            size = 0
        with self._lock:
            if size:
                filled.made += 1
                self._room -= size
            elif self._room > 0:
                filled.failed += 1
            else:
                filled.left += 1


def _missing() -> list[Made]:
    """The comics whose covers are not there, those that stand for series first."""
    missing: list[Made] = []
    for of_series in (True, False):
        after = 0
        while True:
            with reading() as connection:
                some = covers.drawable(connection, after, AT_A_TIME, of_series=of_series)
            if not some:
                break
            missing += [one for one in some if not cover_files.cover_file(*one).exists()]
            after = some[-1].comic_id
    return missing
