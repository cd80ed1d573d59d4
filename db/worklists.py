"""What is left to do in a phase: each work list is a query, so that resuming needs no cursor.

The thumbnail phase has pictures beside the comics to look at as well; their list is in
`db/artwork.py`, and they make one slice, without bounds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, literal, select, update

from db import artwork, scan_options
from db.dialect import is_below
from db.paths import join
from db.scan_options import ScanOptions, Thumbnails
from db.schema import comics, folders, libraries, scan_jobs, series
from db.states import ComicState, Phase, WorkState

BATCH = 500  # comics named in one statement

STATE_COLUMN = {Phase.INDEX: comics.c.index_state, Phase.THUMBNAIL: comics.c.thumbnail_state}


@dataclass(frozen=True, slots=True)
class Item:
    """A comic to be worked on; `path` is below the library's root."""

    id: int
    path: bytes
    version: int
    series: str
    cover_page: int
    indexed: bool  # whether it was indexed before, in this version or an older one


def comics_known(connection: Connection, library_id: int) -> int:
    """How many comics of a library were there when it was last looked at."""
    total = select(func.coalesce(func.sum(series.c.comic_count), 0))
    return int(connection.execute(total.where(series.c.library_id == library_id)).scalar_one())


def count(connection: Connection, phase: Phase, job_id: int) -> int:
    """How many comics, and pictures, the phase has still to do."""
    return _count_comics(connection, phase, job_id) + _count_pictures(connection, phase, job_id)


def is_done(connection: Connection, phase: Phase, job_id: int) -> bool:
    """Whether the phase has no comic left to do."""
    return connection.execute(_todo(connection, phase, job_id).limit(1)).first() is None


def cut(
    connection: Connection, phase: Phase, job_id: int, slices: int
) -> list[tuple[int | None, int | None, int]]:
    """Cut the work list into contiguous slices: `(first id, last id, how many)` each."""
    total = _count_comics(connection, phase, job_id)
    todo = _todo(connection, phase, job_id).order_by(comics.c.id)
    edges = [round(total * number / slices) for number in range(slices + 1)]
    cuts: list[tuple[int | None, int | None, int]] = []
    after = 0
    for start, end in pairwise(edges):
        if start == end:
            continue
        behind = todo.where(comics.c.id > after)
        first = connection.execute(behind.limit(1)).scalar_one()
        after = connection.execute(behind.offset(end - start - 1).limit(1)).scalar_one()
        cuts.append((first, after, end - start))
    if pictures := _count_pictures(connection, phase, job_id):
        cuts.append((None, None, pictures))
    return cuts


def next_items(
    connection: Connection, phase: Phase, job_id: int, first: int, last: int, limit: int
) -> list[Item]:
    """The next comics to do with ids from `first` to `last`, in order of id."""
    query = (
        _todo(connection, phase, job_id)
        .where(comics.c.id.between(first, last))
        .order_by(comics.c.id)
        .limit(limit)
        .with_only_columns(
            comics.c.id,
            folders.c.path,
            comics.c.file_name,
            comics.c.version,
            series.c.name,
            comics.c.cover_page,
            comics.c.page_count.is_not(None),
        )
        .select_from(
            comics.join(folders, folders.c.id == comics.c.folder_id).join(
                series, series.c.id == comics.c.series_id
            )
        )
    )
    return [
        Item(comic_id, join(folder, name), *others)
        for comic_id, folder, name, *others in connection.execute(query)
    ]


def put_back(connection: Connection, phase: Phase, comic_ids: Sequence[int]) -> Counter[WorkState]:
    """Put comics on a phase's work list again; answers how many were in which state before."""
    before: Counter[WorkState] = Counter()
    for start in range(0, len(comic_ids), BATCH):
        some = comics.c.id.in_(comic_ids[start : start + BATCH])
        states = select(STATE_COLUMN[phase]).where(some)
        before.update(map(WorkState, connection.execute(states).scalars()))
    _set_state(connection, phase, comic_ids, WorkState.PENDING)
    return before


def give_up(connection: Connection, phase: Phase, comic_ids: Sequence[int]) -> None:
    """Take comics that failed off a phase's work list."""
    _set_state(connection, phase, comic_ids, WorkState.FAILED)


def put_back_failed(
    connection: Connection,
    library_id: int,
    folder: bytes = b"",
    phases: Collection[Phase] = tuple(STATE_COLUMN),
) -> None:
    """Put every comic and picture that failed in a library, or the comics of one of its folders
    and those in it, on its work list again."""
    wanted = comics.c.library_id == library_id
    if folder:
        inside = (folders.c.path == folder) | is_below(folders.c.path, literal(folder))
        wanted &= comics.c.folder_id.in_(
            select(folders.c.id).where(folders.c.library_id == library_id, inside)
        )
    for column in map(STATE_COLUMN.__getitem__, phases):
        connection.execute(
            update(comics)
            .where(wanted, column == WorkState.FAILED)
            .values({column: WorkState.PENDING})
        )
    if not folder:
        artwork.put_back(connection, library_id)


def put_back_read(connection: Connection, library_id: int, after: int, limit: int) -> int | None:
    """Put so many comics that were read on the index's work list again, by id, from behind one.

    Answers the last of them; None when there was none.
    """
    ids = list(
        connection.execute(
            select(comics.c.id)
            .where(
                comics.c.library_id == library_id,
                comics.c.id > after,
                comics.c.index_state == WorkState.DONE,
                comics.c.state == ComicState.PRESENT,
            )
            .order_by(comics.c.id)
            .limit(limit)
        ).scalars()
    )
    _set_state(connection, Phase.INDEX, ids, WorkState.PENDING)
    return ids[-1] if ids else None


def unread(connection: Connection, library_id: int) -> set[int]:
    """The comics of a library that wait to be opened."""
    query = select(comics.c.id).where(
        comics.c.library_id == library_id,
        comics.c.index_state == WorkState.PENDING,
        comics.c.state == ComicState.PRESENT,
    )
    return set(connection.execute(query).scalars())


def library_root(connection: Connection, job_id: int) -> bytes:
    """The absolute path of the library that a job scans."""
    query = select(libraries.c.path).join(scan_jobs).where(scan_jobs.c.id == job_id)
    return bytes(connection.execute(query).scalar_one())


def _count_comics(connection: Connection, phase: Phase, job_id: int) -> int:
    todo = _todo(connection, phase, job_id).subquery()
    return int(connection.execute(select(func.count()).select_from(todo)).scalar_one())


def _count_pictures(connection: Connection, phase: Phase, job_id: int) -> int:
    if phase is not Phase.THUMBNAIL:
        return 0
    library_id, options = _asked(connection, job_id)
    return artwork.count_pending(connection, library_id) if options.keeps_pictures else 0


def _set_state(
    connection: Connection, phase: Phase, comic_ids: Sequence[int], state: WorkState
) -> None:
    # Row by row: there may be more of them than a statement can have bound values.
    if comic_ids:
        connection.execute(
            update(comics)
            .where(comics.c.id == bindparam("comic"))
            .values({STATE_COLUMN[phase]: state}),
            [{"comic": one} for one in comic_ids],
        )


def _todo(connection: Connection, phase: Phase, job_id: int) -> Select[Any]:
    """The ids of the comics of the job's library that the phase has still to do."""
    library_id, options = _asked(connection, job_id)
    todo = select(comics.c.id).where(
        comics.c.library_id == library_id,
        STATE_COLUMN[phase] == WorkState.PENDING,
        comics.c.state == ComicState.PRESENT,
    )
    if phase is Phase.INDEX:
        return todo if options.reads_comics else todo.where(_NONE)
    todo = todo.where(comics.c.index_state == WorkState.DONE)
    match options.covers:
        case Thumbnails.NONE:
            return todo.where(_NONE)
        case Thumbnails.ALL:
            return todo
        case Thumbnails.SERIES:
            covers = select(series.c.cover_comic_id).where(series.c.library_id == library_id)
            return todo.where(comics.c.id.in_(covers))


def _asked(connection: Connection, job_id: int) -> tuple[int, ScanOptions]:
    """The job's library, and what the scan was told."""
    job = connection.execute(
        select(scan_jobs.c.library_id, scan_jobs.c.kind, scan_jobs.c.options).where(
            scan_jobs.c.id == job_id
        )
    ).one()
    return job.library_id, scan_options.loads(job.kind, job.options)


_NONE = comics.c.id < 0
