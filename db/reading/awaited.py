"""Reading data of comics and series that are not in the catalogue, kept until they turn up.

A purge puts it here, and an import what it finds no comic for. When a comic comes that lies at the
path, or has the pages, of one that is awaited, what was kept is taken into what was read since.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, insert, select

from db.reading import entries, ledger, lists, subjects
from db.reading.combine import combined
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Cause, Deed
from db.reading.subjects import Subject
from db.schema import reading_awaited, scan_jobs

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Awaited:
    """An entry whose comic or series is not there: `subject` says which that is."""

    subject: Subject
    kind: Kind
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Arrival:
    """A comic or series that was awaited and is there, and the rows that wait for it."""

    comic_id: int | None
    series_id: int | None
    row_ids: tuple[int, ...]


def keep(connection: Connection, deed: Deed, awaited: Collection[Awaited]) -> int:
    """Keep entries until their comics turn up; answers how many were not kept already."""
    new = new_of(connection, deed.user_id, awaited)
    if new:
        connection.execute(insert(reading_awaited), [_row(deed, one) for one in new])
    return len(new)


def of_user(connection: Connection, user_id: int) -> list[Awaited]:
    """All that is kept for a user."""
    rows = connection.execute(
        select(reading_awaited)
        .where(reading_awaited.c.user_id == user_id)
        .order_by(reading_awaited.c.id)
    )
    return [
        Awaited(
            Subject(row.library or "", row.path, row.size, row.fingerprint),
            Kind(row.kind),
            row.name,
            entries.from_json(row.value) or {},
        )
        for row in rows
    ]


def new_of(connection: Connection, user_id: int, awaited: Collection[Awaited]) -> list[Awaited]:
    """Those of the entries that are not kept already."""
    kept = {
        tuple(row)
        for row in connection.execute(
            select(*_APART).where(
                reading_awaited.c.user_id == user_id,
                reading_awaited.c.path.in_({one.subject.path for one in awaited}),
            )
        )
    }
    return [one for one in awaited if tuple(_what(one).values()) not in kept]


def _row(deed: Deed, one: Awaited) -> dict[str, Any]:
    return {
        "user_id": deed.user_id,
        "cause": deed.cause,
        "created_at": deed.at,
        **_what(one),
    }


def _what(one: Awaited) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "library": one.subject.library,
        "path": one.subject.path,
        "size": one.subject.size,
        "fingerprint": one.subject.fingerprint,
        "name": one.name,
        "value": entries.as_json(one.value),
    }


_APART = (
    reading_awaited.c.kind,
    reading_awaited.c.library,
    reading_awaited.c.path,
    reading_awaited.c.size,
    reading_awaited.c.fingerprint,
    reading_awaited.c.name,
    reading_awaited.c.value,
)


def occasion(connection: Connection) -> tuple[int, float] | None:
    """Another value whenever it is worth while to look for arrivals; None when nothing is awaited.

    That is when something more is awaited, or another scan has ended.
    """
    newest = connection.execute(select(func.max(reading_awaited.c.id))).scalar()
    if newest is None:
        return None
    ended = connection.execute(select(func.max(scan_jobs.c.completed_at))).scalar()
    return newest, ended or 0.0


def arrivals(connection: Connection) -> list[Arrival]:
    """What of the awaited is there; only looks, however long that takes."""
    waiting: dict[Subject, list[int]] = {}
    for row in connection.execute(_WAITING):
        subject = Subject(row.library or "", row.path, row.size, row.fingerprint)
        waiting.setdefault(subject, []).append(row.id)
    of_comics = [subject for subject in waiting if subject.size is not None]
    found = subjects.find_comics(connection, of_comics)
    arrived = [Arrival(found[one], None, tuple(waiting[one])) for one in found]
    of_series = {
        one: subjects.find_series(connection, one) for one in waiting.keys() - set(of_comics)
    }
    arrived += [
        Arrival(None, series_id, tuple(waiting[one]))
        for one, series_id in of_series.items()
        if series_id is not None
    ]
    return arrived


def settle(connection: Connection, arrival: Arrival) -> None:
    """Take what was kept for a comic or series into what is known of it now."""
    rows = connection.execute(
        select(reading_awaited).where(reading_awaited.c.id.in_(arrival.row_ids))
    ).all()
    if arrival.comic_id is not None and not subjects.of_comics(connection, [arrival.comic_id]):
        return  # gone again
    for user_id in sorted({row.user_id for row in rows}):
        deed = Deed(user_id, Cause.RETURN)
        kept: dict[Entry, Value] = {}
        for row in rows:
            if row.user_id == user_id:
                entry = Entry(Kind(row.kind), arrival.comic_id, arrival.series_id, row.name)
                value = entries.from_json(row.value) or {}
                kept[entry] = combined(entry.kind, kept.get(entry), value)
        take_in(connection, deed, kept)
    connection.execute(delete(reading_awaited).where(reading_awaited.c.id.in_(arrival.row_ids)))


def take_in(connection: Connection, deed: Deed, values: Mapping[Entry, Value]) -> int:
    """Combine values with what is there; answers how many entries that changed."""
    return len(ledger.change(connection, deed, united(connection, deed.user_id, values)))


def united(
    connection: Connection, user_id: int, values: Mapping[Entry, Value]
) -> dict[Entry, Value | None]:
    """What entries are when values are combined with what is there; only looks."""
    there = entries.get_all(connection, user_id, values)
    wanted = {
        entry: combined(entry.kind, there.get(entry), value)
        for entry, value in without_stray_items(connection, user_id, values).items()
    }
    return lists.with_free_names(connection, user_id, wanted)


def without_stray_items(
    connection: Connection, user_id: int, values: Mapping[Entry, T]
) -> dict[Entry, T]:
    """The values without what would be in a list that is neither there nor among them."""
    lists = {Entry(Kind.LIST, name=one.name) for one in values if one.kind is Kind.LIST_ITEM}
    there = {*entries.get_all(connection, user_id, lists), *values}
    return {
        entry: value
        for entry, value in values.items()
        if entry.kind is not Kind.LIST_ITEM or Entry(Kind.LIST, name=entry.name) in there
    }


_WAITING = select(
    reading_awaited.c.id,
    reading_awaited.c.library,
    reading_awaited.c.path,
    reading_awaited.c.size,
    reading_awaited.c.fingerprint,
)
