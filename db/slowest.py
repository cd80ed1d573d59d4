"""The files and folders of a phase that took longest, as its stages measured them.

A file's time is the longest that it was in hand at one time; a folder's is the sum of what its
files took. Each list keeps some tens of rows, whatever the size of the library.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, select

from db import job_comics
from db.dialect import insert_or_update
from db.paths import display
from db.schema import job_slowest
from db.states import Phase

SHOWN = 20
KEPT = 40  # of each list: folders' times come in parts


@dataclass(frozen=True, slots=True)
class Slow:
    """A path below the library's root and how many seconds it took; a folder's for how many
    files."""

    path: bytes
    seconds: float
    is_folder: bool = False
    files: int = 1


@dataclass(frozen=True, slots=True)
class Slowest:
    """A slow file or folder of a job; `comic_id` is None of a folder, and of a file that is no
    comic now."""

    phase: Phase
    path: str
    seconds: float
    files: int
    comic_id: int | None


_STORE = insert_or_update(
    job_slowest,
    ("job_id", "phase", "is_folder", "path"),
    lambda old, new: {
        "seconds": case(
            (old.is_folder, old.seconds + new.seconds),
            (old.seconds > new.seconds, old.seconds),
            else_=new.seconds,
        ),
        "files": case((old.is_folder, old.files + new.files), else_=old.files),
    },
)


def store(connection: Connection, job_id: int, phase: Phase, slow: Iterable[Slow]) -> None:
    """Add what was measured to a phase's lists, and keep the slowest."""
    rows = [
        {
            "job_id": job_id,
            "phase": phase,
            "is_folder": one.is_folder,
            "path": one.path,
            "seconds": one.seconds,
            "files": one.files,
        }
        for one in slow
    ]
    if not rows:
        return
    connection.execute(_STORE, rows)
    for is_folder in (False, True):
        of_list = (
            job_slowest.c.job_id == job_id,
            job_slowest.c.phase == phase,
            job_slowest.c.is_folder == is_folder,
        )
        slowest = job_slowest.c.seconds.desc()
        kept = select(job_slowest.c.path).where(*of_list).order_by(slowest).limit(KEPT)
        connection.execute(delete(job_slowest).where(*of_list, job_slowest.c.path.not_in(kept)))


def listing(
    connection: Connection, job_id: int, *, is_folder: bool, phase: Phase | None = None
) -> list[Slowest]:
    """The files, or the folders, that took longest in one phase or in all, the slowest first."""
    query = (
        select(job_slowest.c.phase, job_slowest.c.path, job_slowest.c.seconds, job_slowest.c.files)
        .where(job_slowest.c.job_id == job_id, job_slowest.c.is_folder == is_folder)
        .order_by(job_slowest.c.seconds.desc())
        .limit(SHOWN)
    )
    if phase is not None:
        query = query.where(job_slowest.c.phase == phase)
    rows = connection.execute(query).all()
    ids = {} if is_folder else job_comics.at_paths(connection, job_id, {row.path for row in rows})
    return [
        Slowest(Phase(row.phase), display(row.path), row.seconds, row.files, ids.get(row.path))
        for row in rows
    ]
