"""The scan job: asking for one, looking at it, and what a person may do to it.

A job is one row of `scan_jobs`; the row is the truth, and every change of its status goes through
`db/status.py`, which knows the state machine. How a job goes from phase to phase is
in `db/phases.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, insert, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError

from db import artwork, errors, held, phases, worklists
from db.schema import folders, libraries, scan_jobs
from db.states import ACTIVE, ErrorClass, HeldReason, JobStatus, Phase, ScanKind
from db.status import JobError, JobStateForbids, move_to
from db.times import now


class NoSuchJob(JobError):
    """There is no job of that number."""

    def __init__(self, job_id: int) -> None:
        super().__init__(f"There is no job {job_id}.")


class ScanAlreadyRunning(JobError):
    """The library has a scan that has not ended; `job_id` is that scan."""

    def __init__(self, job_id: int, library: str, *, is_held: bool) -> None:
        super().__init__(
            f"A scan of {library} waits for an administrator's word (job {job_id}). "
            "Answer it first."
            if is_held
            else f"A scan of {library} is already under way (job {job_id}). "
            "Wait until it ends, or cancel it."
        )
        self.job_id = job_id


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its row has it; moments are epoch seconds, `options` is what was asked for."""

    id: int
    library_id: int
    library: str
    kind: ScanKind
    options: dict[str, Any]
    status: JobStatus
    phase: Phase
    requested_by: str | None
    errors_count: int
    last_error: str | None
    held_reason: HeldReason | None
    created_at: float
    started_at: float | None
    completed_at: float | None


def request_scan(
    connection: Connection,
    library_id: int,
    kind: ScanKind,
    options: dict[str, Any],
    requested_by: str,
) -> int:
    """Make a job and its first shard, and answer the job's id.

    Raises ScanAlreadyRunning while another scan of this library has not ended: the partial unique
    index refuses the second row, however close the two came.
    """
    moment = now()
    try:
        with connection.begin_nested():
            job_id: int = connection.execute(
                insert(scan_jobs)
                .values(
                    library_id=library_id,
                    kind=kind,
                    options=json.dumps(options),
                    status=JobStatus.QUEUED,
                    phase=Phase.DISCOVER,
                    discover_total=worklists.comics_known(connection, library_id),
                    requested_by=requested_by,
                    created_at=moment,
                    updated_at=moment,
                )
                .returning(scan_jobs.c.id)
            ).scalar_one()
    except IntegrityError:
        raise _already_running(connection, library_id) from None
    phases.queue_discover(connection, job_id)
    return job_id


def get(connection: Connection, job_id: int) -> Job:
    """The job of that id; raises NoSuchJob."""
    row = connection.execute(_jobs().where(scan_jobs.c.id == job_id)).one_or_none()
    if row is None:
        raise NoSuchJob(job_id)
    return _job(row)


def newest(connection: Connection, library_id: int | None = None) -> Job | None:
    """The job asked for last, of one library or of all."""
    query = _jobs().order_by(scan_jobs.c.id.desc()).limit(1)
    if library_id is not None:
        query = query.where(scan_jobs.c.library_id == library_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _job(row)


def active_ids(connection: Connection) -> list[int]:
    """The jobs that have not ended, oldest first."""
    query = select(scan_jobs.c.id).where(scan_jobs.c.status.in_(ACTIVE)).order_by(scan_jobs.c.id)
    return list(connection.execute(query).scalars())


def cancel(connection: Connection, job_id: int) -> None:
    """End a job; what it has done stays. Its stages lose their fences and stop."""
    _require(connection, job_id, ACTIVE, "has already ended")
    _end(connection, job_id)


def _end(connection: Connection, job_id: int, **values: Any) -> None:
    held.forget(connection, job_id)
    phases.withdraw_shards(connection, job_id)
    move_to(connection, job_id, JobStatus.CANCELLED, **values)


def confirm(connection: Connection, job_id: int) -> None:
    """Let a held job go on: the comics that it has shown to be gone are to be marked missing.

    Raises JobStateForbids also when the library cannot be looked at: there is nothing to confirm.
    """
    job = _require_held(connection, job_id)
    if job.held_reason and not job.held_reason.can_be_confirmed:
        raise JobStateForbids(
            f"{job.last_error} There is nothing to confirm: the scan goes on by itself when the "
            "folder can be looked at again."
        )
    held.confirm(connection, job_id)
    _look(connection, job_id)


def look_again(connection: Connection, job_id: int) -> None:
    """Let a held job look at the disk again, without a word about what is missing."""
    _require_held(connection, job_id)
    held.forget(connection, job_id)
    _look(connection, job_id)


def resume(connection: Connection, job_id: int) -> bool:
    """Confirm a held job where that can help, else let it look again; True if it is confirmed."""
    job = _require_held(connection, job_id)
    if job.held_reason and not job.held_reason.can_be_confirmed:
        look_again(connection, job_id)
        return False
    confirm(connection, job_id)
    return True


def discard(connection: Connection, job_id: int) -> None:
    """End a held job; nothing is marked missing."""
    _require_held(connection, job_id)
    _end(connection, job_id, last_error=held.DISCARDED)


def retry(
    connection: Connection,
    job_id: int,
    *,
    phase: Phase | None = None,
    error_class: ErrorClass | None = None,
    path_glob: str | None = None,
    comic_id: int | None = None,
) -> int:
    """Open an ended job again for what failed in it; answers how many items are tried again.

    Without a filter that is every open error, and whatever a failed or cancelled job left undone.
    Raises JobStateForbids when nothing of that kind failed, ScanAlreadyRunning while another scan
    of the library has not ended.
    """
    ended = set(JobStatus) - ACTIVE
    job = _require(connection, job_id, ended, "has not ended; wait for it or cancel it first")
    chosen = errors.matching(
        connection,
        job_id,
        phase=phase,
        error_class=error_class,
        path_glob=path_glob,
        comic_id=comic_id,
    )
    unfinished = job.status is not JobStatus.COMPLETED
    single_items = any(one is not None for one in (error_class, path_glob, comic_id))
    if not chosen and (single_items or not unfinished):
        raise JobStateForbids(f"Job {job_id} has no open error of that kind: nothing to retry.")
    try:
        with connection.begin_nested():
            move_to(connection, job_id, JobStatus.RUNNING)
    except IntegrityError:
        raise _already_running(connection, job.library_id) from None
    phases.withdraw_shards(connection, job_id)
    _make_pending(connection, job, chosen)
    first = min(
        [item.phase for item in chosen] + ([job.phase] if unfinished else []),
        key=list(Phase).index,
    )
    phases.enter(connection, job_id, first)
    return len(chosen)


def delete(connection: Connection, job_id: int) -> None:
    """Forget an ended job with its shards and errors; raises JobStateForbids while it runs."""
    _require(connection, job_id, set(JobStatus) - ACTIVE, "has not ended; cancel it first")
    connection.execute(delete_from(scan_jobs).where(scan_jobs.c.id == job_id))


def _require(
    connection: Connection, job_id: int, statuses: Iterable[JobStatus], otherwise: str
) -> Job:
    job = get(connection, job_id)
    if job.status not in statuses:
        raise JobStateForbids(f"Job {job_id} {otherwise} (it is {job.status}).")
    return job


def _require_held(connection: Connection, job_id: int) -> Job:
    return _require(connection, job_id, {JobStatus.HELD}, "waits for nobody's word")


def _look(connection: Connection, job_id: int) -> None:
    """Let a held job walk over its library again."""
    move_to(connection, job_id, JobStatus.RUNNING, last_error=None)
    phases.queue_discover(connection, job_id)


def _make_pending(connection: Connection, job: Job, chosen: list[errors.ItemError]) -> None:
    """Put failed items back on the work lists that they left when they failed."""
    for phase in (Phase.INDEX, Phase.THUMBNAIL):
        ids = [item.comic_id for item in chosen if item.phase is phase and item.comic_id]
        worklists.put_back(connection, phase, ids)
        many = len(ids)
        if phase is Phase.THUMBNAIL:
            pictures = [one.path for one in chosen if one.phase is phase and not one.comic_id]
            many += artwork.put_back(connection, job.library_id, pictures)
        failed = scan_jobs.c[f"{phase}_failed"]
        connection.execute(
            update(scan_jobs)
            .where(scan_jobs.c.id == job.id)
            .values({failed: case((failed > many, failed - many), else_=0)})
        )
    to_list = [item for item in chosen if item.phase is Phase.DISCOVER]
    for item in to_list:  # a quick scan lists a folder again whose time stamp is not known
        connection.execute(
            update(folders)
            .where(
                folders.c.library_id == job.library_id,
                folders.c.path.in_([item.path.rpartition(b"/")[0], item.path]),
            )
            .values(mtime_ns=None)
        )
    errors.resolve(connection, [item.id for item in to_list])


def _already_running(connection: Connection, library_id: int) -> ScanAlreadyRunning:
    row = connection.execute(
        select(scan_jobs.c.id, scan_jobs.c.status, libraries.c.name)
        .join(libraries)
        .where(scan_jobs.c.library_id == library_id, scan_jobs.c.status.in_(ACTIVE))
    ).one()
    return ScanAlreadyRunning(row.id, row.name, is_held=row.status == JobStatus.HELD)


def _jobs() -> Any:
    return select(
        scan_jobs.c.id,
        scan_jobs.c.library_id,
        libraries.c.name.label("library"),
        scan_jobs.c.kind,
        scan_jobs.c.options,
        scan_jobs.c.status,
        scan_jobs.c.phase,
        scan_jobs.c.requested_by,
        scan_jobs.c.errors_count,
        scan_jobs.c.last_error,
        scan_jobs.c.held_reason,
        scan_jobs.c.created_at,
        scan_jobs.c.started_at,
        scan_jobs.c.completed_at,
    ).join(
        libraries,
        (libraries.c.id == scan_jobs.c.library_id) & libraries.c.removed_at.is_(None),
    )


def _job(row: Any) -> Job:
    values = row._asdict()
    values["kind"] = ScanKind(row.kind)
    values["options"] = json.loads(row.options)
    values["status"] = JobStatus(row.status)
    values["phase"] = Phase(row.phase)
    values["held_reason"] = HeldReason(row.held_reason) if row.held_reason else None
    return Job(**values)
