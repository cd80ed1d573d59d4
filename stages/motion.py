"""Files that others write while we read them: told by their stamps, read again, never blamed.

Taggers and downloaders rewrite comics at any moment, in place or by renaming. What was read is
believed only if the file has the same stamp afterwards; an error, besides, only if the file was not
written a moment ago.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from stages.formats import ErrorClass, FormatError

PAUSES = (0.0, 0.25, 0.5, 1.0)  # seconds before each further attempt
FRESH_NS = 2_000_000_000  # an error in a file written so shortly ago is looked at once more
PAUSED_NS = 200_000_000  # and then believed, if nothing was written during the pause
YOUNG_NS = 3_600_000_000_000  # what is broken in a file so young may be a copy under way
TICK_NS = 20_000_000  # within one tick of the kernel's clock, two contents may have one stamp

Answer = TypeVar("Answer")


class Stamp(NamedTuple):
    """What tells a file's contents apart; another inode is another file by the same name."""

    size: int
    mtime_ns: int
    inode: int


def stamp(path: bytes) -> Stamp | None:
    """The file's stamp; None when there is nothing to be had at the path."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


def is_young(path: bytes) -> bool:
    """Whether the file was written not long ago, so that more of it may be on its way."""
    now = stamp(path)
    return now is not None and 0 <= time.time_ns() - now.mtime_ns < YOUNG_NS


def believable(path: bytes, before: Stamp | None, *, failed: bool, again: bool) -> bool:
    """Whether what was read since `before` is what the file holds; `again` after an earlier try."""
    if stamp(path) != before:
        return False
    if before is None:
        return again
    doubted = (PAUSED_NS if again else FRESH_NS) if failed else TICK_NS
    return not 0 <= time.time_ns() - before.mtime_ns < doubted


def at_rest(path: bytes, read: Callable[[], Answer]) -> Answer:
    """What `read` answers or raises when nobody writes the file meanwhile.

    Raises `FormatError` changing when that does not come about in some seconds.
    """
    for attempt, pause in enumerate(PAUSES):
        time.sleep(pause)
        before = stamp(path)
        try:
            answer = read()
        except FormatError:
            if believable(path, before, failed=True, again=attempt > 0):
                raise
        else:
            if believable(path, before, failed=False, again=attempt > 0):
                return answer
    raise changing()


def changing() -> FormatError:
    """The error of a file that is still being written after every attempt."""
    return FormatError(ErrorClass.CHANGING, "Another program was writing it all the while.")
