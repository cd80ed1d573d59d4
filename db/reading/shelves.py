"""What to read next: what was begun, what comes after what was read, what is read already.

Each is walked along the reader's own rows, newest first, so none gets slower with the library.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    text,
    tuple_,
)

from db.catalogue import CAN_BE_READ, NO_NUMBER, Comic, Listing, Order, Page, comics_by_ids
from db.schema import comics, reading_progress
from db.states import ComicState

LOOKED_BACK = 200  # comics read last that say which series somebody is at


class Read(StrEnum):
    """How much of a comic is read."""

    OPEN = "reading"
    COMPLETED = "read"
    UNREAD = "unread"


# As the partial indexes have them, or SQLite would not know that they fit.
_WHERE = {
    Read.OPEN: text("started_at IS NOT NULL AND NOT completed"),
    Read.COMPLETED: text("completed"),
}
_NEWEST = Order(
    (reading_progress.c.read_at, reading_progress.c.comic_id), (float, int), descending=True
)

# What every page asks is put together once, which takes longer than to ask it.
_USER: ColumnElement[int] = bindparam("user_id", type_=reading_progress.c.user_id.type)

_LISTINGS = {
    read: Listing(
        select(reading_progress.c.comic_id).where(reading_progress.c.user_id == _USER, condition),
        _NEWEST,
    )
    for read, condition in _WHERE.items()
}

_NUMBER = func.coalesce(comics.c.sort_number, NO_NUMBER)
_PLACE = (_NUMBER, comics.c.sort_key, comics.c.id)  # in the order of a series' comics


@dataclass(frozen=True, slots=True)
class Next:
    """The comic that comes after the one that was read last in its series, at that moment."""

    comic: Comic
    after_id: int
    read_at: float


def listing(
    connection: Connection, user_id: int, read: Read, *, limit: int, cursor: str | None = None
) -> Page[Comic]:
    """A page of the comics that a user is reading or has read, by when that was, newest first.

    Raises BadCursor; and KeyError for Read.UNREAD, which only a series can be narrowed down to.
    """
    rows, following = _LISTINGS[read].page(
        connection, f"comics {read}", limit, cursor, user_id=user_id
    )
    return Page(comics_by_ids(connection, [row[0] for row in rows]), following)


def continue_reading(connection: Connection, user_id: int, limit: int) -> list[Comic]:
    """What a user has begun and not finished, the latest first, of what can be read now."""
    found = listing(connection, user_id, Read.OPEN, limit=2 * limit).items
    return [one for one in found if one.can_be_read][:limit]


def on_deck(connection: Connection, user_id: int, limit: int) -> list[Next]:
    """The next unread comic of each series that a user is at, the latest first.

    A series of which a comic is begun is not here: that one is to be read first.
    """
    latest = _latest_read(connection, user_id)
    found: list[tuple[int, Row[Any]]] = []
    while latest and len(found) < limit:
        some, latest = latest[: limit - len(found)], latest[limit - len(found) :]
        following = _next_unread(connection, user_id, [row.id for row in some])
        found += [(following[row.id], row) for row in some if row.id in following]
    ids = [next_id for next_id, _ in found]
    comics_ = {one.id: one for one in comics_by_ids(connection, ids)}
    return [Next(comics_[next_id], row.id, row.read_at) for next_id, row in found]


def _latest_read(connection: Connection, user_id: int) -> Sequence[Row[Any]]:
    """The comic read last of each series, but for series with one that is begun."""
    rows = connection.execute(_LATELY_READ, {"user_id": user_id}).all()
    if not rows:
        return []
    begun = set(connection.execute(_LATELY_BEGUN, {"user_id": user_id}).scalars())
    latest: dict[int, Row[Any]] = {}
    for row in rows:
        if row.series_id not in begun:
            latest.setdefault(row.series_id, row)
    return list(latest.values())


def _next_unread(
    connection: Connection, user_id: int, comic_ids: Collection[int]
) -> dict[int, int]:
    """The next unread comic behind each of these in its series, of those that have one."""
    if not comic_ids:
        return {}
    rows = connection.execute(_NEXT_UNREAD, {"user_id": user_id, "ids": [*comic_ids]})
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _first_unread(connection: Connection, user_id: int, series_id: int) -> int | None:
    values = {"user_id": user_id, "series_id": series_id}
    return connection.execute(_FIRST_UNREAD, values).scalar()


def _begun(user_id: int | ColumnElement[int], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that a user has begun the comic of a query's row, or read it."""
    return exists(
        select(reading_progress.c.comic_id)
        .where(
            reading_progress.c.user_id == user_id,
            reading_progress.c.comic_id == comics.c.id,
            reading_progress.c.started_at.is_not(None),
            *more,
        )
        .correlate(comics)
    )


def next_in_series(connection: Connection, user_id: int, series_id: int) -> int | None:
    """The comic of a series to read now: the one begun last, else the next unread.

    None when there is nothing left.
    """
    values = {"user_id": user_id, "series_id": series_id}
    latest = connection.execute(_READ_LAST, values).first()
    if latest is not None and not latest.completed:
        return int(latest.id)
    if latest is not None and (found := _next_unread(connection, user_id, [latest.id])):
        return found[latest.id]
    return _first_unread(connection, user_id, series_id)


def condition(user_id: int, read: Read | None) -> ColumnElement[bool] | None:
    """The condition that a comic is as far read as that by a user; None for all comics."""
    if read is None:
        return None
    if read is Read.UNREAD:
        return ~_begun(user_id)
    completed = reading_progress.c.completed
    return _begun(user_id, completed if read is Read.COMPLETED else ~completed)


def read_counts(
    connection: Connection, user_id: int, series_ids: Collection[int]
) -> dict[int, int]:
    """How many of their comics a user has read, for each series of which there are any."""
    if not series_ids:
        return {}
    rows = connection.execute(_READ_COUNTS, {"user_id": user_id, "ids": [*series_ids]})
    return {row[0]: row[1] for row in rows if row[1]}


def of_series(connection: Connection, series_id: int) -> list[int]:
    """The comics of a series, whether their files are there or not."""
    query = select(comics.c.id).where(comics.c.series_id == series_id).order_by(comics.c.id)
    return list(connection.execute(query).scalars())


def before(connection: Connection, comic_id: int) -> list[int]:
    """The comics that come before one in its series, by number."""
    this = connection.execute(
        select(comics.c.series_id, *_PLACE).where(comics.c.id == comic_id)
    ).one()
    query = select(comics.c.id).where(
        comics.c.series_id == this.series_id, tuple_(*_PLACE) < tuple_(*tuple(this)[1:])
    )
    return list(connection.execute(query.order_by(comics.c.id)).scalars())


def _next_unread_query() -> Select[Any]:
    after = comics.alias("after")
    place = (func.coalesce(after.c.sort_number, NO_NUMBER), after.c.sort_key, after.c.id)
    following = (
        select(comics.c.id)
        .where(
            comics.c.series_id == after.c.series_id,
            CAN_BE_READ,
            tuple_(*_PLACE) > tuple_(*place),
            ~_begun(_USER),
        )
        .order_by(*_PLACE)
        .limit(1)
        .correlate(after)
        .scalar_subquery()
    )
    return select(after.c.id, following).where(after.c.id.in_(_IDS))


def _lately_read_query() -> Select[Any]:
    lately = (
        select(reading_progress.c.comic_id, reading_progress.c.read_at)
        .where(reading_progress.c.user_id == _USER, _WHERE[Read.COMPLETED])
        .order_by(reading_progress.c.read_at.desc(), reading_progress.c.comic_id.desc())
        .limit(LOOKED_BACK)
        .subquery()
    )
    return (
        select(comics.c.id, comics.c.series_id, lately.c.read_at)
        .join(comics, comics.c.id == lately.c.comic_id)
        .order_by(lately.c.read_at.desc(), _NUMBER.desc(), comics.c.sort_key.desc())
    )


_IDS: Any = bindparam("ids", expanding=True)
_IN_SERIES = comics.c.series_id == bindparam("series_id")
_NEXT_UNREAD = _next_unread_query()
_LATELY_READ = _lately_read_query()
_LATELY_BEGUN = (
    select(comics.c.series_id)
    .join(reading_progress, reading_progress.c.comic_id == comics.c.id)
    .where(reading_progress.c.user_id == _USER, _WHERE[Read.OPEN])
    .order_by(reading_progress.c.read_at.desc())
    .limit(LOOKED_BACK)
)
_FIRST_UNREAD = (
    select(comics.c.id).where(_IN_SERIES, CAN_BE_READ, ~_begun(_USER)).order_by(*_PLACE).limit(1)
)
_READ_LAST = (
    select(comics.c.id, reading_progress.c.completed)
    .join(comics, comics.c.id == reading_progress.c.comic_id)
    .where(
        reading_progress.c.user_id == _USER,
        reading_progress.c.comic_id.in_(select(comics.c.id).where(_IN_SERIES, CAN_BE_READ)),
        reading_progress.c.started_at.is_not(None),
    )
    .order_by(reading_progress.c.completed, reading_progress.c.read_at.desc(), _NUMBER.desc())
    .limit(1)
)
_IS_READ = and_(
    reading_progress.c.user_id == _USER,
    reading_progress.c.comic_id == comics.c.id,
    reading_progress.c.started_at.is_not(None),
    reading_progress.c.completed,
)
# An inner join might be walked from the user's side, through all that they ever read. The comic's
# row is looked at only where it is read.
_READ_COUNTS = (
    select(
        comics.c.series_id,
        func.count(
            case(
                (
                    reading_progress.c.comic_id.is_not(None)
                    & (comics.c.state == ComicState.PRESENT),
                    1,
                )
            )
        ),
    )
    .outerjoin(reading_progress, _IS_READ)
    .where(comics.c.series_id.in_(_IDS))
    .group_by(comics.c.series_id)
)
