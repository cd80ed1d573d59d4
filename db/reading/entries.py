"""Every kind of reading data in one shape: whose, of what, which one, and a value.

An entry is a row of one of the tables, told apart by its user, its comic or series, and its name
among several (a bookmark's page, a setting's name). Its value is the other columns, as JSON. The
journal, restoring, purging, exporting and importing speak of entries and know no table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Insert, Table, delete, select

from db.dialect import insert_or_update
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

Value = Mapping[str, Any]


class Kind(StrEnum):
    """What an entry is."""

    PROGRESS = "progress"  # how far a comic is read
    SESSION = "session"  # one sitting with a comic, or with one that was purged
    BOOKMARK = "bookmark"  # named by its page
    NOTE = "note"  # on a page; named by its uid
    MARKS = "marks"  # stars, favourite, want to read: of a comic or of a series
    READER = "reader"  # a setting of the reader for a series, named
    PREFERENCE = "preference"  # a setting, named
    LIST = "list"  # named by its uid
    LIST_ITEM = "list_item"  # a comic or a series in the list of that uid


@dataclass(frozen=True, slots=True)
class Entry:
    """Which one: `name` is "" for kinds of which there is one to a comic or series."""

    kind: Kind
    comic_id: int | None = None
    series_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Store:
    """Where entries of a kind are kept: the column of their subject, the one of their name.

    A table may have entries without the subject that others have; those are `among` its rows.
    """

    kind: Kind
    table: Table
    subject: str | None
    name: str | None = None
    among: ColumnElement[bool] | None = None

    @property
    def values(self) -> list[Column[Any]]:
        apart = {"id", "user_id", "comic_id", "series_id", self.name}
        return [column for column in self.table.c if column.name not in apart]

    def of_user(self, user_id: int) -> ColumnElement[bool]:
        """The rows that are a user's."""
        whose = self.table.c.user_id == user_id
        return whose if self.among is None else whose & self.among

    def named(self, name: str) -> str | int:
        """An entry's name as the table has it; raises ValueError."""
        is_number = self.name is not None and self.table.c[self.name].type.python_type is int
        return int(name) if is_number else name


# In the order in which they can be written: a list before what is in it.
STORES = (
    Store(Kind.PREFERENCE, preferences, None, "name"),
    Store(Kind.READER, reader_settings, "series_id", "name"),
    Store(Kind.PROGRESS, reading_progress, "comic_id"),
    Store(Kind.SESSION, reading_sessions, "comic_id", "session"),
    Store(Kind.SESSION, reading_sessions, None, "session", reading_sessions.c.comic_id.is_(None)),
    Store(Kind.BOOKMARK, bookmarks, "comic_id", "page"),
    Store(Kind.NOTE, page_notes, "comic_id", "uid"),
    Store(Kind.MARKS, comic_marks, "comic_id"),
    Store(Kind.MARKS, series_marks, "series_id"),
    Store(Kind.LIST, reading_lists, None, "uid"),
    Store(Kind.LIST_ITEM, reading_list_items, "comic_id", "list"),
    Store(Kind.LIST_ITEM, reading_list_items, "series_id", "list"),
)


def get(connection: Connection, user_id: int, entry: Entry) -> Value | None:
    """An entry's value, None when it is not there."""
    return get_all(connection, user_id, [entry]).get(entry)


def get_all(connection: Connection, user_id: int, wanted: Iterable[Entry]) -> dict[Entry, Value]:
    """The values of those of the entries that are there."""
    found: dict[Entry, Value] = {}
    for store, group in _grouped(wanted):
        narrow = store.subject or store.name
        where = store.of_user(user_id)
        if narrow is not None:
            keys = {_key(store, entry)[narrow] for entry in group}
            where &= store.table.c[narrow].in_(sorted(keys))
        among = set(group)
        found |= {one: value for _, one, value in _read(connection, store, where) if one in among}
    return found


def put_all(
    connection: Connection, user_id: int, values: Iterable[tuple[Entry, Value | None]]
) -> None:
    """Make the entries' values these; None takes one away."""
    wanted = dict(values)
    for store, group in _grouped(wanted):
        kept = [one for one in group if wanted[one] is not None]
        gone = [one for one in group if wanted[one] is None]
        for one in gone:
            key = _key(store, one).items()
            where = [store.table.c[name] == value for name, value in key]
            connection.execute(delete(store.table).where(store.of_user(user_id), *where))
        for columns, rows in _alike(_row(store, user_id, one, wanted[one] or {}) for one in kept):
            connection.execute(_upsert(store, columns), rows)


def store_of(kind: Kind, subject: str | None) -> Store:
    """Where entries of a kind are, of a "comic_id", a "series_id" or None; raises LookupError."""
    for store in STORES:
        if (store.kind, store.subject) == (kind, subject):
            return store
    raise LookupError(kind)


def of_user(connection: Connection, user_id: int) -> Iterator[tuple[Entry, Value]]:
    """All entries of a user, in the order in which they can be written again."""
    for store in STORES:
        for _, entry, value in _read(connection, store, store.of_user(user_id)):
            yield entry, value


def of_subjects(
    connection: Connection, column: str, ids: Iterable[int]
) -> Iterator[tuple[int, Entry, Value]]:
    """The entries of everybody that hang on comics ("comic_id") or series ("series_id").

    Answers (user's id, entry, value).
    """
    wanted = list(ids)
    for store in STORES:
        if store.subject == column:
            yield from _read(connection, store, store.table.c[column].in_(wanted))


def as_json(value: Value | None) -> str | None:
    return None if value is None else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    value: dict[str, Any] = json.loads(text)
    return value


def _read(
    connection: Connection, store: Store, where: ColumnElement[bool]
) -> Iterator[tuple[int, Entry, Value]]:
    keys = [store.table.c.user_id]
    keys += [store.table.c[name] for name in (store.subject, store.name) if name is not None]
    query = select(*keys, *store.values).where(where)
    if store.subject is not None:
        query = query.where(store.table.c[store.subject].is_not(None))
    for row in connection.execute(query.order_by(*keys)).all():
        found = row._mapping
        subject = {} if store.subject is None else {store.subject: found[store.subject]}
        name = "" if store.name is None else str(found[store.name])
        value = {column.name: found[column.name] for column in store.values}
        yield row.user_id, Entry(store.kind, name=name, **subject), value


def _grouped(wanted: Iterable[Entry]) -> Iterator[tuple[Store, list[Entry]]]:
    """The entries by where they are kept, in the order in which they can be written."""
    groups: dict[tuple[Kind, str | None], list[Entry]] = {}
    for entry in wanted:
        groups.setdefault((entry.kind, _subject_of(entry)), []).append(entry)
    for store in STORES:
        if group := groups.get((store.kind, store.subject)):
            yield (
                store,
                sorted(group, key=lambda one: (one.comic_id or one.series_id or 0, one.name)),
            )


def _subject_of(entry: Entry) -> str | None:
    if entry.comic_id is not None:
        return "comic_id"
    return None if entry.series_id is None else "series_id"


def _key(store: Store, entry: Entry) -> dict[str, Any]:
    """What tells an entry's row from the others of its user."""
    key: dict[str, Any] = {}
    if store.subject is not None:
        key[store.subject] = getattr(entry, store.subject)
    if store.name is not None:
        key[store.name] = store.named(entry.name)
    return key


def _row(store: Store, user_id: int, entry: Entry, value: Value) -> dict[str, Any]:
    known = {column.name for column in store.values}
    kept = {name: one for name, one in value.items() if name in known}
    return {"user_id": user_id} | _key(store, entry) | kept


def _alike(
    rows: Iterable[dict[str, Any]],
) -> Iterable[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """The rows by the columns that they have."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    return groups.items()


@cache
def _upsert(store: Store, columns: tuple[str, ...]) -> Insert:
    conflict = [name for name in ("user_id", store.subject, store.name) if name is not None]
    changed = [name for name in columns if name not in conflict]
    return insert_or_update(
        store.table,
        conflict,
        lambda _, new: {name: new[name] for name in changed},
        where=store.among,
    )
