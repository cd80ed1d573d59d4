"""Bookmarks: a page of a comic that somebody wants to find again, with a note or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from db.catalogue import Order, Page, page_of
from db.reading import entries, ledger, subjects, words
from db.reading.entries import Entry, Kind
from db.reading.journal import Deed
from db.schema import bookmarks


@dataclass(frozen=True, slots=True)
class Bookmark:
    """One bookmark; `page` counts from 0, moments are epoch seconds."""

    id: int
    comic_id: int
    page: int
    note: str
    created_at: float
    changed_at: float


def put(connection: Connection, deed: Deed, comic_id: int, page: int, note: str) -> Bookmark:
    """Bookmark a page, or change what the note says; raises NotThere or Unfit."""
    page = words.page(page, subjects.page_count_of(connection, comic_id))
    entry = _entry(comic_id, page)
    old = entries.get(connection, deed.user_id, entry)
    created_at = deed.at if old is None else old["created_at"]
    value = {
        "note": words.note(note, "A bookmark's note"),
        "created_at": created_at,
        "changed_at": deed.at,
    }
    ledger.change(connection, deed, {entry: value})
    return next(one for one in of_comic(connection, deed.user_id, comic_id) if one.page == page)


def remove(connection: Connection, deed: Deed, comic_id: int, page: int) -> bool:
    """Take a bookmark away; False when there is none."""
    return bool(ledger.change(connection, deed, {_entry(comic_id, page): None}))


def get(connection: Connection, user_id: int, bookmark_id: int) -> Bookmark:
    """A user's bookmark of this id; raises NotThere."""
    row = connection.execute(
        _QUERY.where(bookmarks.c.user_id == user_id, bookmarks.c.id == bookmark_id)
    ).one_or_none()
    if row is None:
        raise subjects.NotThere("There is no such bookmark (any more).")
    return _bookmark(row)


def of_comic(connection: Connection, user_id: int, comic_id: int) -> list[Bookmark]:
    """A user's bookmarks in a comic, in the order of its pages."""
    rows = connection.execute(
        _QUERY.where(bookmarks.c.user_id == user_id, bookmarks.c.comic_id == comic_id).order_by(
            bookmarks.c.page
        )
    )
    return [_bookmark(row) for row in rows]


def listing(
    connection: Connection, user_id: int, *, limit: int, cursor: str | None = None
) -> Page[Bookmark]:
    """A page of all of a user's bookmarks, the newest first; raises BadCursor."""
    query = _QUERY.where(bookmarks.c.user_id == user_id)
    rows, following = page_of(connection, query, _NEWEST, "bookmarks", limit, cursor)
    return Page([_bookmark(row) for row in rows], following)


_NEWEST = Order((bookmarks.c.created_at, bookmarks.c.id), (float, int), descending=True)

_QUERY: Select[Any] = select(
    bookmarks.c.id,
    bookmarks.c.comic_id,
    bookmarks.c.page,
    bookmarks.c.note,
    bookmarks.c.created_at,
    bookmarks.c.changed_at,
)


def _bookmark(row: Sequence[Any]) -> Bookmark:
    return Bookmark(*row)


def _entry(comic_id: int, page: int) -> Entry:
    return Entry(Kind.BOOKMARK, comic_id=comic_id, name=str(page))
