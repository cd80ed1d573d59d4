"""What the page of a comic or a series says of its visitor's reading, in words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_login import current_user
from sqlalchemy import Connection

from db import catalogue
from db.catalogue import Comic, Series
from db.reading import bookmarks, lists, marks, notes, progress, shelves
from db.reading.bookmarks import Bookmark
from db.reading.lists import ReadingList
from db.reading.marks import Marks, Of
from db.reading.notes import Note
from db.reading.progress import Progress
from db.reading.shelves import Read
from db.times import iso
from webui import cards, listings
from webui.errors import Problem

EXACT_HOURS = 10  # below which a time spent is told to the minute

# What the comics of a series can be narrowed down to, and what the page calls it.
READS = {Read.UNREAD: "Unread", Read.OPEN: "Reading", Read.COMPLETED: "Read"}


@dataclass(frozen=True, slots=True)
class OfComic:
    """How far the visitor has read a comic, and what they have left in it.

    `lists` are all lists of theirs, which the comic can be put into.
    """

    read: Progress | None
    marks: Marks
    bookmarks: Sequence[Bookmark]
    notes: Sequence[Note]
    lists: Sequence[ReadingList]

    @property
    def invitation(self) -> str:
        """What the button that opens the reader says."""
        if self.read is None:
            return "Read"
        return "Read again" if self.read.completed else f"Continue on page {self.read.page + 1}"

    @property
    def words(self) -> str:
        """Where the visitor is; empty when nowhere."""
        if self.read is None:
            return ""
        day = (iso(self.read.finished_at or self.read.read_at) or "")[:10]
        spent = f", {duration(self.read.seconds_read)} in all" if self.read.seconds_read else ""
        if self.read.completed:
            return f"Read on {day}{spent}"
        of = f" of {self.read.page_count}" if self.read.page_count else ""
        return f"Page {self.read.page + 1}{of}, on {day}{spent}"


@dataclass(frozen=True, slots=True)
class OfSeries:
    """How much of a series the visitor has read; `next` is the comic to read now.

    `lists` are all lists of theirs, which the series can be put into.
    """

    read: int
    of: int
    marks: Marks
    next: Comic | None
    lists: Sequence[ReadingList]

    @property
    def invitation(self) -> str:
        """What the button that opens the reader says."""
        if self.next is None:
            return ""
        number = cards.number_of(self.next)
        if number:
            return f"Read #{number}"
        return "Read on" if self.read else "Read"


def reading_of_comic(connection: Connection, comic: Comic) -> OfComic:
    user_id = current_user.id
    return OfComic(
        progress.find(connection, user_id, comic.id),
        marks.one(connection, user_id, Of.COMICS, comic.id),
        bookmarks.of_comic(connection, user_id, comic.id),
        notes.of_comic(connection, user_id, comic.id),
        lists.of_user(connection, user_id),
    )


def reading_of_series(connection: Connection, series: Series) -> OfSeries:
    user_id = current_user.id
    next_id = shelves.next_in_series(connection, user_id, series.id)
    following = catalogue.comics_by_ids(connection, [next_id]) if next_id is not None else []
    return OfSeries(
        shelves.read_counts(connection, user_id, [series.id]).get(series.id, 0),
        series.comic_count,
        marks.one(connection, user_id, Of.SERIES, series.id),
        following[0] if following else None,
        lists.of_user(connection, user_id),
    )


def read_asked_for() -> Read | None:
    """What the address narrows comics down to with `?read=`; raises Problem."""
    words = listings.words("read")
    if words is not None and words not in set(Read):
        raise Problem(422, "invalid", f"read must be one of {', '.join(Read)}.")
    return None if words is None else Read(words)


def duration(seconds: int) -> str:
    """A time spent, for people."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 60:
        return f"{minutes} min"
    is_exact = minutes % 60 and minutes < EXACT_HOURS * 60
    return f"{minutes // 60} h {minutes % 60} min" if is_exact else f"{minutes // 60} h"
