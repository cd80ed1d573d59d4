"""The journal: every change of anybody's reading data, with what was before and what is after.

Rows are only ever added, and refer to no comic, so that nothing that happens to the catalogue can
touch them. What they are about is written down in words that find it again (`db.reading.subjects`).
Who changes reading data calls `db.reading.ledger`; this module writes and lists.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from db.reading import subjects
from db.reading.entries import Entry, Kind, Value, as_json, from_json
from db.reading.subjects import Subject
from db.schema import reading_journal, users
from db.times import now


class Cause(StrEnum):
    """Why reading data was changed."""

    READ = "read"  # reported while reading
    PERSON = "person"  # somebody said so: marked read, bookmarked, rated …
    IMPORT = "import"  # brought from a file or another server
    RESTORE = "restore"  # brought back to an earlier point
    UNDO = "undo"  # one deed taken back
    PURGE = "purge"  # the comic was deleted from the catalogue
    RETURN = "return"  # … and came back
    MERGE = "merge"  # two comics of the catalogue turned out to be one
    REMOVAL = "removal"  # the user was removed


@dataclass(frozen=True, slots=True)
class Deed:
    """All that is changed in one go for one user: why, from which device, and when."""

    user_id: int
    cause: Cause
    device: str = ""
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    at: float = field(default_factory=now)


@dataclass(frozen=True, slots=True)
class Change:
    """An entry's value before and after; None where there is none."""

    entry: Entry
    before: Value | None
    after: Value | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal."""

    id: int
    at: float
    deed: str
    cause: Cause
    change: Change
    subject: Subject | None
    device: str


def record(connection: Connection, deed: Deed, changes: Sequence[Change]) -> None:
    """Write changes down, each as a row."""
    if not changes:
        return
    about_comics = subjects.of_comics(
        connection, (one.entry.comic_id for one in changes if one.entry.comic_id is not None)
    )
    about_series = subjects.of_series(
        connection, (one.entry.series_id for one in changes if one.entry.series_id is not None)
    )
    record_about(
        connection,
        deed,
        [
            (
                about_comics.get(one.entry.comic_id or 0)
                or about_series.get(one.entry.series_id or 0),
                one,
            )
            for one in changes
        ],
    )


def record_about(
    connection: Connection, deed: Deed, changes: Sequence[tuple[Subject | None, Change]]
) -> None:
    """Write changes down whose subjects are known, be they in the catalogue or not."""
    if not changes:
        return
    name = connection.execute(select(users.c.name).where(users.c.id == deed.user_id)).scalar_one()
    rows = [
        {
            "user_id": deed.user_id,
            "user_name": name,
            "at": deed.at,
            "deed": deed.id,
            "cause": deed.cause,
            "kind": one.entry.kind,
            "comic_id": one.entry.comic_id,
            "series_id": one.entry.series_id,
            "library": subject and subject.library,
            "path": subject and subject.path,
            "size": subject and subject.size,
            "fingerprint": subject and subject.fingerprint,
            "name": one.entry.name,
            "before": as_json(one.before),
            "after": as_json(one.after),
            "device": deed.device,
        }
        for subject, one in changes
    ]
    connection.execute(insert(reading_journal), rows)


def last_line(
    connection: Connection, user_id: int, entry: Entry, *, until: float | None = None
) -> Line | None:
    """The last line about a user's entry of a comic, of those up to a moment if one is given."""
    query = select(reading_journal).where(
        reading_journal.c.user_id == user_id,
        reading_journal.c.comic_id == entry.comic_id,
        reading_journal.c.kind == entry.kind,
        reading_journal.c.name == entry.name,
    )
    if until is not None:
        query = query.where(reading_journal.c.at <= until)
    row = connection.execute(query.order_by(reading_journal.c.id.desc()).limit(1)).first()
    return None if row is None else _line(row)


def lines(
    connection: Connection,
    user_id: int,
    *,
    after: float | None = None,
    deed: str | None = None,
) -> Iterator[Line]:
    """The lines about a user, oldest first: those after a moment, or those of one deed."""
    query = select(reading_journal).where(reading_journal.c.user_id == user_id)
    if after is not None:
        query = query.where(reading_journal.c.at > after)
    if deed is not None:
        query = query.where(reading_journal.c.deed == deed)
    for row in connection.execute(query.order_by(reading_journal.c.id)):
        yield _line(row)


def newest(
    connection: Connection, user_id: int, *, limit: int, before_id: int | None = None
) -> list[Line]:
    """A page of the lines about a user, newest first, of those older than the one of that id."""
    query = select(reading_journal).where(reading_journal.c.user_id == user_id)
    if before_id is not None:
        query = query.where(reading_journal.c.id < before_id)
    rows = connection.execute(query.order_by(reading_journal.c.id.desc()).limit(limit))
    return [_line(row) for row in rows]


def taken_away(connection: Connection, user_id: int) -> dict[Entry, float]:
    """What a user has taken away by hand, and when they last did."""
    rows = connection.execute(
        select(
            reading_journal.c.kind,
            reading_journal.c.comic_id,
            reading_journal.c.series_id,
            reading_journal.c.name,
            reading_journal.c.at,
        )
        .where(
            reading_journal.c.user_id == user_id,
            reading_journal.c.cause == Cause.PERSON,
            reading_journal.c.after.is_(None),
        )
        .order_by(reading_journal.c.id)
    )
    return {Entry(Kind(row.kind), row.comic_id, row.series_id, row.name): row.at for row in rows}


def of_removed(connection: Connection, name: str) -> Iterator[Line]:
    """The lines that say what the user who was last removed under a name had."""
    of_nobody = select(reading_journal).where(
        reading_journal.c.user_id.is_(None),
        reading_journal.c.user_name == name,
        reading_journal.c.cause == Cause.REMOVAL,
    )
    last = connection.execute(of_nobody.order_by(reading_journal.c.id.desc()).limit(1)).first()
    if last is not None:
        deed = reading_journal.c.deed == last.deed
        for row in connection.execute(of_nobody.where(deed).order_by(reading_journal.c.id)):
            yield _line(row)


def _line(row: Row[Any]) -> Line:
    entry = Entry(Kind(row.kind), row.comic_id, row.series_id, row.name)
    subject = None
    if row.path is not None:
        subject = Subject(row.library, row.path, row.size, row.fingerprint)
    change = Change(entry, from_json(row.before), from_json(row.after))
    return Line(row.id, row.at, row.deed, Cause(row.cause), change, subject, row.device)
