"""Lists that people make of comics and series, for themselves or for everybody who signs in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from db.catalogue import Order, Page, page_of
from db.reading import entries, ledger, subjects, words
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Deed
from db.reading.words import Unfit
from db.schema import reading_list_items, reading_lists, users


@dataclass(frozen=True, slots=True)
class ReadingList:
    """One list; moments are epoch seconds."""

    id: int
    user_id: int
    owner: str
    uid: str
    name: str
    description: str
    is_public: bool
    created_at: float
    changed_at: float


@dataclass(frozen=True, slots=True)
class Item:
    """A comic or a series in a list: one of the two ids is None."""

    comic_id: int | None
    series_id: int | None
    position: int
    added_at: float


def create(
    connection: Connection,
    deed: Deed,
    name: str,
    *,
    description: str = "",
    is_public: bool = False,
    uid: str = "",
) -> ReadingList:
    """Make a list; making one of a uid that is there changes that one. Raises Unfit."""
    uid = words.uid(uid) if uid else secrets.token_hex(8)
    _write(connection, deed, uid, name, description, is_public)
    return _one(connection, reading_lists.c.uid == uid, reading_lists.c.user_id == deed.user_id)


def change(
    connection: Connection,
    deed: Deed,
    list_: ReadingList,
    *,
    name: str,
    description: str,
    is_public: bool,
) -> ReadingList:
    """Say anew what a list is called and who sees it; raises Unfit."""
    _write(connection, deed, list_.uid, name, description, is_public)
    return own(connection, deed.user_id, list_.id)


def remove(connection: Connection, deed: Deed, list_: ReadingList) -> None:
    """Take a list away with all that is in it."""
    doomed = {_entry(list_.uid, one): None for one in _items(connection, list_)}
    ledger.change(connection, deed, {Entry(Kind.LIST, name=list_.uid): None} | doomed)


def add(
    connection: Connection,
    deed: Deed,
    list_: ReadingList,
    *,
    comic_id: int | None = None,
    series_id: int | None = None,
) -> None:
    """Put a comic or a series at the end of a list, unless it is in there; raises NotThere."""
    if comic_id is not None:
        subjects.page_count_of(connection, comic_id)
    elif series_id is not None:
        subjects.require_series(connection, series_id)
    entry = Entry(Kind.LIST_ITEM, comic_id, series_id, list_.uid)
    if entries.get(connection, deed.user_id, entry) is not None:
        return
    last = connection.execute(
        select(func.max(reading_list_items.c.position)).where(*_in_list(list_))
    ).scalar()
    position = 0 if last is None else last + 1
    ledger.change(connection, deed, {entry: {"position": position, "added_at": deed.at}})


def take_out(
    connection: Connection,
    deed: Deed,
    list_: ReadingList,
    *,
    comic_id: int | None = None,
    series_id: int | None = None,
) -> bool:
    """Take a comic or a series out of a list; False when it is not in there."""
    entry = Entry(Kind.LIST_ITEM, comic_id, series_id, list_.uid)
    return bool(ledger.change(connection, deed, {entry: None}))


def arrange(connection: Connection, deed: Deed, list_: ReadingList, order: Sequence[Item]) -> None:
    """Bring a list into an order; what the order does not name comes behind what it does."""
    there = {_entry(list_.uid, one): one for one in _items(connection, list_)}
    named = [entry for one in order if (entry := _entry(list_.uid, one)) in there]
    rest = [entry for entry in there if entry not in set(named)]
    ledger.change(
        connection,
        deed,
        {
            entry: {"position": position, "added_at": there[entry].added_at}
            for position, entry in enumerate([*dict.fromkeys(named), *rest])
        },
    )


def own(connection: Connection, user_id: int, list_id: int) -> ReadingList:
    """A list of a user's own; raises NotThere."""
    return _one(connection, reading_lists.c.id == list_id, reading_lists.c.user_id == user_id)


def visible(connection: Connection, user_id: int, list_id: int) -> ReadingList:
    """A list of a user's own or a public one; raises NotThere."""
    mine = reading_lists.c.user_id == user_id
    return _one(connection, reading_lists.c.id == list_id, mine | reading_lists.c.is_public)


def of_user(connection: Connection, user_id: int) -> list[ReadingList]:
    """A user's own lists, by name."""
    return [_list(row) for row in connection.execute(_OF_USER, {"owner_id": user_id})]


def public_ones(connection: Connection, user_id: int) -> list[ReadingList]:
    """What others have made public, by name."""
    rows = connection.execute(
        _QUERY.where(reading_lists.c.user_id != user_id, reading_lists.c.is_public).order_by(
            reading_lists.c.name, reading_lists.c.id
        )
    )
    return [_list(row) for row in rows]


def items(
    connection: Connection, list_: ReadingList, *, limit: int, cursor: str | None = None
) -> Page[Item]:
    """A page of what is in a list, in its order; raises BadCursor."""
    order = Order((reading_list_items.c.position, reading_list_items.c.id), (int, int))
    query = _ITEMS.where(*_in_list(list_))
    rows, following = page_of(connection, query, order, f"list {list_.id}", limit, cursor)
    return Page([Item(*row) for row in rows], following)


def with_free_names(
    connection: Connection, user_id: int, wanted: Mapping[Entry, Value | None]
) -> dict[Entry, Value | None]:
    """The entries, of which lists have other names than the lists that stay beside them."""
    taken = {
        row.name
        for row in connection.execute(
            select(reading_lists.c.uid, reading_lists.c.name).where(
                reading_lists.c.user_id == user_id
            )
        )
        if Entry(Kind.LIST, name=row.uid) not in wanted
    }
    freed = dict(wanted)
    for entry, value in wanted.items():
        if entry.kind is Kind.LIST and value is not None:
            names = (value["name"] + ending for ending in _endings())
            name = next(one for one in names if one not in taken)
            taken.add(name)
            freed[entry] = {**value, "name": name}
    return freed


def _endings() -> Iterator[str]:
    return chain([""], (f" ({number})" for number in count(2)))


_QUERY: Select[Any] = select(
    reading_lists.c.id,
    reading_lists.c.user_id,
    users.c.name.label("owner"),
    reading_lists.c.uid,
    reading_lists.c.name,
    reading_lists.c.description,
    reading_lists.c.is_public,
    reading_lists.c.created_at,
    reading_lists.c.changed_at,
).join(users, users.c.id == reading_lists.c.user_id)

_OF_USER = _QUERY.where(reading_lists.c.user_id == bindparam("owner_id")).order_by(
    reading_lists.c.name
)

_ITEMS: Select[Any] = select(
    reading_list_items.c.comic_id,
    reading_list_items.c.series_id,
    reading_list_items.c.position,
    reading_list_items.c.added_at,
)


def _write(
    connection: Connection, deed: Deed, uid: str, name: str, description: str, is_public: bool
) -> None:
    name = words.name(name, "A list")
    entry = Entry(Kind.LIST, name=uid)
    old = entries.get(connection, deed.user_id, entry)
    same = connection.execute(
        select(reading_lists.c.uid).where(
            reading_lists.c.user_id == deed.user_id, reading_lists.c.name == name
        )
    ).scalar()
    if same not in (None, uid):
        raise Unfit(f"There is a list named {name} already. Choose another name.")
    value = {
        "name": name,
        "description": words.note(description, "A list's description"),
        "is_public": is_public,
        "created_at": deed.at if old is None else old["created_at"],
        "changed_at": deed.at,
    }
    ledger.change(connection, deed, {entry: value})


def _one(connection: Connection, *where: Any) -> ReadingList:
    row = connection.execute(_QUERY.where(*where)).one_or_none()
    if row is None:
        raise subjects.NotThere("There is no such list (any more).")
    return _list(row)


def _items(connection: Connection, list_: ReadingList) -> list[Item]:
    order = (reading_list_items.c.position, reading_list_items.c.id)
    rows = connection.execute(_ITEMS.where(*_in_list(list_)).order_by(*order))
    return [Item(*tuple(row)) for row in rows]


def _in_list(list_: ReadingList) -> tuple[Any, ...]:
    return (
        reading_list_items.c.user_id == list_.user_id,
        reading_list_items.c.list == list_.uid,
    )


def _entry(uid: str, item: Item) -> Entry:
    return Entry(Kind.LIST_ITEM, item.comic_id, item.series_id, uid)


def _list(row: Sequence[Any]) -> ReadingList:
    return ReadingList(*row)
