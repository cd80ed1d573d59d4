"""What reading data is about, in words that outlast the catalogue's ids.

A comic that was purged and comes back is another row; its library's name and its path, or its
pages' fingerprint, say that it is the same comic. A series is known by its folder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from db.paths import join
from db.schema import comics, folders, libraries, series

AT_ONCE = 500  # comics that one statement looks for


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


def find_comics(connection: Connection, wanted: Iterable[Subject]) -> dict[Subject, int]:
    """The comics that are meant, of those that are there.

    A comic is the one at the path; else the one that has the pages; else, where the pages are not
    known, the one at the path below another library, or of the name and size. Where two comics
    would do, none is taken. One at the path with other pages is only taken where none has these.
    """
    found: dict[Subject, int] = {}
    open_: list[Subject] = []
    for subject in dict.fromkeys(wanted):
        there = _at_path(connection, subject)
        if there is not None:
            found[subject] = there.id
        if there is None or subject.fingerprint not in (None, there.fingerprint):
            open_.append(subject)
    for start in range(0, len(open_), AT_ONCE):
        chunk = open_[start : start + AT_ONCE]
        alike = _alike(connection, chunk)
        for subject in chunk:
            if (comic_id := _same(subject, alike)) is not None:
                found[subject] = comic_id
    return found


def find_series(connection: Connection, subject: Subject) -> int | None:
    """The series of that folder; else the one series of such a folder below another library."""
    rows = connection.execute(
        select(series.c.id, libraries.c.name)
        .join(folders, folders.c.id == series.c.folder_id)
        .join(libraries, libraries.c.id == folders.c.library_id)
        .where(folders.c.path == subject.path)
    ).all()
    fitting = [row.id for row in rows if row.name == subject.library] or [row.id for row in rows]
    return fitting[0] if len(fitting) == 1 else None


def series_came(connection: Connection, ids: Collection[int]) -> dict[int, float]:
    """When the series of these ids came into the catalogue, epoch seconds."""
    rows = connection.execute(select(series.c.id, series.c.added_at).where(series.c.id.in_(ids)))
    return {row.id: row.added_at for row in rows}


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


def _at_path(connection: Connection, subject: Subject) -> Row[Any, Any] | None:
    """The id and the fingerprint of the comic there."""
    folder, _, name = subject.path.rpartition(b"/")
    return connection.execute(
        select(comics.c.id, comics.c.fingerprint)
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == folders.c.library_id)
        .where(
            libraries.c.name == subject.library,
            folders.c.path == folder,
            comics.c.file_name == name,
        )
    ).first()


def _alike(connection: Connection, wanted: Sequence[Subject]) -> dict[int, Subject]:
    """The comics that have the name or the pages of one that is wanted."""
    names = sorted({_name(one) for one in wanted})
    prints = sorted({one.fingerprint for one in wanted if one.fingerprint is not None})
    ids = connection.execute(
        select(comics.c.id).where(
            or_(comics.c.file_name.in_(names), comics.c.fingerprint.in_(prints))
        )
    ).scalars()
    return of_comics(connection, ids)


def _same(wanted: Subject, alike: Mapping[int, Subject]) -> int | None:
    """The one comic that is the wanted one by the first sign that any has."""
    if wanted.fingerprint is not None:
        signs: tuple[Callable[[Subject], bool], ...] = (
            lambda one: one.fingerprint == wanted.fingerprint,
        )
    else:
        signs = (
            lambda one: one.path == wanted.path,
            lambda one: (_name(one), one.size) == (_name(wanted), wanted.size),
        )
    for sign in signs:
        fitting = [comic_id for comic_id, one in alike.items() if sign(one)]
        if fitting:
            return fitting[0] if len(fitting) == 1 else None
    return None


def _name(subject: Subject) -> bytes:
    return subject.path.rpartition(b"/")[2]
