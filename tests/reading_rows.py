"""Looking at the tables of reading data, for tests."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Table, func, select

from db.engine import reading
from db.reading import entries
from db.reading.entries import Entry, Kind
from db.schema import (
    bookmarks,
    comic_marks,
    page_notes,
    preferences,
    reader_settings,
    reading_list_items,
    reading_lists,
    reading_progress,
    reading_sessions,
    series_marks,
)

KEPT = (
    reading_progress,
    reading_sessions,
    bookmarks,
    page_notes,
    comic_marks,
    series_marks,
    reader_settings,
    preferences,
    reading_lists,
    reading_list_items,
)


def rows(table: Table) -> list[Row[Any]]:
    with reading() as connection:
        return list(connection.execute(select(table)))


def count(table: Table) -> int:
    with reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of reading data, table by table, in a steady order."""
    return {table.name: sorted((tuple(row) for row in rows(table)), key=repr) for table in KEPT}


def known_of(user_id: int) -> dict[Entry, dict[str, Any]]:
    """A user's entries but for sittings, without when they were written."""
    with reading() as connection:
        return {
            entry: {name: one for name, one in value.items() if name != "changed_at"}
            for entry, value in entries.of_user(connection, user_id)
            if entry.kind is not Kind.SESSION
        }
