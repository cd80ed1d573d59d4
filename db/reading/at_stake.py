"""What reading data hangs on comics: how many people's, and what, before somebody deletes them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db.schema import (
    bookmarks,
    comic_marks,
    page_notes,
    reading_list_items,
    reading_progress,
)

Comics = Collection[int] | Select[Any]  # ids, or a query for any number of them


@dataclass(frozen=True, slots=True)
class Stake:
    """What hangs on one comic: `people` have any of it."""

    people: int
    begun: int
    read: int
    bookmarks: int
    notes: int
    marks: int
    list_items: int


def of_comics(connection: Connection, comic_ids: Collection[int]) -> dict[int, Stake]:
    """What hangs on each of the comics, of those on which anything does."""
    people: dict[int, set[int]] = {}
    counts: dict[tuple[int, str], int] = {}
    tables = {
        "begun": reading_progress,
        "bookmarks": bookmarks,
        "notes": page_notes,
        "marks": comic_marks,
        "list_items": reading_list_items,
    }
    for what, table in tables.items():
        query = select(table.c.comic_id, table.c.user_id, func.count().label("many")).where(
            table.c.comic_id.in_(comic_ids)
        )
        if table is reading_progress:
            query = query.where(reading_progress.c.started_at.is_not(None))
        for row in connection.execute(query.group_by(table.c.comic_id, table.c.user_id)):
            people.setdefault(row.comic_id, set()).add(row.user_id)
            key = (row.comic_id, what)
            counts[key] = counts.get(key, 0) + row.many
    read = _read(connection, comic_ids)
    return {
        comic_id: Stake(
            people=len(who),
            read=read.get(comic_id, 0),
            **{what: counts.get((comic_id, what), 0) for what in tables},
        )
        for comic_id, who in people.items()
    }


def people(connection: Connection, comic_ids: Comics) -> set[int]:
    """Who has reading data on any of the comics."""
    return {user_id for user_id, _ in _pairs(connection, comic_ids)}


def any_of(connection: Connection, comic_ids: Comics) -> set[int]:
    """Those of the comics on which anything hangs, be it only that they were marked unread."""
    return {comic_id for _, comic_id in _pairs(connection, comic_ids, begun=False)}


def _pairs(
    connection: Connection, comic_ids: Comics, *, begun: bool = True
) -> Iterator[tuple[int, int]]:
    for table in (reading_progress, bookmarks, page_notes, comic_marks, reading_list_items):
        query = select(table.c.user_id, table.c.comic_id).where(table.c.comic_id.in_(comic_ids))
        if begun and table is reading_progress:
            query = query.where(reading_progress.c.started_at.is_not(None))
        for row in connection.execute(query.distinct()):
            yield row.user_id, row.comic_id


def _read(connection: Connection, comic_ids: Collection[int]) -> dict[int, int]:
    rows = connection.execute(
        select(reading_progress.c.comic_id, func.count().label("many"))
        .where(reading_progress.c.comic_id.in_(comic_ids), reading_progress.c.completed)
        .group_by(reading_progress.c.comic_id)
    )
    return {row.comic_id: row.many for row in rows}
