"""Libraries: the folders that Longbox looks after, and what an admin does with them.

Adding one does not scan it. Moving one keeps everything that is known of its comics; removing one
forgets its comics, bit by bit in the background, and leaves the files alone. What is in a library
is `db.catalogue`'s and the stages' business.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from db.paths import display
from db.schema import folders, libraries, scan_jobs, series
from db.settings import settings
from db.states import ACTIVE
from db.times import now

LONGEST_NAME = 100
MOST_PATTERNS = 200
LONGEST_PATTERN = 500


class LibraryError(ValueError):
    """Something about libraries cannot be done; the message is for the person who asked."""


class FolderUnusable(LibraryError):
    """This folder cannot be a library."""


class NameUnfit(LibraryError):
    """This cannot be a library's name."""


class PatternsUnfit(LibraryError):
    """These cannot be ignore patterns."""


class NameTaken(LibraryError):
    """Another library has this name."""


class AlreadyRegistered(LibraryError):
    """The folder is a library already."""


class NoSuchLibrary(LibraryError):
    """There is no library of this name or id."""


class BeingRemoved(LibraryError):
    """This has to wait until a library that was removed is forgotten."""


class ScanUnderWay(LibraryError):
    """This has to wait until the library's scan has ended."""


@dataclass(frozen=True, slots=True)
class Library:
    """One library; `path` is absolute and without symbolic links, as it was when it was added.

    With `loose_folders`, a folder of loose pictures in it is a comic.
    """

    id: int
    name: str
    path: bytes
    ignore_patterns: str
    loose_folders: bool
    created_at: float


_COLUMNS = (
    libraries.c.id,
    libraries.c.name,
    libraries.c.path,
    libraries.c.ignore_patterns,
    libraries.c.loose_folders,
    libraries.c.created_at,
)


def usable_folder(path: str | bytes) -> bytes:
    """The real path of a folder that can be a library; raises FolderUnusable.

    This looks at the disk, so it is called before a transaction and not in one.
    """
    given = os.fsencode(path)
    if not given or b"\0" in given:
        raise FolderUnusable("Say which folder your comics are in.")
    try:
        is_folder = stat.S_ISDIR(os.stat(given).st_mode)
        readable = os.access(given, os.R_OK | os.X_OK)
    except PermissionError:
        is_folder, readable = True, False
    except OSError:
        raise FolderUnusable(f"There is no folder {display(given)}. Is its disk mounted?") from None
    if not is_folder:
        raise FolderUnusable(f"{display(given)} is not a folder.")
    if not readable:
        raise FolderUnusable(f"Longbox may not read {display(given)}. Change its permissions.")
    return os.path.realpath(given)


def add(
    connection: Connection, folder: bytes, name: str | None = None, *, loose_folders: bool = False
) -> Library:
    """Register a folder that `usable_folder` answered; its own name is the default name.

    Raises AlreadyRegistered, FolderUnusable (inside or around another library, or Longbox's own
    data), NameTaken, NameUnfit, or BeingRemoved while a library of that folder or name is.
    """
    _refuse_overlap(connection, folder)
    name = _checked_name(name or _name_of(folder))
    _refuse_taken(connection, name)
    library_id = connection.execute(
        insert(libraries)
        .values(
            name=name,
            path=folder,
            ignore_patterns="",
            loose_folders=loose_folders,
            created_at=now(),
        )
        .returning(libraries.c.id)
    ).scalar_one()
    return get(connection, library_id)


def get(connection: Connection, library_id: int) -> Library:
    """The library of this id; raises NoSuchLibrary."""
    row = connection.execute(_libraries().where(libraries.c.id == library_id)).first()
    if row is None:
        raise NoSuchLibrary("There is no such library (any more).")
    return Library(*row)


def named(connection: Connection, name: str) -> Library:
    """The library of this name; raises NoSuchLibrary."""
    row = connection.execute(_libraries().where(libraries.c.name == name)).first()
    if row is None:
        raise NoSuchLibrary(f"There is no library named {name}. `longbox library list` shows all.")
    return Library(*row)


def listing(connection: Connection) -> list[Library]:
    """All libraries in the order of their names."""
    return [
        Library(*row) for row in connection.execute(_libraries().order_by(libraries.c.name)).all()
    ]


def comic_counts(connection: Connection) -> dict[int, int]:
    """How many comics each library has on the disk, by its id; one without series is left out."""
    rows = connection.execute(
        select(series.c.library_id, func.sum(series.c.comic_count)).group_by(series.c.library_id)
    ).all()
    return {library_id: int(count) for library_id, count in rows}


def move(connection: Connection, library_id: int, folder: bytes) -> None:
    """Say that a library is now at a folder that `usable_folder` answered.

    The next scan lists every folder there, whatever the time stamps say. Raises as `add` does,
    NoSuchLibrary and ScanUnderWay.
    """
    get(connection, library_id)
    _refuse_while_scanning(connection, library_id)
    _refuse_overlap(connection, folder, but=library_id)
    connection.execute(
        update(libraries)
        .where(libraries.c.id == library_id)
        .values(path=folder, root_device=None, stamps_doubt=None)
    )
    _distrust_time_stamps(connection, library_id)


def set_ignore_patterns(connection: Connection, library_id: int, patterns: list[str]) -> None:
    """Set which names the next scan passes over, each a glob; raises PatternsUnfit."""
    get(connection, library_id)
    kept = checked_patterns(patterns)
    connection.execute(
        update(libraries)
        .where(libraries.c.id == library_id)
        .values(ignore_patterns="\n".join(kept))
    )
    _distrust_time_stamps(connection, library_id)


def checked_patterns(patterns: Iterable[str]) -> list[str]:
    """Ignore patterns as they are kept, without empty lines; raises PatternsUnfit."""
    kept = [pattern.strip() for pattern in patterns if pattern.strip()]
    if len(kept) > MOST_PATTERNS:
        raise PatternsUnfit(f"At most {MOST_PATTERNS} ignore patterns, please.")
    for pattern in kept:
        if len(pattern) > LONGEST_PATTERN or not pattern.isprintable():
            raise PatternsUnfit(
                "An ignore pattern is a name such as *.tmp, in at most "
                f"{LONGEST_PATTERN} characters that can be seen."
            )
    return kept


def set_loose_folders(connection: Connection, library_id: int, are_comics: bool) -> None:
    """Set whether the next scan takes folders of loose pictures for comics."""
    get(connection, library_id)
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(loose_folders=are_comics)
    )
    _distrust_time_stamps(connection, library_id)


def stamps_doubt(connection: Connection, library_id: int) -> str | None:
    """Why quick scans of a library list every folder, if a scan has seen reason to."""
    query = select(libraries.c.stamps_doubt).where(libraries.c.id == library_id)
    return connection.execute(query).scalar()


def rely_on_stamps(connection: Connection, library_id: int) -> None:
    """Rely on the time stamps of a library's folders again, once each has been listed."""
    get(connection, library_id)
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(stamps_doubt=None)
    )
    _distrust_time_stamps(connection, library_id)


def ask_removal(connection: Connection, library_id: int) -> None:
    """Say that a library is to be forgotten; from now on it is there for nobody.

    The worker forgets it bit by bit (`db/purges.py`). Raises NoSuchLibrary, or ScanUnderWay.
    """
    get(connection, library_id)
    _refuse_while_scanning(connection, library_id)
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(removed_at=now())
    )


def being_removed(connection: Connection) -> list[tuple[int, str]]:
    """The libraries that are to be forgotten and are not yet: id and name."""
    query = select(libraries.c.id, libraries.c.name).where(libraries.c.removed_at.is_not(None))
    return [(row.id, row.name) for row in connection.execute(query.order_by(libraries.c.id))]


def _distrust_time_stamps(connection: Connection, library_id: int) -> None:
    connection.execute(
        update(folders).where(folders.c.library_id == library_id).values(mtime_ns=None)
    )


def _libraries() -> Select[Any]:
    """The libraries that are there, and not being removed."""
    return select(*_COLUMNS).where(libraries.c.removed_at.is_(None))


def _refuse_overlap(connection: Connection, folder: bytes, *, but: int | None = None) -> None:
    _refuse_being_removed(connection, libraries.c.path == folder)
    for other in listing(connection):
        if other.id == but:
            continue
        if other.path == folder:
            raise AlreadyRegistered(f"{display(folder)} is the library {other.name} already.")
        if _is_below(folder, other.path):
            raise FolderUnusable(
                f"{display(folder)} lies inside the library {other.name} and is scanned with it."
            )
        if _is_below(other.path, folder):
            raise FolderUnusable(
                f"{display(folder)} has the library {other.name} in it ({display(other.path)}). "
                "Remove that one first, or add folders beside it."
            )
    data = os.fsencode(os.path.realpath(settings().data))
    if folder == data or _is_below(folder, data) or _is_below(data, folder):
        raise FolderUnusable(
            f"{display(folder)} and Longbox's own data ({display(data)}) lie in each other. "
            "Choose a folder that has comics only, or put the data elsewhere (LONGBOX_DATA)."
        )


def _is_below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder.rstrip(b"/") + b"/")


def _refuse_being_removed(connection: Connection, like: ColumnElement[bool]) -> None:
    name = connection.execute(
        select(libraries.c.name).where(libraries.c.removed_at.is_not(None), like)
    ).scalar()
    if name is not None:
        raise BeingRemoved(f"The library {name} is still being removed. Try again in a moment.")


def _refuse_taken(connection: Connection, name: str) -> None:
    _refuse_being_removed(connection, libraries.c.name == name)
    if connection.execute(select(libraries.c.id).where(libraries.c.name == name)).first():
        raise NameTaken(f"There is a library named {name} already. Give this one another name.")


def _refuse_while_scanning(connection: Connection, library_id: int) -> None:
    row = connection.execute(
        select(scan_jobs.c.id, libraries.c.name)
        .join(libraries, libraries.c.id == scan_jobs.c.library_id)
        .where(scan_jobs.c.library_id == library_id, scan_jobs.c.status.in_(ACTIVE))
    ).first()
    if row is not None:
        raise ScanUnderWay(
            f"A scan of {row.name} is under way (job {row.id}). Wait until it ends, or cancel it."
        )


def _name_of(folder: bytes) -> str:
    return display(os.path.basename(folder)).strip() or "Comics"


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise NameUnfit(
            f"A library's name has 1 to {LONGEST_NAME} characters, all of which can be seen."
        )
    return name
