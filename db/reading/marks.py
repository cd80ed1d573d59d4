"""What somebody thinks of a comic or a series: stars, favourite, want to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select

from db.catalogue import Order, Page, page_of
from db.reading import ledger, subjects
from db.reading.entries import Entry, Kind
from db.reading.journal import Deed
from db.reading.words import Unfit
from db.schema import comic_marks, series_marks

MOST_STARS = 5


class Of(StrEnum):
    """What is marked."""

    COMICS = "comics"
    SERIES = "series"

    @property
    def table(self) -> Table:
        return comic_marks if self is Of.COMICS else series_marks

    @property
    def column(self) -> str:
        return "comic_id" if self is Of.COMICS else "series_id"

    def entry(self, subject_id: int) -> Entry:
        if self is Of.COMICS:
            return Entry(Kind.MARKS, comic_id=subject_id)
        return Entry(Kind.MARKS, series_id=subject_id)


class Shelf(StrEnum):
    """What can be listed; each is the column of the moment at which it was said."""

    FAVOURITES = "favourite_at"
    WANTED = "wanted_at"
    RATED = "rated_at"


@dataclass(frozen=True, slots=True)
class Marks:
    """One user's marks of one comic or series; moments are epoch seconds, None where not set."""

    stars: int | None = None
    rated_at: float | None = None
    favourite_at: float | None = None
    wanted_at: float | None = None


NONE = Marks()


def _marks(of: Of) -> Select[Any]:
    table = of.table
    subject = table.c[of.column]
    return select(subject, *(table.c[one.name] for one in fields(Marks))).where(
        table.c.user_id == bindparam("user_id"), subject.in_(bindparam("ids", expanding=True))
    )


_MARKS = {of: _marks(of) for of in Of}


def rate(connection: Connection, deed: Deed, of: Of, subject_id: int, stars: int | None) -> Marks:
    """Give 1 to 5 stars, or take them back with None; raises Unfit or NotThere."""
    if stars is not None and not 1 <= stars <= MOST_STARS:
        raise Unfit(f"A rating is 1 to {MOST_STARS} stars, or none.")
    rated_at = None if stars is None else deed.at
    old = _known(connection, deed, of, subject_id)
    if old.stars == stars:
        return old
    return _put(connection, deed, of, subject_id, replace(old, stars=stars, rated_at=rated_at))


def favour(connection: Connection, deed: Deed, of: Of, subject_id: int, is_one: bool) -> Marks:
    """Make it a favourite, or one no longer; raises NotThere."""
    old = _known(connection, deed, of, subject_id)
    if (old.favourite_at is not None) == is_one:
        return old
    new = replace(old, favourite_at=deed.at if is_one else None)
    return _put(connection, deed, of, subject_id, new)


def want(connection: Connection, deed: Deed, of: Of, subject_id: int, is_wanted: bool) -> Marks:
    """Put it on the user's want-to-read shelf, or take it from there; raises NotThere."""
    old = _known(connection, deed, of, subject_id)
    if (old.wanted_at is not None) == is_wanted:
        return old
    new = replace(old, wanted_at=deed.at if is_wanted else None)
    return _put(connection, deed, of, subject_id, new)


def of_all(
    connection: Connection, user_id: int, of: Of, subject_ids: Iterable[int]
) -> dict[int, Marks]:
    """The marks of those of the comics or series that have any, in one query."""
    values = {"user_id": user_id, "ids": [*subject_ids]}
    if not values["ids"]:
        return {}
    return {row[0]: Marks(*row[1:]) for row in connection.execute(_MARKS[of], values)}


def one(connection: Connection, user_id: int, of: Of, subject_id: int) -> Marks:
    """The marks of one comic or series."""
    return of_all(connection, user_id, of, [subject_id]).get(subject_id, NONE)


def listing(
    connection: Connection,
    user_id: int,
    of: Of,
    shelf: Shelf,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[tuple[int, Marks]]:
    """A page of the ids of what stands on a shelf with its marks, the newest first.

    Raises BadCursor.
    """
    table, subject = of.table, of.table.c[of.column]
    order = Order((table.c[shelf], subject), (float, int), descending=True)
    query = select(
        subject, table.c.stars, table.c.rated_at, table.c.favourite_at, table.c.wanted_at
    ).where(table.c.user_id == user_id, table.c[shelf].is_not(None))
    rows, following = page_of(connection, query, order, f"{of} {shelf}", limit, cursor)
    return Page([_marked(row) for row in rows], following)


def _marked(row: Sequence[Any]) -> tuple[int, Marks]:
    return row[0], Marks(*row[1:])


def _known(connection: Connection, deed: Deed, of: Of, subject_id: int) -> Marks:
    if of is Of.COMICS:
        subjects.page_count_of(connection, subject_id)
    else:
        subjects.require_series(connection, subject_id)
    return one(connection, deed.user_id, of, subject_id)


def _put(connection: Connection, deed: Deed, of: Of, subject_id: int, new: Marks) -> Marks:
    value = None if new == NONE else asdict(new)
    ledger.change(connection, deed, {of.entry(subject_id): value})
    return new
