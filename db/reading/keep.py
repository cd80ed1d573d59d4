"""What becomes of reading data when comics, series or people are taken out of the catalogue.

The tables refuse to lose a comic, a series or a user that reading data hangs on; whoever deletes
one calls this first, in the same transaction. Nothing is thrown away: what hung on a comic is kept
in `db.reading.awaited` until it turns up, and in the journal in any case.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import Connection, delete, select, update

from db.paths import display
from db.reading import awaited, entries, journal, ledger, subjects
from db.reading.awaited import Awaited
from db.reading.combine import combined
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Cause, Change, Deed
from db.reading.subjects import Subject
from db.schema import (
    comics,
    reading_awaited,
    reading_journal,
    reading_sessions,
    series,
)


def set_aside(
    connection: Connection,
    *,
    comic_ids: Collection[int] = (),
    series_ids: Collection[int] = (),
    cause: Cause = Cause.PURGE,
) -> None:
    """Free comics and series of everybody's reading data, which is kept until they turn up.

    What was read stays in the history and the statistics, under the names that the comics had.
    """
    for column, ids, named in (
        ("comic_id", comic_ids, subjects.of_comics(connection, comic_ids)),
        ("series_id", series_ids, subjects.of_series(connection, series_ids)),
    ):
        found = [
            (user_id, entry, value)
            for user_id, entry, value in entries.of_subjects(connection, column, ids)
            if entry.kind is not Kind.SESSION
        ]
        _set_aside(connection, found, named, cause)
    _keep_names(connection, comic_ids)


def merge(connection: Connection, from_id: int, to_id: int) -> None:
    """Two comics of the catalogue are one: all reading data of the first goes to the other."""
    found = list(entries.of_subjects(connection, "comic_id", [from_id]))
    for user_id in sorted({whose for whose, _, _ in found}):
        mine = {entry: value for whose, entry, value in found if whose == user_id}
        moved = {replace(entry, comic_id=to_id): value for entry, value in mine.items()}
        there = entries.get_all(connection, user_id, moved)
        changes = [Change(entry, value, None) for entry, value in mine.items()]
        changes += [
            Change(entry, there.get(entry), _united(entry.kind, there.get(entry), value))
            for entry, value in moved.items()
        ]
        changed = [one for one in changes if one.before != one.after]
        ledger.apply(connection, Deed(user_id, Cause.MERGE), changed)


def remove_user(connection: Connection, user_id: int) -> None:
    """Free a user of all reading data, so that they can be removed.

    The journal keeps what they had, and what waits for its comic, under their name; it is nobody's
    any more.
    """
    changes = [Change(entry, value, None) for entry, value in entries.of_user(connection, user_id)]
    kept = [
        (one.subject, Change(Entry(one.kind, name=one.name), one.value, None))
        for one in awaited.of_user(connection, user_id)
    ]
    deed = Deed(user_id, Cause.REMOVAL)
    ledger.apply(connection, deed, changes)
    journal.record_about(connection, deed, kept)
    connection.execute(delete(reading_awaited).where(reading_awaited.c.user_id == user_id))
    connection.execute(
        update(reading_journal).where(reading_journal.c.user_id == user_id).values(user_id=None)
    )


def _set_aside(
    connection: Connection,
    found: Collection[tuple[int, Entry, Value]],
    named: Mapping[int, Subject],
    cause: Cause,
) -> None:
    for user_id in sorted({whose for whose, _, _ in found}):
        deed = Deed(user_id, cause)
        mine = [(entry, value) for whose, entry, value in found if whose == user_id]
        awaited.keep(
            connection,
            deed,
            [
                Awaited(
                    named[entry.comic_id or entry.series_id or 0], entry.kind, entry.name, value
                )
                for entry, value in mine
            ],
        )
        ledger.apply(connection, deed, [Change(entry, value, None) for entry, value in mine])


def _keep_names(connection: Connection, comic_ids: Collection[int]) -> None:
    """Let the sittings go on without their comics, under the names of these."""
    rows = connection.execute(
        select(comics.c.id, comics.c.title, comics.c.number, comics.c.file_name, series.c.name)
        .join(series, series.c.id == comics.c.series_id)
        .where(
            comics.c.id.in_(
                select(reading_sessions.c.comic_id).where(
                    reading_sessions.c.comic_id.in_(comic_ids)
                )
            )
        )
    ).all()
    for row in rows:
        title = f"#{row.number}" if row.number else row.title or display(row.file_name.rstrip(b"/"))
        connection.execute(
            update(reading_sessions)
            .where(reading_sessions.c.comic_id == row.id)
            .values(
                comic_id=None,
                title=title,
                series_name=row.name,
                # Only with its comic a sitting's name was its own.
                session=reading_sessions.c.session + f" {secrets.token_hex(8)}",
            )
        )


def _united(kind: Kind, there: Value | None, value: Value) -> Value:
    """As `combined`, but the time spent on either was spent."""
    united = combined(kind, there, value)
    if kind is Kind.PROGRESS and there is not None:
        return {**united, "seconds_read": there["seconds_read"] + value["seconds_read"]}
    return united
