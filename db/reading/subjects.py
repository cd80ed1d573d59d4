"""What reading data is about, in words that outlast the catalogue's ids.

A comic that was purged and comes back is another row; its library's name and its path, or its
pages' fingerprint, say that it is the same comic. A series is known by its folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db.paths import join
from db.schema import comics, folders, libraries, series


class NotThere(LookupError):
    """There is no such comic, series, bookmark …; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A comic or, without a size, a series. The path is below the library."""

    library: str
    path: bytes
    size: int | None = None
    fingerprint: bytes | None = None


def of_comics(connection: Connection, ids: Iterable[int]) -> dict[int, Subject]:
    """The comics of these ids, as they are now."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(
        select(
            comics.c.id,
            libraries.c.name,
            folders.c.path,
            comics.c.file_name,
            comics.c.size,
            comics.c.fingerprint,
        )
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == comics.c.library_id)
        .where(comics.c.id.in_(wanted))
    )
    return {
        row.id: Subject(row.name, join(row.path, row.file_name), row.size, row.fingerprint)
        for row in rows
    }


def of_series(connection: Connection, ids: Iterable[int]) -> dict[int, Subject]:
    """The series of these ids, as they are now."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(
        select(series.c.id, libraries.c.name, folders.c.path)
        .join(folders, folders.c.id == series.c.folder_id)
        .join(libraries, libraries.c.id == series.c.library_id)
        .where(series.c.id.in_(wanted))
    )
    return {row.id: Subject(row.name, row.path) for row in rows}


def find_comic(connection: Connection, subject: Subject) -> int | None:
    """The comic at that path, else the one with those pages if there is just one."""
    folder, _, name = subject.path.rpartition(b"/")
    at_path = connection.execute(
        select(comics.c.id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == folders.c.library_id)
        .where(
            libraries.c.name == subject.library,
            folders.c.path == folder,
            comics.c.file_name == name,
        )
    ).scalar()
    if at_path is not None or subject.fingerprint is None:
        return at_path
    same = connection.execute(
        select(comics.c.id).where(comics.c.fingerprint == subject.fingerprint).limit(2)
    ).all()
    return int(same[0].id) if len(same) == 1 else None


def find_series(connection: Connection, subject: Subject) -> int | None:
    """The series of that folder."""
    return connection.execute(
        select(series.c.id)
        .join(folders, folders.c.id == series.c.folder_id)
        .join(libraries, libraries.c.id == folders.c.library_id)
        .where(libraries.c.name == subject.library, folders.c.path == subject.path)
    ).scalar()


def page_count_of(connection: Connection, comic_id: int) -> int | None:
    """A comic's pages, None before it is indexed; raises NotThere."""
    row = connection.execute(
        select(comics.c.page_count).where(comics.c.id == comic_id)
    ).one_or_none()
    if row is None:
        raise NotThere("There is no such comic (any more).")
    count: int | None = row.page_count
    return count


def require_series(connection: Connection, series_id: int) -> None:
    """Raises NotThere unless there is a series of this id."""
    if connection.execute(select(series.c.id).where(series.c.id == series_id)).first() is None:
        raise NotThere("There is no such series (any more).")
