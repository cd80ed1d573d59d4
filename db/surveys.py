"""Surveys: looks over the whole catalogue for what the library holds more than once.

A survey is a row that somebody asks for, or that a scan which changed something gives rise to; the
worker has it made by `stages/survey.py`. What it finds is shown as soon as it is complete, and what
the survey before it had found is deleted then. Pages with equal sums are the same page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    ScalarSelect,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from db.engine import reading
from db.paths import below, join
from db.schema import (
    comic_pages,
    comics,
    duplicate_copies,
    duplicate_groups,
    folders,
    libraries,
    not_duplicates,
    publishers,
    scan_jobs,
    series,
    shared_pages,
    surveys,
)
from db.states import ComicState, DuplicateKind, JobStatus, WorkState
from db.times import now

BATCH = 5_000  # comics read in one transaction, so that none is long
FORGOTTEN = 2_000  # rows deleted in one
RECENT = 100  # jobs that may give rise to a survey: a worker asks every second
IDS = 500  # named in one statement
NUMBERS = 8  # a page's sum is 8 bytes


@dataclass(frozen=True, slots=True)
class Survey:
    """A survey; `problem` is why it came to nothing."""

    id: int
    requested_by: str | None
    created_at: float
    started_at: float | None
    completed_at: float | None
    comics: int
    problem: str | None


class Pages(NamedTuple):
    """A comic's pages: of `sums` each has 8 bytes; empty where its container keeps none."""

    comic_id: int
    series_id: int
    cover_page: int
    fingerprint: bytes
    full_fingerprint: bytes | None
    sums: bytes


class Issue(NamedTuple):
    """What a comic says that it is. `series` is as its metadata has it, else its folder."""

    comic_id: int
    size: int
    fingerprint: bytes
    series: str
    number: str | None
    title: str | None
    file: str  # the natural order of its file's name
    volume: int | None
    format: str | None
    language: str | None
    release_date: str | None
    year: int | None  # of the series
    publisher: str | None


class File(NamedTuple):
    """A comic's file as it was last seen; `path` is absolute."""

    path: bytes
    size: int
    mtime_ns: int


class Found(NamedTuple):
    """Comics that are the same; `spare` is the bytes of all but the largest, where one file that
    has several names counts once."""

    kind: DuplicateKind
    comic_ids: Sequence[int]
    spare: int


class SharedPage(NamedTuple):
    """A page that stands in many comics; `examples` are (comic, page from 0)."""

    sum: bytes
    comics: int
    series: int
    first: int
    last: int
    examples: Sequence[tuple[int, int]]


# ---- who wants one, and where it stands


def ask(connection: Connection, requested_by: str | None) -> int:
    """Have a survey made; answers its id. One that has not begun yet is the same."""
    query = select(surveys.c.id).where(*_OPEN, surveys.c.started_at.is_(None))
    waiting: int | None = connection.execute(query.limit(1)).scalar()
    if waiting is not None:
        return waiting
    values = {"requested_by": requested_by, "created_at": now()}
    added: int = connection.execute(
        insert(surveys).values(values).returning(surveys.c.id)
    ).scalar_one()
    return added


def wanted(connection: Connection) -> int | None:
    """The oldest survey that was asked for and is not made, be it that its process was killed."""
    query = select(surveys.c.id).where(*_OPEN).order_by(surveys.c.id)
    found: int | None = connection.execute(query.limit(1)).scalar()
    return found


def is_open(connection: Connection, survey_id: int) -> bool:
    """Whether a survey is still to be made."""
    query = select(surveys.c.id).where(surveys.c.id == survey_id, *_OPEN)
    return connection.execute(query).first() is not None


def is_due(connection: Connection) -> bool:
    """Whether a scan has changed something since the newest survey, and none is at it just now."""
    moving = select(scan_jobs.c.id).where(
        scan_jobs.c.id > _last_job() - RECENT,
        scan_jobs.c.status.in_([JobStatus.QUEUED, JobStatus.RUNNING]),
    )
    if connection.execute(moving.limit(1)).first():
        return False
    since = select(func.coalesce(func.max(surveys.c.created_at), 0)).scalar_subquery()
    changed = select(scan_jobs.c.id).where(
        scan_jobs.c.id > _last_job() - RECENT,
        scan_jobs.c.updated_at > since,
        scan_jobs.c.comics_new
        + scan_jobs.c.comics_updated
        + scan_jobs.c.comics_moved
        + scan_jobs.c.comics_missing
        + scan_jobs.c.comics_back
        > 0,
    )
    return connection.execute(changed.limit(1)).first() is not None


def newest(connection: Connection) -> Survey | None:
    """The survey whose findings are shown."""
    return _first(connection, surveys.c.completed_at.is_not(None))


def under_way(connection: Connection) -> Survey | None:
    """The survey that is being made, or waits for a worker."""
    return _first(connection, *_OPEN)


def failed(connection: Connection) -> Survey | None:
    """The newest survey of all, if it came to nothing."""
    found = _first(connection)
    return found if found and found.problem else None


def begin(connection: Connection, survey_id: int) -> Survey:
    """Take a survey in hand, from its start, and answer it."""
    connection.execute(
        update(surveys).where(surveys.c.id == survey_id).values(started_at=now(), problem=None)
    )
    return Survey(*connection.execute(select(surveys).where(surveys.c.id == survey_id)).one())


def complete(connection: Connection, survey_id: int, comic_count: int) -> None:
    """Let what a survey found be what is shown."""
    connection.execute(
        update(surveys)
        .where(surveys.c.id == survey_id)
        .values(completed_at=now(), comics=comic_count)
    )


def give_up(connection: Connection, survey_id: int, problem: str) -> None:
    """Say why a survey comes to nothing, unless it is complete."""
    connection.execute(
        update(surveys).where(surveys.c.id == survey_id, *_OPEN).values(problem=problem)
    )


def forget_some(connection: Connection, survey_id: int, *, of_others: bool) -> bool:
    """Delete some of what a survey has found, or all others have; False when nothing is left."""
    for table in (duplicate_groups, shared_pages):
        whose = table.c.survey_id != survey_id if of_others else table.c.survey_id == survey_id
        some = select(table.c.id).where(whose).limit(FORGOTTEN)
        if connection.execute(delete(table).where(table.c.id.in_(some))).rowcount:
            return True
    if of_others:
        connection.execute(delete(surveys).where(surveys.c.id < survey_id))
    return False


# ---- what it looks at


def all_pages() -> Iterator[Pages]:
    """The pages of every comic whose file is there, in transactions of some thousands."""
    after = 0
    while True:
        with reading() as connection:
            rows = connection.execute(_PAGES.where(comics.c.id > after).limit(BATCH)).all()
        yield from map(Pages._make, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].id


def all_issues() -> Iterator[Issue]:
    """What every comic whose file is there says that it is, likewise."""
    after = 0
    while True:
        with reading() as connection:
            rows = connection.execute(_ISSUES.where(comics.c.id > after).limit(BATCH)).all()
        yield from map(Issue._make, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0]


def issues(connection: Connection, comic_ids: Sequence[int]) -> dict[int, Issue]:
    """The same of some comics, by id."""
    found: dict[int, Issue] = {}
    for start in range(0, len(comic_ids), IDS):
        some = _ISSUES.where(comics.c.id.in_(comic_ids[start : start + IDS]))
        found |= {row[0]: Issue._make(row) for row in connection.execute(some)}
    return found


def files(connection: Connection, comic_ids: Sequence[int]) -> dict[int, File]:
    """The files of some comics, by id."""
    query = (
        select(
            comics.c.id,
            libraries.c.path.label("root"),
            folders.c.path.label("folder"),
            comics.c.file_name,
            comics.c.size,
            comics.c.mtime_ns,
        )
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == comics.c.library_id)
    )
    found: dict[int, File] = {}
    for start in range(0, len(comic_ids), IDS):
        some = comics.c.id.in_(comic_ids[start : start + IDS])
        for row in connection.execute(query.where(some)):
            path = below(row.root, join(row.folder, row.file_name.rstrip(b"/")))
            found[row.id] = File(path, row.size, row.mtime_ns)
    return found


def page_total(connection: Connection) -> int:
    """How many pages have sums, in all comics."""
    total = select(func.coalesce(func.sum(func.length(comic_pages.c.sums)), 0))
    return int(connection.execute(total).scalar_one()) // NUMBERS


def dismissals(connection: Connection) -> dict[int, set[int]]:
    """Under which numbers a person has said of a comic that it is not the same as others."""
    found: dict[int, set[int]] = {}
    for number, comic_id in connection.execute(select(not_duplicates)):
        found.setdefault(comic_id, set()).add(number)
    return found


# ---- what it found


def add_groups(
    connection: Connection, survey_id: int, found: Sequence[Found], dismissed: Sequence[bool]
) -> None:
    """Write groups down, each with whether a person has dismissed it."""
    rows = [
        {
            "survey_id": survey_id,
            "kind": one.kind,
            "comics": len(one.comic_ids),
            "spare": one.spare,
            "is_dismissed": is_dismissed,
        }
        for one, is_dismissed in zip(found, dismissed, strict=True)
    ]
    statement = insert(duplicate_groups).returning(
        duplicate_groups.c.id, sort_by_parameter_order=True
    )
    ids = connection.execute(statement, rows).scalars()
    connection.execute(
        insert(duplicate_copies),
        [
            {"group_id": group_id, "comic_id": comic_id}
            for group_id, one in zip(ids, found, strict=True)
            for comic_id in one.comic_ids
        ],
    )


def add_pages(connection: Connection, survey_id: int, found: Sequence[SharedPage]) -> None:
    """Write shared pages down."""
    connection.execute(
        insert(shared_pages),
        [
            one._asdict() | {"survey_id": survey_id, "examples": json.dumps(one.examples)}
            for one in found
        ],
    )


def _last_job() -> ScalarSelect[int]:
    return select(func.max(scan_jobs.c.id)).correlate(None).scalar_subquery()


def _first(connection: Connection, *where: ColumnElement[bool]) -> Survey | None:
    query = select(surveys).where(*where).order_by(surveys.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Survey(*row) if row else None


def _present(query: Select[Any]) -> Select[Any]:
    return (
        query.join(libraries, libraries.c.id == comics.c.library_id)
        .where(
            libraries.c.removed_at.is_(None),
            comics.c.state == ComicState.PRESENT,
            comics.c.index_state == WorkState.DONE,
            comics.c.fingerprint.is_not(None),
        )
        .order_by(comics.c.id)
    )


_OPEN = (surveys.c.completed_at.is_(None), surveys.c.problem.is_(None))

_PAGES = _present(
    select(
        comics.c.id,
        comics.c.series_id,
        comics.c.cover_page,
        comics.c.fingerprint,
        comics.c.full_fingerprint,
        func.coalesce(comic_pages.c.sums, b""),
    )
    .select_from(comics)
    .outerjoin(comic_pages, comic_pages.c.comic_id == comics.c.id)
)

_ISSUES = _present(
    select(
        comics.c.id,
        comics.c.size,
        comics.c.fingerprint,
        func.coalesce(comics.c.series_title, series.c.name),
        comics.c.number,
        comics.c.title,
        comics.c.sort_key,
        comics.c.volume,
        comics.c.format,
        comics.c.language,
        comics.c.release_date,
        series.c.year,
        func.coalesce(publishers.c.name, series.c.publisher),
    )
    .select_from(comics)
    .join(series, series.c.id == comics.c.series_id)
    .outerjoin(publishers, publishers.c.id == comics.c.publisher_id)
)
