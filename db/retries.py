"""What a retry of a job puts back on the work lists, of what failed in it.

Whether a job may be opened again, and where it goes on then, is `db/jobs.py`'s.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, case, select, update

from db import artwork, errors, job_folders, worklists
from db.dialect import find_rows
from db.errors import ItemError
from db.schema import folders, scan_jobs, shards
from db.states import Phase, WorkState
from db.status import JobStateForbids


def of_shard(
    connection: Connection, job_id: int, shard_id: int, items: Sequence[ItemError]
) -> list[ItemError]:
    """Those of the items that failed in one shard of the job; raises JobStateForbids if it has no
    such shard."""
    shard = connection.execute(
        select(shards.c.phase, shards.c.first_id, shards.c.last_id).where(
            shards.c.id == shard_id, shards.c.job_id == job_id
        )
    ).one_or_none()
    if shard is None:
        raise JobStateForbids(f"Job {job_id} has no shard {shard_id}.")
    of_its_phase = [item for item in items if item.phase == shard.phase]
    if shard.first_id is None:  # a walk, or the pictures beside the comics
        return [item for item in of_its_phase if shard.phase == Phase.DISCOVER or not item.comic_id]
    return [one for one in of_its_phase if shard.first_id <= (one.comic_id or 0) <= shard.last_id]


def put_back(
    connection: Connection, job_id: int, library_id: int, items: Sequence[ItemError]
) -> None:
    """Put failed items back on the work lists that they left when they failed.

    Of folders that failed, or in which something did, the time stamps are not trusted any more.
    """
    for phase in (Phase.INDEX, Phase.THUMBNAIL):
        ids = [item.comic_id for item in items if item.phase is phase and item.comic_id]
        before = worklists.put_back(connection, phase, ids)
        failed, done = before[WorkState.FAILED], before[WorkState.DONE]  # some with a complaint
        if phase is Phase.THUMBNAIL:
            pictures = [one.path for one in items if one.phase is phase and not one.comic_id]
            failed += artwork.put_back(connection, library_id, pictures)
        values = {
            f"{phase}_failed": _less(scan_jobs.c[f"{phase}_failed"], failed),
            f"{phase}_done": _less(scan_jobs.c[f"{phase}_done"], done),
        }
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(values))
    to_list = [item for item in items if item.phase is Phase.DISCOVER]
    distrusted = {path for item in to_list for path in (item.path, _above(item.path))}
    if distrusted:
        connection.execute(
            update(folders)
            .where(folders.c.library_id == library_id, folders.c.path == bindparam("where"))
            .values(mtime_ns=None),
            [{"where": path} for path in sorted(distrusted)],
        )
    errors.resolve(connection, [item.id for item in to_list])


def have_walked(
    connection: Connection,
    job_id: int,
    library_id: int,
    items: Sequence[ItemError],
    requested_by: str,
) -> None:
    """Have the folders walked that failed, or in which something did, and no others."""
    paths = [item.path for item in items if item.phase is Phase.DISCOVER]
    sought = [(library_id, path) for path in paths]
    found = find_rows(connection, "folders", ("library_id", "path"), sought)
    known = {path for _, _, path in found}
    if paths:
        wanted = {path if path in known else _above(path) for path in paths}
        job_folders.add(connection, job_id, wanted, requested_by)


def _above(path: bytes) -> bytes:
    return path.rpartition(b"/")[0]


def _less(counter: ColumnElement[int], many: int) -> ColumnElement[int]:
    return case((counter > many, counter - many), else_=0)
