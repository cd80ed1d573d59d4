"""Notes on pages: words about a page, or a marked place on it with the words that stand there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, Select, select

from db.catalogue import Order, Page, page_of
from db.reading import entries, ledger, subjects, words
from db.reading.entries import Entry, Kind
from db.reading.journal import Deed
from db.reading.words import Unfit
from db.schema import page_notes


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a page, in shares (0 to 1) of its width and height from the top left."""

    x: float
    y: float
    width: float
    height: float

    def __post_init__(self) -> None:
        if not (0 <= self.x <= 1 and 0 <= self.y <= 1):
            raise Unfit("x and y are shares of the page, from 0 to 1.")
        if not (0 <= self.width <= 1 - self.x + 1e-6 and 0 <= self.height <= 1 - self.y + 1e-6):
            raise Unfit("width and height are shares of the page and end within it.")


@dataclass(frozen=True, slots=True)
class Note:
    """One note; `page` counts from 0, moments are epoch seconds. `place` None is the whole page."""

    id: int
    comic_id: int
    uid: str
    page: int
    text: str
    highlight: str
    place: Place | None
    created_at: float
    changed_at: float


def put(
    connection: Connection,
    deed: Deed,
    comic_id: int,
    page: int,
    *,
    text: str,
    highlight: str = "",
    place: Place | None = None,
    uid: str = "",
) -> Note:
    """Write a note, or in the place of the one of that uid; raises NotThere or Unfit."""
    page = words.page(page, subjects.page_count_of(connection, comic_id))
    uid = words.uid(uid) if uid else secrets.token_hex(8)
    text, highlight = words.note(text, "A note"), words.note(highlight, "A highlight")
    if not (text or highlight):
        raise Unfit("A note needs some words, or words that it highlights.")
    entry = Entry(Kind.NOTE, comic_id=comic_id, name=uid)
    old = entries.get(connection, deed.user_id, entry)
    where = asdict(place) if place else dict.fromkeys(("x", "y", "width", "height"))
    value = {
        "page": page,
        "text": text,
        "highlight": highlight,
        **where,
        "created_at": deed.at if old is None else old["created_at"],
        "changed_at": deed.at,
    }
    ledger.change(connection, deed, {entry: value})
    return next(one for one in of_comic(connection, deed.user_id, comic_id) if one.uid == uid)


def remove(connection: Connection, deed: Deed, comic_id: int, uid: str) -> None:
    """Take a note away; one that is not there is gone already."""
    entry = Entry(Kind.NOTE, comic_id=comic_id, name=uid)
    ledger.change(connection, deed, {entry: None})


def get(connection: Connection, user_id: int, note_id: int) -> Note:
    """A user's note of this id; raises NotThere."""
    row = connection.execute(
        _QUERY.where(page_notes.c.user_id == user_id, page_notes.c.id == note_id)
    ).one_or_none()
    if row is None:
        raise subjects.NotThere("There is no such note (any more).")
    return _note(row)


def of_comic(connection: Connection, user_id: int, comic_id: int) -> list[Note]:
    """A user's notes in a comic, in the order of its pages."""
    rows = connection.execute(
        _QUERY.where(page_notes.c.user_id == user_id, page_notes.c.comic_id == comic_id).order_by(
            page_notes.c.page, page_notes.c.id
        )
    )
    return [_note(row) for row in rows]


def listing(
    connection: Connection, user_id: int, *, limit: int, cursor: str | None = None
) -> Page[Note]:
    """A page of all of a user's notes, the newest first; raises BadCursor."""
    query = _QUERY.where(page_notes.c.user_id == user_id)
    rows, following = page_of(connection, query, _NEWEST, "notes", limit, cursor)
    return Page([_note(row) for row in rows], following)


_NEWEST = Order((page_notes.c.created_at, page_notes.c.id), (float, int), descending=True)

_QUERY: Select[Any] = select(
    page_notes.c.id,
    page_notes.c.comic_id,
    page_notes.c.uid,
    page_notes.c.page,
    page_notes.c.text,
    page_notes.c.highlight,
    page_notes.c.x,
    page_notes.c.y,
    page_notes.c.width,
    page_notes.c.height,
    page_notes.c.created_at,
    page_notes.c.changed_at,
)


def _note(row: Sequence[Any]) -> Note:
    *about, x, y, width, height, created_at, changed_at = row
    place = None if x is None else Place(x, y, width, height)
    values = (*about, place, created_at, changed_at)
    return Note(*values)
