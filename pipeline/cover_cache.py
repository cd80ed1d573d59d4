"""The files of covers as a whole: those that nobody needs go, and those for which there is no room.

Covers have a budget of bytes. Beyond it go those that nobody has looked at, then those that were
looked at longest ago; never those that stand for series, nor those of missing comics. What goes is
drawn again when somebody looks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from db import cover_files, covers
from db.cover_files import CoverFile
from db.covers import Made
from db.engine import reading, writing
from db.settings import settings

AT_A_TIME = 500  # comics looked up in one statement
YOUNG_SECONDS = 3600.0  # what is left over is not older when somebody may be at work on it
HOUR = 3600  # seconds; covers are told apart by the hour in which they were looked at
LESS = (
    8  # a cache that is full gives up this part of its budget, so as not to be full again at once
)
FASTEST = 4 << 20  # bytes of covers that a scan may draw in a second
OFTEN, SELDOM = 60.0, 3600.0  # seconds between two looks


@dataclass(slots=True)
class Pruned:
    """What became of the covers: files and their bytes.

    `orphans` were of comics that are gone, of other files, or left by a process that was killed;
    `dropped` made room; `kept` are the bytes that are left, of them `pinned` those that stay.
    """

    orphans: int = 0
    dropped: int = 0
    freed: int = 0
    kept: int = 0
    pinned: int = 0

    @property
    def good_for(self) -> float:
        """Seconds for which the covers cannot outgrow their budget by much."""
        room = settings().cover_cache_bytes - self.kept
        return min(SELDOM, max(OFTEN, room / FASTEST))


@dataclass(slots=True)
class _Ages:
    """The bytes of covers that may go, by the hour in which they were looked at."""

    hours: Counter[int] = field(default_factory=Counter)

    def add(self, file: CoverFile) -> None:
        self.hours[_hour(file)] += file.size

    def until(self, wanted: int) -> int:
        """Up to which hour all must go for so many bytes."""
        gone = hour = 0
        for hour in sorted(self.hours):
            gone += self.hours[hour]
            if gone >= wanted:
                break
        return hour


def aim() -> int:
    """The bytes to which a full cache is brought, and up to which it may be filled."""
    return settings().cover_cache_bytes - settings().cover_cache_bytes // LESS


def prune() -> Pruned:
    """Remove what nobody needs and, when there is too much of the rest, what is looked at least."""
    pruned, ages = Pruned(), _Ages()
    for files in cover_files.by_folder():  # listed first: what is on the disk has been in the table
        for file, is_pinned in _without_orphans(files, pruned):
            pruned.kept += file.size
            if is_pinned:
                pruned.pinned += file.size
            elif file.is_cover:
                ages.add(file)
    if pruned.kept > settings().cover_cache_bytes:
        _drop(pruned, ages, pruned.kept - aim())
    return pruned


def note_lost() -> int:
    """Write down which covers are not there, as after a restore or when somebody removed them;
    answers how many. A card whose cover is said to be there would wait for it in vain."""
    after, lost = 0, 0
    while True:
        with reading() as connection:
            some = covers.said_to_be_there(connection, after, AT_A_TIME)
        if not some:
            return lost
        gone = [one for one in some if not cover_files.cover_file(*one).exists()]
        if gone:
            with writing() as connection:
                covers.lose(connection, gone)
        lost += len(gone)
        after = some[-1].comic_id


def _without_orphans(
    files: Sequence[CoverFile], pruned: Pruned
) -> Iterator[tuple[CoverFile, bool]]:
    """The files that somebody needs, and whether they stay whatever happens."""
    young = time.time() - YOUNG_SECONDS
    for start in range(0, len(files), AT_A_TIME):
        part = files[start : start + AT_A_TIME]
        with reading() as connection:
            standing = covers.standing(connection, {file.comic_id for file in part})
        for file in part:
            comic = standing.get(file.comic_id)
            is_needed = comic is not None and (
                file.changed_at > young
                or (file.version == comic.version and file.path.suffix in (".jpg", ".failed"))
            )
            if comic is not None and is_needed:
                yield file, comic.is_pinned
            else:
                file.path.unlink(missing_ok=True)
                pruned.orphans += 1
                pruned.freed += file.size


def _drop(pruned: Pruned, ages: _Ages, wanted: int) -> None:
    """Drop covers of so many bytes, if so many may go."""
    last = ages.until(wanted)
    for files in cover_files.by_folder():
        old = [file for file in files if file.is_cover and _hour(file) <= last]
        for start in range(0, len(old), AT_A_TIME):
            wanted -= _drop_some(pruned, old[start : start + AT_A_TIME], last, wanted)


def _drop_some(pruned: Pruned, files: Sequence[CoverFile], last: int, wanted: int) -> int:
    """Drop those of some covers that may go; of the last hour only what is still wanted."""
    with reading() as connection:
        standing = covers.standing(connection, [file.comic_id for file in files])
    going, gone = [], 0
    for file in files:
        comic = standing.get(file.comic_id)
        if comic is None or comic.is_pinned or comic.version != file.version:
            continue
        if _hour(file) < last or gone < wanted:
            going.append(file)
            gone += file.size
    with writing() as connection:  # first: a card that says there is a cover asks for it in vain
        covers.drop(connection, [Made(file.comic_id, file.version or 0) for file in going])
    for file in going:
        file.path.unlink(missing_ok=True)
    pruned.dropped += len(going)
    pruned.freed += gone
    pruned.kept -= gone
    return gone


def _hour(file: CoverFile) -> int:
    return int(file.seen_at // HOUR)
