"""What a job had to do with single comics: where they are, and what was wrong with them.

Of one job and comic the errors that are mended since are told, too; what still is wrong with files
is in `db/errors.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, false, or_, select

from db.errors import ADVICE
from db.paths import join
from db.schema import comics, folders, job_errors, scan_jobs
from db.states import ErrorClass, Phase


@dataclass(frozen=True, slots=True)
class ComicError:
    """What was wrong with a comic in a phase; moments are epoch seconds."""

    phase: Phase
    error_class: ErrorClass
    message: str
    attempts: int
    first_seen_at: float
    last_seen_at: float
    resolved_at: float | None

    @property
    def advice(self) -> str:
        return ADVICE[self.error_class]


def path_of(connection: Connection, job_id: int, comic_id: int) -> bytes | None:
    """Where a comic of the job's library is, below its root; None when it has none of that id."""
    row = connection.execute(
        select(folders.c.path, comics.c.file_name)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(comics.c.id == comic_id, folders.c.library_id == _library(job_id))
    ).one_or_none()
    return None if row is None else join(row.path, row.file_name)


def at_paths(connection: Connection, job_id: int, paths: Collection[bytes]) -> dict[bytes, int]:
    """Which comics of the job's library are at some paths below its root: path → id."""
    places = [path.rpartition(b"/") for path in paths]
    is_there = (
        (folders.c.path == folder) & (comics.c.file_name == name) for folder, _, name in places
    )
    query = (
        select(folders.c.path, comics.c.file_name, comics.c.id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(folders.c.library_id == _library(job_id), or_(false(), *is_there))
    )
    return {join(folder, name): one for folder, name, one in connection.execute(query)}


def errors(connection: Connection, job_id: int, comic_id: int) -> list[ComicError]:
    """All that was wrong with a comic in a job, in the order in which it was found."""
    query = (
        select(*(job_errors.c[name] for name in ComicError.__slots__))
        .where(job_errors.c.comic_id == comic_id, job_errors.c.job_id == job_id)
        .order_by(job_errors.c.id)
    )
    return [
        ComicError(Phase(phase), ErrorClass(error_class), *rest)
        for phase, error_class, *rest in connection.execute(query)
    ]


def _library(job_id: int) -> Any:
    return select(scan_jobs.c.library_id).where(scan_jobs.c.id == job_id).scalar_subquery()
