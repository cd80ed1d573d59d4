"""What went wrong with single files and folders: one row of `job_errors` for each failed item.

A row stays open until the item succeeds; failing again counts its attempts up and makes it the
later job's. The sentences that say what an error class means and what to do are here, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, bindparam, func, select, true, update

from db.dialect import insert_or_update
from db.paths import display, join
from db.schema import comics, folders, job_errors, scan_jobs
from db.states import ACTIVE, ErrorClass, Phase, WorkState
from db.times import now

# What to do. What happened to the one file is in the error's message; neither says the other's.
ADVICE: dict[ErrorClass, str] = {
    ErrorClass.UNSUPPORTED: "Put the pictures or comics in it in its place as CBZ, or remove it.",
    ErrorClass.ENCRYPTED: "Unpack it with its password and pack it again without one.",
    ErrorClass.TRUNCATED: "Copy or download the file again.",
    ErrorClass.DAMAGED: "Replace it with a sound copy.",
    ErrorClass.EMPTY: "Copy or download the file again.",
    ErrorClass.NO_PAGES: "Put its page images into it, or remove it from the library.",
    ErrorClass.TOO_LARGE: "If it is sound, raise the limit (docs/SETTINGS.md), then retry.",
    ErrorClass.TIMEOUT: "Look whether its disk or share is well; if it is, repack it as CBZ.",
    ErrorClass.CRASHED: "Get another copy of it, then retry.",
    ErrorClass.DENIED: "Let the user that Longbox runs as read it, then retry.",
    ErrorClass.UNREADABLE: "Check the disk or the share that it is on, then retry.",
    ErrorClass.VANISHED: "Scan again: what was moved is found at its new place.",
    ErrorClass.CHANGING: "Nothing needs to be done: the next scan reads it.",
    ErrorClass.METADATA_INVALID: "Tag it again with your tagger; the comic itself is readable.",
    ErrorClass.LINK_LOOP: "Mend the link, or remove it.",
    ErrorClass.BROKEN_LINK: "Restore what it points to, or remove the link.",
    ErrorClass.INTERNAL: "This is a fault of Longbox; please report it with the log.",
}


class Failure(NamedTuple):
    """An item that failed; `path` is below the library's root."""

    path: bytes
    error_class: ErrorClass
    message: str
    comic_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemError:
    """A row of `job_errors`; moments are epoch seconds, `path` is below the library's root."""

    id: int
    job_id: int
    phase: Phase
    comic_id: int | None
    path: bytes
    error_class: ErrorClass
    message: str
    attempts: int
    first_seen_at: float
    last_seen_at: float

    @property
    def display_path(self) -> str:
        return display(self.path)

    @property
    def advice(self) -> str:
        return ADVICE[self.error_class]


_REPORT = insert_or_update(
    job_errors,
    ("library_id", "phase", "path"),
    lambda old, new: {
        "job_id": new.job_id,
        "comic_id": new.comic_id,
        "error_class": new.error_class,
        "message": new.message,
        "attempts": old.attempts + 1,
        "last_seen_at": new.last_seen_at,
    },
    where=job_errors.c.resolved_at.is_(None),
)


def report(
    connection: Connection,
    job_id: int,
    library_id: int,
    phase: Phase,
    failures: Iterable[Failure],
) -> None:
    """Write failed items down, and the job's count of them; `library_id` is the job's."""
    moment = now()
    reported = list(failures)
    rows = [
        {
            "job_id": job_id,
            "library_id": library_id,
            "phase": phase,
            "comic_id": failure.comic_id,
            "path": failure.path,
            "error_class": failure.error_class,
            "message": failure.message,
            "first_seen_at": moment,
            "last_seen_at": moment,
        }
        for failure in reported
    ]
    if rows:
        paths = [failure.path for failure in reported]
        before = _jobs_of(
            connection, job_errors.c.library_id == library_id, job_errors.c.path, paths
        )
        connection.execute(_REPORT, rows)
        last = reported[-1]
        _recount(connection, before - {job_id}, None)
        _recount(connection, {job_id}, f"{display(last.path)}: {last.message}")


def report_of_comic(
    connection: Connection,
    phase: Phase,
    comic_id: int,
    version: int,
    error_class: ErrorClass,
    message: str,
    *,
    job_id: int | None = None,
) -> None:
    """Write down what is wrong with one comic, unless its file is another than that version now,
    or cannot be read at all, which is said already.

    Without a job it goes to the one that last changed the comic.
    """
    row = connection.execute(
        select(comics.c.library_id, comics.c.changed_job_id, folders.c.path, comics.c.file_name)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(
            comics.c.id == comic_id,
            comics.c.version == version,
            comics.c.index_state != WorkState.FAILED,
        )
    ).one_or_none()
    if row is None:
        return
    job_id = job_id or _job_of(connection, row.library_id, row.changed_job_id)
    if job_id is not None:
        failure = Failure(join(row.path, row.file_name), error_class, message, comic_id)
        report(connection, job_id, row.library_id, phase, [failure])


def resolve(connection: Connection, error_ids: Collection[int]) -> None:
    """Close errors whose items have succeeded now, or are gone."""
    if not error_ids:
        return
    owners = _jobs_of(connection, true(), job_errors.c.id, list(error_ids))
    statement = (
        update(job_errors)
        .where(job_errors.c.id == bindparam("error"), job_errors.c.resolved_at.is_(None))
        .values(resolved_at=now())
    )
    connection.execute(statement, [{"error": one} for one in error_ids])
    _recount(connection, owners, None)


def resolve_of_comics(
    connection: Connection, comic_ids: Collection[int], phase: Phase | None = None
) -> None:
    """Close what was wrong with comics, in one phase or in any, when it is so no longer."""
    query = select(job_errors.c.id).where(
        job_errors.c.comic_id.in_(comic_ids), job_errors.c.resolved_at.is_(None)
    )
    if phase is not None:
        query = query.where(job_errors.c.phase == phase)
    resolve(connection, connection.execute(query).scalars().all())


def hand_on(connection: Connection, job_id: int, most: int | None = None) -> int:
    """Make a job's open errors, or so many of them, those of the newest other job of its library,
    one that has ended if there is one; answers how many. Without another job they stay, and
    go with it."""
    library = select(scan_jobs.c.library_id).where(scan_jobs.c.id == job_id).scalar_subquery()
    others = select(scan_jobs.c.id).where(
        scan_jobs.c.library_id == library, scan_jobs.c.id != job_id
    )
    order = scan_jobs.c.status.in_(ACTIVE), scan_jobs.c.id.desc()
    heir = connection.execute(others.order_by(*order).limit(1)).scalar_one_or_none()
    if heir is None:
        return 0
    still_open = select(job_errors.c.id).where(
        job_errors.c.job_id == job_id, job_errors.c.resolved_at.is_(None)
    )
    handed_on = connection.execute(
        update(job_errors).where(job_errors.c.id.in_(still_open.limit(most))).values(job_id=heir)
    ).rowcount
    if handed_on:
        _recount(connection, (job_id, heir), None)
    return handed_on


def open_by_path(connection: Connection, library_id: int, phase: Phase) -> dict[bytes, int]:
    """The open errors of a library's phase: path below the root → id of the error."""
    query = select(job_errors.c.path, job_errors.c.id).where(
        job_errors.c.library_id == library_id,
        job_errors.c.phase == phase,
        job_errors.c.resolved_at.is_(None),
    )
    return {row.path: row.id for row in connection.execute(query)}


def listing(
    connection: Connection,
    *,
    job_id: int | None = None,
    library_id: int | None = None,
    comic_id: int | None = None,
    phase: Phase | None = None,
    error_class: ErrorClass | None = None,
    comics_between: tuple[int, int] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[ItemError]:
    """Open errors in order of their ids, from those behind `after`; None means any.

    `comics_between` are the lowest and the highest id of the comics that they are about.
    """
    query = (
        select(*(job_errors.c[name] for name in ItemError.__slots__))
        .where(job_errors.c.resolved_at.is_(None), job_errors.c.id > after)
        .order_by(job_errors.c.id)
        .limit(limit)
    )
    wanted = {
        "job_id": job_id,
        "library_id": library_id,
        "comic_id": comic_id,
        "phase": phase,
        "error_class": error_class,
    }
    for name, value in wanted.items():
        if value is not None:
            query = query.where(job_errors.c[name] == value)
    if comics_between is not None:
        query = query.where(job_errors.c.comic_id.between(*comics_between))
    return [_item(row) for row in connection.execute(query)]


def matching(
    connection: Connection,
    job_id: int,
    *,
    phase: Phase | None,
    error_class: ErrorClass | None,
    path_glob: str | None,
    comic_id: int | None,
) -> list[ItemError]:
    """A job's open errors that fit every filter given; a glob is held against the path."""
    found = listing(
        connection, job_id=job_id, phase=phase, error_class=error_class, comic_id=comic_id
    )
    if path_glob is None:
        return found
    return [item for item in found if fnmatchcase(display(item.path), path_glob)]


def counts_by_class(connection: Connection, job_id: int) -> dict[ErrorClass, int]:
    """How many open errors of each class a job has, the most frequent first."""
    query = (
        select(job_errors.c.error_class, func.count().label("many"))
        .where(job_errors.c.job_id == job_id, job_errors.c.resolved_at.is_(None))
        .group_by(job_errors.c.error_class)
        .order_by(func.count().desc(), job_errors.c.error_class)
    )
    return {ErrorClass(name): many for name, many in connection.execute(query)}


def _job_of(connection: Connection, library_id: int, changed_job_id: int) -> int | None:
    """The job that last changed a comic or, if that was deleted, its library's newest."""
    jobs = select(scan_jobs.c.id).where(scan_jobs.c.library_id == library_id)
    order = (scan_jobs.c.id == changed_job_id).desc(), scan_jobs.c.id.desc()
    return connection.execute(jobs.order_by(*order).limit(1)).scalar_one_or_none()


def _jobs_of(
    connection: Connection, also: ColumnElement[bool], column: Column[Any], values: list[Any]
) -> set[int]:
    """The jobs of the open errors that have one of the values, which may be any number."""
    jobs: set[int] = set()
    for start in range(0, len(values), 1_000):
        query = select(job_errors.c.job_id).where(
            also, column.in_(values[start : start + 1_000]), job_errors.c.resolved_at.is_(None)
        )
        jobs.update(connection.execute(query.distinct()).scalars())
    return jobs


def _recount(connection: Connection, job_ids: Iterable[int], last_error: str | None) -> None:
    """Bring jobs' counts of open errors to what they have now."""
    for job_id in sorted(job_ids):
        still_open = (
            select(func.count())
            .where(job_errors.c.job_id == job_id, job_errors.c.resolved_at.is_(None))
            .scalar_subquery()
        )
        values: dict[str, Any] = {"errors_count": still_open}
        if last_error is not None:
            values["last_error"] = last_error
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(values))


def _item(row: Any) -> ItemError:
    values = row._asdict()
    values["phase"] = Phase(row.phase)
    values["error_class"] = ErrorClass(row.error_class)
    return ItemError(**values)
