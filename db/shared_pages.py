"""Shared pages: those that stand in many comics, as the newest survey found them.

Which of them are hidden from reading is in `db/hidden_pages.py`. Nothing here writes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, false, func, select

from db import surveys
from db.catalogue import Order, Page, page_of
from db.paths import display, join
from db.schema import comics, folders, hidden_pages, series, shared_pages

SHOWN = 6  # examples

IN_MOST_FIRST = Order((shared_pages.c.comics, shared_pages.c.id), (int, int), descending=True)


@dataclass(frozen=True, slots=True)
class Example:
    """A comic in which a page stands, and at which place, from 0."""

    comic_id: int
    page: int
    page_count: int
    series: str
    path: str


@dataclass(frozen=True, slots=True)
class SharedPage:
    """A page, by its sum; it is the `first` and the `last` page of so many of its `comics`."""

    sum: bytes
    comics: int
    series: int
    first: int
    last: int
    is_hidden: bool
    examples: Sequence[Example] = ()

    @property
    def size(self) -> int:
        """Its picture's bytes."""
        return int.from_bytes(self.sum[4:], "little")


def amounts(connection: Connection) -> tuple[int, int]:
    """How many shared pages there are, and how many pages are hidden."""
    newest = surveys.newest(connection)
    shared = select(func.count()).where(shared_pages.c.survey_id == (newest.id if newest else 0))
    hidden = select(func.count()).where(hidden_pages.c.is_hidden)
    return connection.execute(shared).scalar_one(), connection.execute(hidden).scalar_one()


def page(
    connection: Connection, *, hidden: bool = False, limit: int, cursor: str | None = None
) -> Page[SharedPage]:
    """A page of shared pages, those in most comics first, or of the hidden ones among them.

    Raises BadCursor.
    """
    newest = surveys.newest(connection)
    is_hidden = func.coalesce(hidden_pages.c.is_hidden, false())
    query = (
        select(
            shared_pages.c.sum,
            shared_pages.c.comics,
            shared_pages.c.series,
            shared_pages.c.first,
            shared_pages.c.last,
            is_hidden,
            shared_pages.c.examples,
        )
        .outerjoin(hidden_pages, hidden_pages.c.sum == shared_pages.c.sum)
        .where(shared_pages.c.survey_id == (newest.id if newest else 0))
    )
    if hidden:
        query = query.where(is_hidden)
    listing = "hidden pages" if hidden else "shared pages"
    rows, following = page_of(connection, query, IN_MOST_FIRST, listing, limit, cursor)
    places = [[tuple(place) for place in json.loads(words)][:SHOWN] for *_, words in rows]
    examples = _examples(connection, sorted({place for some in places for place in some}))
    found = [
        replace(SharedPage(*facts), examples=[examples[one] for one in some if one in examples])
        for (*facts, _), some in zip(rows, places, strict=True)
    ]
    return Page(found, following)


def _examples(
    connection: Connection, places: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], Example]:
    """Those of the places that are still there."""
    query = (
        select(comics.c.id, comics.c.page_count, series.c.name, folders.c.path, comics.c.file_name)
        .join(series, series.c.id == comics.c.series_id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(comics.c.id.in_({comic_id for comic_id, _ in places}))
    )
    rows = {row.id: row for row in connection.execute(query)}
    found = {}
    for comic_id, number in places:
        if (row := rows.get(comic_id)) and number < (row.page_count or 0):
            path = display(join(row.path, row.file_name))
            found[comic_id, number] = Example(comic_id, number, row.page_count, row.name, path)
    return found
