"""What somebody has read when: the history of sittings, and the figures that charts are drawn from.

Days are the reader's own, as their devices said. Comics that were purged count under the names that
they had.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db.catalogue import Order, Page, page_of
from db.schema import comics, reading_progress, reading_sessions, series

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sitting:
    """One sitting with a comic. `comic_id` is None for a comic that was purged: then it has names.

    Pages count from 0, moments are epoch seconds.
    """

    id: int
    comic_id: int | None
    title: str
    series_name: str
    device: str
    day: str
    started_at: float
    ended_at: float
    lowest_page: int
    highest_page: int
    pages: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Day:
    """What was read on one day."""

    day: date
    pages: int
    seconds: int
    comics: int


@dataclass(frozen=True, slots=True)
class SeriesShare:
    """What was read of one series; `series_id` is None when none of it is there any more."""

    series_id: int | None
    name: str
    pages: int
    seconds: int
    comics: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Everything that somebody has read. A streak is of days in a row on which they read."""

    comics_read: int
    pages: int
    seconds: int
    days: int
    streak: int
    longest_streak: int


def history(
    connection: Connection, user_id: int, *, limit: int, cursor: str | None = None
) -> Page[Sitting]:
    """A page of a user's sittings, the latest first; raises BadCursor."""
    order = Order((reading_sessions.c.ended_at, reading_sessions.c.id), (float, int), True)
    query: Select[Any] = select(
        reading_sessions.c.id,
        reading_sessions.c.comic_id,
        reading_sessions.c.title,
        reading_sessions.c.series_name,
        reading_sessions.c.device,
        reading_sessions.c.day,
        reading_sessions.c.started_at,
        reading_sessions.c.ended_at,
        reading_sessions.c.lowest_page,
        reading_sessions.c.highest_page,
        reading_sessions.c.pages,
        reading_sessions.c.seconds,
    ).where(reading_sessions.c.user_id == user_id)
    rows, following = page_of(connection, query, order, "history", limit, cursor)
    return Page([Sitting(*row) for row in rows], following)


def days(connection: Connection, user_id: int, first: date, last: date) -> list[Day]:
    """Every day from the first to the last, those without reading too."""
    rows = connection.execute(
        select(
            reading_sessions.c.day,
            func.sum(reading_sessions.c.pages),
            func.sum(reading_sessions.c.seconds),
            func.count(reading_sessions.c.comic_id.distinct()),
        )
        .where(
            reading_sessions.c.user_id == user_id,
            reading_sessions.c.day.between(first.isoformat(), last.isoformat()),
        )
        .group_by(reading_sessions.c.day)
    )
    read = {day: figures for day, *figures in rows}
    span = range((last - first).days + 1)
    return [
        Day(day, *read.get(day.isoformat(), (0, 0, 0)))
        for day in (first + number * ONE_DAY for number in span)
    ]


def top_series(
    connection: Connection, user_id: int, first: date, last: date, limit: int
) -> list[SeriesShare]:
    """The series of which most pages were read from the first day to the last."""
    by_comic = (
        select(
            reading_sessions.c.comic_id,
            reading_sessions.c.series_name,
            func.sum(reading_sessions.c.pages).label("pages"),
            func.sum(reading_sessions.c.seconds).label("seconds"),
        )
        .where(
            reading_sessions.c.user_id == user_id,
            reading_sessions.c.day.between(first.isoformat(), last.isoformat()),
        )
        .group_by(
            reading_sessions.c.comic_id, reading_sessions.c.series_name, reading_sessions.c.title
        )
        .subquery()
    )
    name = func.coalesce(series.c.name, by_comic.c.series_name)
    pages = func.sum(by_comic.c.pages)
    rows = connection.execute(
        select(func.max(series.c.id), name, pages, func.sum(by_comic.c.seconds), func.count())
        .select_from(by_comic)
        .outerjoin(comics, comics.c.id == by_comic.c.comic_id)
        .outerjoin(series, series.c.id == comics.c.series_id)
        .group_by(name)
        .order_by(pages.desc(), name)
        .limit(limit)
    )
    return [SeriesShare(*tuple(row)) for row in rows]


def totals(connection: Connection, user_id: int, today: date) -> Totals:
    """The sums over all that a user has read, and the streak that `today` or yesterday ends."""
    rows = connection.execute(
        select(
            reading_sessions.c.day,
            func.sum(reading_sessions.c.pages),
            func.sum(reading_sessions.c.seconds),
        )
        .where(reading_sessions.c.user_id == user_id)
        .group_by(reading_sessions.c.day)
        .order_by(reading_sessions.c.day)
    ).all()
    read = connection.execute(
        select(func.count()).where(
            reading_progress.c.user_id == user_id, reading_progress.c.completed
        )
    ).scalar_one()
    ended = [date.fromisoformat(row.day) for row in rows]
    present, longest = streaks(ended, today)
    return Totals(
        comics_read=read,
        pages=sum(row[1] for row in rows),
        seconds=sum(row[2] for row in rows),
        days=len(rows),
        streak=present,
        longest_streak=longest,
    )


def streaks(read_on: Sequence[date], today: date) -> tuple[int, int]:
    """How many days in a row end today or yesterday, and the most there ever were.

    `read_on` are different days in their order.
    """
    longest = running = 0
    before: date | None = None
    for day in read_on:
        running = running + 1 if before is not None and day - before == ONE_DAY else 1
        longest = max(longest, running)
        before = day
    goes_on = before is not None and today - before <= ONE_DAY
    return running if goes_on else 0, longest
