"""Asking for a scan of one folder or one series, as programs do that have just put a comic there.

A folder is named by its path below its library, or by the one that it has on the disk; the path of
a file stands for the folder that it is in. Looking at the disk is a step of its own, outside of any
transaction.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from db import jobs, scan_requests, worklists
from db.libraries import Library
from db.paths import below, display
from db.schema import folders, series


class NoSuchFolder(ValueError):
    """There is nothing to scan there; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of a library, by its path below it; `is_known` of what an earlier scan found."""

    library_id: int
    library: str
    root: bytes
    path: bytes
    is_known: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The job that scans a folder; it was `appended` to one that was under way already."""

    library: str
    job_id: int
    appended: bool


def of_folder(connection: Connection, library: str | int | None, folder: str) -> Place:
    """Where a folder is; raises NoSuchLibrary and NoSuchFolder.

    Without a library, an absolute path tells it, and so does there being only one.
    """
    asked = os.fsencode(folder)
    if "\0" in folder or not folder:
        raise NoSuchFolder("A folder is named by its path.")
    chosen = scan_requests.chosen(connection, library)
    for one in chosen:
        path = _path_in(one, asked)
        if path is not None and (os.path.isabs(asked) or len(chosen) == 1):
            return _place(connection, one, path)
    if os.path.isabs(asked) or len(chosen) == 1:
        where = f"the library {chosen[0].name}" if len(chosen) == 1 else "a library"
        raise NoSuchFolder(f"{folder} is not in {where}.")
    raise NoSuchFolder(f"Say in which library {folder} is; there are {len(chosen)}.")


def of_series(connection: Connection, library: str | int | None, series_id: int) -> Place:
    """The folder of a series; raises NoSuchLibrary and NoSuchFolder."""
    row = connection.execute(
        select(series.c.library_id, folders.c.path)
        .join(folders, folders.c.id == series.c.folder_id)
        .where(series.c.id == series_id)
    ).one_or_none()
    for one in scan_requests.chosen(connection, library):
        if row is not None and one.id == row.library_id:
            return _place(connection, one, row.path)
    raise NoSuchFolder(f"There is no series {series_id}.")


def as_on_disk(place: Place) -> Place:
    """The folder to be scanned, as the disk has it; raises NoSuchFolder when it never was there."""
    absolute = below(place.root, place.path)
    if place.path and os.path.isfile(absolute):
        return replace(place, path=place.path.rpartition(b"/")[0])
    if not place.is_known and not os.path.isdir(absolute):
        raise NoSuchFolder(
            f"There is no folder {display(place.path)} in the library {place.library}."
        )
    return place


def request(connection: Connection, place: Place, requested_by: str) -> Answer:
    """Have the folder scanned, with all in it, by the job under way or by one of its own.

    One of its own tries again what failed there.
    """
    job_id, appended = jobs.request_folders(
        connection, place.library_id, [place.path], requested_by
    )
    if not appended:
        worklists.put_back_failed(connection, place.library_id, place.path)
    return Answer(place.library, job_id, appended)


def _path_in(library: Library, asked: bytes) -> bytes | None:
    """The path below a library; None when it is not in it."""
    path = os.path.normpath(os.path.join(library.path, asked))
    root = os.path.normpath(library.path)
    if path == root:
        return b""
    prefix = root.rstrip(b"/") + b"/"
    return path.removeprefix(prefix) if path.startswith(prefix) else None


def _place(connection: Connection, library: Library, path: bytes) -> Place:
    known = select(folders.c.id).where(folders.c.library_id == library.id, folders.c.path == path)
    is_known = connection.execute(known).first() is not None
    return Place(library.id, library.name, library.path, path, is_known)
