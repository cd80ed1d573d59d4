"""What a held job asks about: the comics that it would mark missing, until a person has answered.

They are written down while the job is held, so that they can be looked through; once a person has
confirmed them, they are those that the job may mark. Nothing of this changes a comic.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, literal, select, update

from db import worklists
from db.catalogue import Order, Page, page_of
from db.paths import below, display, join
from db.schema import Id, comics, folders, job_losses, libraries, scan_jobs, series
from db.states import HeldReason, JobStatus

CONFIRMED = "confirm_missing"  # the job's option that says so
DISCARDED = "Discarded: nothing was marked missing."
FORGOTTEN = 10_000  # rows deleted in one transaction of a stage
BATCH = 500  # comics named in one statement


@dataclass(frozen=True, slots=True)
class LostSeries:
    """A series that would lose `gone` of its `known` comics; `folder` is below its library."""

    id: int
    name: str
    folder: str
    gone: int
    known: int


@dataclass(frozen=True, slots=True)
class LostComic:
    """A comic that would be marked missing; `path` is below its library."""

    id: int
    path: str


@dataclass(frozen=True, slots=True)
class Held:
    """A held job as whoever watches for the return of its files needs it.

    `root` is absolute, `device` the root's st_dev when all was well, if that is known; `comics` of
    the `known` would go missing. `since` tells one hold of a job from the next.
    """

    job_id: int
    library: str
    root: bytes
    device: int | None
    since: float
    comics: int
    known: int


# ---- for the stage that asks


def record(connection: Connection, job_id: int, comic_ids: Sequence[int]) -> None:
    """Write down comics that the job would mark missing; there may be any number."""
    for start in range(0, len(comic_ids), BATCH):
        lost = select(literal(job_id, Id), comics.c.series_id, comics.c.id).where(
            comics.c.id.in_(comic_ids[start : start + BATCH])
        )
        connection.execute(
            insert(job_losses).from_select(["job_id", "series_id", "comic_id"], lost)
        )


def forget(connection: Connection, job_id: int) -> None:
    """Forget what a job would mark missing, and that it was confirmed."""
    connection.execute(delete(job_losses).where(job_losses.c.job_id == job_id))
    _set_confirmed(connection, job_id, False)


def forget_some(connection: Connection, job_id: int) -> bool:
    """Forget some of what a job would mark missing; False when nothing of that is left."""
    some = select(job_losses.c.comic_id).where(job_losses.c.job_id == job_id).limit(FORGOTTEN)
    gone = delete(job_losses).where(job_losses.c.job_id == job_id, job_losses.c.comic_id.in_(some))
    return bool(connection.execute(gone).rowcount)


def confirmed(connection: Connection, job_id: int) -> set[int]:
    """The comics that a person has said the job may mark missing."""
    if not _options(connection, job_id).get(CONFIRMED):
        return set()
    query = select(job_losses.c.comic_id).where(job_losses.c.job_id == job_id)
    return set(connection.execute(query).scalars())


# ---- for the person who answers


def take_back(connection: Connection, job_id: int) -> None:
    """Let a word that was given for a job count no longer."""
    _set_confirmed(connection, job_id, False)


def confirm(connection: Connection, job_id: int) -> None:
    """Let the job mark what it has written down, and nothing beyond."""
    _set_confirmed(connection, job_id, True)


def series_page(
    connection: Connection, job_id: int, *, limit: int, cursor: str | None = None
) -> Page[LostSeries]:
    """The series that would lose comics, by name; raises BadCursor."""
    of_it = (job_losses.c.job_id == job_id) & (job_losses.c.series_id == series.c.id)
    gone = select(func.count()).where(of_it).correlate(series).scalar_subquery()
    library = select(scan_jobs.c.library_id).where(scan_jobs.c.id == job_id).scalar_subquery()
    query = (
        select(series.c.id, series.c.name, folders.c.path, gone, series.c.comic_count)
        .join(folders, folders.c.id == series.c.folder_id)
        .where(series.c.library_id == library, select(job_losses).where(of_it).exists())
    )
    order = Order((series.c.sort_name, series.c.id), (str, int))
    rows, following = page_of(connection, query, order, f"losses {job_id}", limit, cursor)
    return Page(
        [LostSeries(one, name, display(path), *counts) for one, name, path, *counts in rows],
        following,
    )


def comics_page(
    connection: Connection,
    job_id: int,
    series_id: int,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[LostComic]:
    """The comics of a series that would be marked missing, by name; raises BadCursor."""
    query = (
        select(comics.c.id, folders.c.path, comics.c.file_name)
        .join(job_losses, job_losses.c.comic_id == comics.c.id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(job_losses.c.job_id == job_id, job_losses.c.series_id == series_id)
    )
    order = Order((comics.c.sort_key, comics.c.id), (str, int))
    listing = f"losses {job_id} {series_id}"
    rows, following = page_of(connection, query, order, listing, limit, cursor)
    return Page([LostComic(one, display(join(path, name))) for one, path, name in rows], following)


# ---- for whoever watches


def waiting(connection: Connection) -> list[Held]:
    """The jobs that are held now."""
    rows = connection.execute(
        select(
            scan_jobs.c.id,
            scan_jobs.c.library_id,
            scan_jobs.c.updated_at,
            scan_jobs.c.held_comics,
            libraries.c.name,
            libraries.c.path,
            libraries.c.root_device,
        )
        .join(libraries, libraries.c.id == scan_jobs.c.library_id)
        .where(scan_jobs.c.status == JobStatus.HELD)
        .order_by(scan_jobs.c.id)
    ).all()
    return [
        Held(
            row.id,
            row.name,
            row.path,
            row.root_device,
            row.updated_at,
            row.held_comics,
            worklists.comics_known(connection, row.library_id),
        )
        for row in rows
    ]


def sample(connection: Connection, held: Held, many: int) -> list[bytes]:
    """The absolute paths of at most so many of the comics that are gone, from all over the list."""
    lost = select(job_losses.c.comic_id).where(job_losses.c.job_id == held.job_id)
    ids = connection.execute(lost.order_by(job_losses.c.series_id, job_losses.c.comic_id))
    everyone = ids.scalars().all()
    chosen = everyone[:: max(1, -(-len(everyone) // many))]
    rows = connection.execute(
        select(folders.c.path, comics.c.file_name)
        .join(comics, comics.c.folder_id == folders.c.id)
        .where(comics.c.id.in_(chosen))
    )
    return [below(held.root, join(folder, name)) for folder, name in rows]


def reason(connection: Connection, job_id: int) -> HeldReason | None:
    """Why the job is held; None when it is not."""
    query = select(scan_jobs.c.held_reason).where(scan_jobs.c.id == job_id)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else HeldReason(found)


def _options(connection: Connection, job_id: int) -> dict[str, Any]:
    query = select(scan_jobs.c.options).where(scan_jobs.c.id == job_id)
    options: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return options


def _set_confirmed(connection: Connection, job_id: int, is_confirmed: bool) -> None:
    options = _options(connection, job_id)
    options.pop(CONFIRMED, None)
    if is_confirmed:
        options[CONFIRMED] = True
    connection.execute(
        update(scan_jobs).where(scan_jobs.c.id == job_id).values(options=json.dumps(options))
    )
