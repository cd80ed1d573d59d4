"""What a scan changed, to be looked through: new, changed, moved, missing and returned comics.

New comics are told by the job that added them, all else by rows of `job_changes`, which the stages
write. A comic that was purged since is in no list any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, literal, select

from db.catalogue import Order, Page, page_of
from db.moves import TAKEN
from db.paths import display, join
from db.schema import comics, folders, job_changes, series
from db.states import Change, ComicState


@dataclass(frozen=True, slots=True)
class Changed:
    """A comic that a scan changed; `path` is where it is now, or was last, below its library.

    `detail` says from where to where it moved, or why it is not known which file it is.
    """

    comic_id: int
    path: str
    series_id: int
    series: str
    is_missing: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Group:
    """The comics that a scan changed in one way: `many` in all, and a page of them."""

    change: Change
    many: int
    page: Page[Changed]


def counts(connection: Connection, job_id: int) -> dict[Change, int]:
    """How many comics a job changed in each way, but for those in which it changed none."""
    added = select(func.count()).where(comics.c.added_job_id == job_id)
    found = {Change.NEW: connection.execute(added).scalar_one()}
    told = select(job_changes.c.change, func.count()).where(job_changes.c.job_id == job_id)
    for change, many in connection.execute(told.group_by(job_changes.c.change)):
        found[Change(change)] = many
    return {change: found[change] for change in Change if found.get(change)}


def first_of_each(connection: Connection, job_id: int, limit: int) -> list[Group]:
    """The first comics of each kind in which the job changed any."""
    return [
        Group(change, many, listing(connection, job_id, change, limit=limit))
        for change, many in counts(connection, job_id).items()
    ]


def listing(
    connection: Connection, job_id: int, change: Change, *, limit: int, cursor: str | None = None
) -> Page[Changed]:
    """The comics that a job changed in one way, in the order in which it did; raises BadCursor."""
    is_new = change is Change.NEW
    query = (
        select(
            comics.c.id,
            folders.c.path,
            comics.c.file_name,
            comics.c.series_id,
            series.c.name,
            comics.c.state,
            literal("") if is_new else job_changes.c.detail,
        )
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(series, series.c.id == comics.c.series_id)
    )
    if is_new:
        key = comics.c.id
        query = query.where(comics.c.added_job_id == job_id)
    else:
        key = job_changes.c.id
        query = query.join(job_changes, job_changes.c.comic_id == comics.c.id).where(
            job_changes.c.job_id == job_id, job_changes.c.change == change
        )
    order = Order((key,), (int,))
    rows, following = page_of(connection, query, order, f"{change} {job_id}", limit, cursor)
    found = [
        Changed(
            comic_id,
            display(join(folder, name.rstrip(TAKEN))),
            series_id,
            series_name,
            state == ComicState.MISSING,
            detail,
        )
        for comic_id, folder, name, series_id, series_name, state, detail in rows
    ]
    return Page(found, following)
