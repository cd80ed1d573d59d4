"""What the discover phase of a job is to walk: the whole library, or some of its folders.

A job without rows walks the whole library. Folders that are asked for while a job is under way are
added to it and walked before it ends; what a discovery has in hand bears its shard's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, func, insert, literal, select, true, update

from db import worklists
from db.dialect import insert_or_update, is_below
from db.schema import folders, job_folders, scan_jobs, series, shards
from db.states import Phase, ShardStatus
from db.times import now

EVERYTHING = b""  # the path of the library's root

_ADD = insert_or_update(
    job_folders,
    ("job_id", "path"),
    lambda _old, new: {
        "shard_id": None,
        "walked_at": None,
        "requested_by": new.requested_by,
        "requested_at": new.requested_at,
    },
)


def add(connection: Connection, job_id: int, paths: Iterable[bytes], requested_by: str) -> None:
    """Have a job walk folders (again), but for those that it is going to walk anyway."""
    _write_out_everything(connection, job_id)
    waiting = _waiting(connection, job_id)
    wanted = [path for path in outermost(paths) if waiting.isdisjoint(_around(path))]
    if wanted:
        connection.execute(_ADD, _rows(job_id, wanted, requested_by))


def begin_with(
    connection: Connection, job_id: int, paths: Iterable[bytes], requested_by: str
) -> None:
    """Have a new job walk these folders alone, of which there is one at least."""
    connection.execute(insert(job_folders), _rows(job_id, outermost(paths), requested_by))


def walk_again(connection: Connection, job_id: int) -> None:
    """Have a job walk once more all that it has walked, unless something waits to be walked."""
    if not is_any_waiting(connection, job_id):
        connection.execute(
            update(job_folders)
            .where(job_folders.c.job_id == job_id)
            .values(shard_id=None, walked_at=None)
        )


def take(connection: Connection, job_id: int, shard_id: int) -> list[bytes]:
    """What a discovery is to walk, which is in its hand from now on; none lies in another."""
    taken = connection.execute(
        update(job_folders)
        .where(job_folders.c.job_id == job_id, job_folders.c.walked_at.is_(None))
        .values(shard_id=shard_id)
        .returning(job_folders.c.path)
    ).scalars()
    return outermost(taken) or [EVERYTHING]


def note_walked(connection: Connection, job_id: int, shard_id: int) -> None:
    """Say that a discovery has done what it had in hand."""
    connection.execute(
        update(job_folders)
        .where(job_folders.c.job_id == job_id, job_folders.c.shard_id == shard_id)
        .values(walked_at=now())
    )


def is_any_waiting(connection: Connection, job_id: int, *, but_of: int = 0) -> bool:
    """Whether a folder is to be walked yet, but for those that a shard has in hand."""
    query = select(job_folders.c.path).where(
        job_folders.c.job_id == job_id,
        job_folders.c.walked_at.is_(None),
        func.coalesce(job_folders.c.shard_id, 0) != but_of if but_of else true(),
    )
    return connection.execute(query.limit(1)).first() is not None


def is_any_walked(connection: Connection, job_id: int) -> bool:
    """Whether the job has walked something already."""
    query = select(job_folders.c.path).where(
        job_folders.c.job_id == job_id, job_folders.c.walked_at.is_not(None)
    )
    return connection.execute(query.limit(1)).first() is not None


def is_of_everything(connection: Connection, job_id: int) -> bool:
    """Whether the whole library is, or was, for the job to walk."""
    paths = set(_paths(connection, job_id))
    return not paths or EVERYTHING in paths


def comics_known(connection: Connection, job_id: int) -> int:
    """How many comics there are, as far as is known, where a job walks."""
    library = select(scan_jobs.c.library_id).where(scan_jobs.c.id == job_id)
    library_id = connection.execute(library).scalar_one()
    if is_of_everything(connection, job_id):
        return worklists.comics_known(connection, library_id)
    return sum(
        int(connection.execute(_known_below(library_id, path)).scalar_one())
        for path in outermost(_paths(connection, job_id))
    )


def listing(connection: Connection, job_id: int) -> list[bytes]:
    """The folders that a job walks besides or instead of the whole library, by path."""
    return [path for path in _paths(connection, job_id) if path != EVERYTHING]


def outermost(paths: Iterable[bytes]) -> list[bytes]:
    """The paths that lie in none of the others, in order."""
    found: list[bytes] = []
    for path in sorted(paths, key=lambda one: one.split(b"/") if one else []):
        if not any(lies_in(path, other) for other in found[-1:]):
            found.append(path)
    return found


def lies_in(path: bytes, folder: bytes) -> bool:
    """Whether a path is a folder's, or of something in it."""
    return folder in (EVERYTHING, path) or path.startswith(folder + b"/")


def _paths(connection: Connection, job_id: int) -> list[bytes]:
    query = select(job_folders.c.path).where(job_folders.c.job_id == job_id)
    return list(connection.execute(query.order_by(job_folders.c.path)).scalars())


def _rows(job_id: int, paths: Iterable[bytes], requested_by: str) -> list[dict[str, Any]]:
    row = {"job_id": job_id, "requested_by": requested_by, "requested_at": now()}
    return [row | {"path": path} for path in paths]


def _waiting(connection: Connection, job_id: int) -> set[bytes]:
    """The folders that will be walked by a discovery that has not begun."""
    query = select(job_folders.c.path).where(
        job_folders.c.job_id == job_id,
        job_folders.c.walked_at.is_(None),
        job_folders.c.shard_id.is_(None),
    )
    return set(connection.execute(query).scalars())


def _around(path: bytes) -> Iterator[bytes]:
    """A folder and all that it lies in."""
    while path != EVERYTHING:
        yield path
        path = path.rpartition(b"/")[0]
    yield EVERYTHING


def _write_out_everything(connection: Connection, job_id: int) -> None:
    """Give a job without rows the one that says the same: all of the library."""
    if _paths(connection, job_id):
        return
    job = connection.execute(
        select(
            scan_jobs.c.created_at, scan_jobs.c.requested_by, scan_jobs.c.discover_completed_at
        ).where(scan_jobs.c.id == job_id)
    ).one()
    at_work = select(shards.c.id).where(
        shards.c.job_id == job_id,
        shards.c.phase == Phase.DISCOVER,
        shards.c.status == ShardStatus.RUNNING,
    )
    connection.execute(
        insert(job_folders).values(
            job_id=job_id,
            path=EVERYTHING,
            shard_id=connection.execute(at_work).scalar(),
            walked_at=job.discover_completed_at,
            requested_by=job.requested_by,
            requested_at=job.created_at,
        )
    )


def _known_below(library_id: int, path: bytes) -> Select[Any]:
    below = (folders.c.path == path) | is_below(folders.c.path, literal(path))
    return (
        select(func.coalesce(func.sum(series.c.comic_count), 0))
        .join(folders, folders.c.id == series.c.folder_id)
        .where(folders.c.library_id == library_id, below)
    )
