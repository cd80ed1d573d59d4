"""Which libraries are watched for changes, and how the worker does it.

The watching itself is `stages/watch.py`'s; what changes is scanned as folders that somebody asked
for (`db/job_folders.py`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from db import jobs
from db.libraries import get
from db.schema import libraries
from db.states import WatchMode

BY = "the watch"


@dataclass(frozen=True, slots=True)
class Watched:
    """A library that is to be watched, and what is passed over in it."""

    library_id: int
    root: bytes
    ignore_patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watching:
    """Whether a library is watched; `mode` is None as long as the worker has not begun to, and
    `reason` says why it does not hear of changes at once."""

    on: bool
    mode: WatchMode | None
    reason: str | None


def wanted(connection: Connection) -> list[Watched]:
    """The libraries that are to be watched."""
    query = select(libraries.c.id, libraries.c.path, libraries.c.ignore_patterns).where(
        libraries.c.watch, libraries.c.removed_at.is_(None)
    )
    return [
        Watched(row.id, row.path, tuple(row.ignore_patterns.splitlines()))
        for row in connection.execute(query.order_by(libraries.c.id))
    ]


def of_libraries(connection: Connection) -> dict[int, Watching]:
    """How each library is watched, by its id."""
    rows = connection.execute(
        select(libraries.c.id, libraries.c.watch, libraries.c.watch_mode, libraries.c.watch_reason)
    )
    return {
        row.id: Watching(row.watch, WatchMode(row.watch_mode), row.watch_reason)
        if row.watch and row.watch_mode
        else Watching(row.watch, None, None)
        for row in rows
    }


def turn(connection: Connection, library_id: int, on: bool) -> None:
    """Have a library watched, or not; raises NoSuchLibrary."""
    get(connection, library_id)
    _set(connection, library_id, watch=on, watch_mode=None, watch_reason=None)


def tell(connection: Connection, library_id: int, mode: WatchMode, reason: str | None) -> None:
    """Write down how the worker watches a library."""
    _set(connection, library_id, watch_mode=mode, watch_reason=reason)


def request(connection: Connection, library_id: int, folders: Collection[bytes]) -> int | None:
    """Have folders that have changed scanned; answers the job that does it, if the library is
    there."""
    there = select(libraries.c.id).where(
        libraries.c.id == library_id, libraries.c.watch, libraries.c.removed_at.is_(None)
    )
    if connection.execute(there).first() is None:
        return None
    return jobs.request_folders(connection, library_id, folders, BY)[0]


def _set(connection: Connection, library_id: int, **values: object) -> None:
    connection.execute(update(libraries).where(libraries.c.id == library_id).values(values))
