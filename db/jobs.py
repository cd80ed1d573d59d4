"""The scan job: asking for one, looking at it, and what a person may do to it.

A job is one row of `scan_jobs`; the row is the truth, and every change of its status goes through
`db/status.py`, which knows the state machine. How a job goes from phase to phase is
in `db/phases.py`, what a retry puts back in `db/retries.py`.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.exc import IntegrityError

from db import errors, held, job_folders, job_log, phases, retries, scan_profiles, worklists
from db.paths import display
from db.schema import libraries, scan_jobs
from db.states import (
    ACTIVE,
    MOVES,
    MOVING,
    ErrorClass,
    HeldReason,
    JobStatus,
    PauseReason,
    Phase,
    Priority,
    ScanKind,
    Verb,
)
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


class Resumed(Enum):
    """What letting a job go on came to."""

    GOES_ON = auto()  # where it was paused
    CONFIRMED = auto()  # and marks missing what it has shown to be gone
    LOOKS_AGAIN = auto()  # there was nothing to confirm


# Why a verb is refused, after "Job 3 …"; where nothing stands, the states say enough.
REFUSALS = {
    Verb.PAUSE: "cannot be paused",
    Verb.RESUME: "waits for nobody's word",
    Verb.CONFIRM: "waits for nobody's word",
    Verb.LOOK_AGAIN: "waits for nobody's word",
    Verb.DISCARD: "waits for nobody's word",
    Verb.CANCEL: "has already ended",
    Verb.RETRY: "has not ended; wait for it or cancel it first",
    Verb.ADD: "has already ended",
    Verb.RANK: "has already ended",
    Verb.DELETE: "has not ended; cancel it first",
}


PAUSES = {
    PauseReason.PERSON: "Paused, until somebody lets it go on.",
    PauseReason.QUIET_HOURS: "Paused for the quiet hours.",
}


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
    pause_reason: PauseReason | None
    priority: Priority
    created_at: float
    started_at: float | None
    completed_at: float | None


def request_scan(
    connection: Connection,
    library_id: int,
    kind: ScanKind,
    options: dict[str, Any],
    requested_by: str,
    priority: Priority = Priority.NORMAL,
) -> int:
    """Make a job and its first shard, and answer the job's id.

    A job that is at work on single folders goes on with the whole library instead. Raises
    ScanAlreadyRunning while another scan of this library has not ended: the partial unique index
    refuses the second row, however close the two came.
    """
    asked = {"kind": kind, "options": json.dumps(options), "requested_by": requested_by}
    try:
        with connection.begin_nested():
            job_id = _insert(
                connection,
                library_id,
                discover_total=worklists.comics_known(connection, library_id),
                priority=priority,
                **asked,
            )
    except IntegrityError:
        running = _active(connection, library_id)
        walks = kind is not ScanKind.COVERS  # which leaves the folders' comics as they are
        everything = job_folders.is_of_everything(connection, running.id)
        if running.status not in MOVING or everything or not walks:
            raise _already_running(connection, library_id) from None
        _change(connection, running.id, **asked)
        add_folders(connection, running.id, [job_folders.EVERYTHING], requested_by)
        return int(running.id)
    phases.queue_discover(connection, job_id)
    return job_id


def request_folders(
    connection: Connection, library_id: int, paths: Collection[bytes], requested_by: str
) -> tuple[int, bool]:
    """Have folders (their paths below the library) scanned, with all that lies in them.

    Answers the job that does it, and whether that is one that was under way already. A job for
    folders alone goes before those for whole libraries, as somebody waits for it.
    """
    if running := _active(connection, library_id):
        if running.kind == ScanKind.COVERS:  # it would read nothing of what is there
            _change(connection, running.id, kind=ScanKind.QUICK)
        add_folders(connection, running.id, paths, requested_by)
        return running.id, True
    job_id = _insert(
        connection,
        library_id,
        kind=ScanKind.QUICK,
        options=json.dumps(_of_part(scan_profiles.of_library(connection, library_id))),
        requested_by=requested_by,
        priority=Priority.HIGH,
    )
    job_folders.begin_with(connection, job_id, paths, requested_by)
    known = job_folders.comics_known(connection, job_id)
    _change(connection, job_id, discover_total=known)
    phases.queue_discover(connection, job_id)
    return job_id, False


def _of_part(said: dict[str, Any]) -> dict[str, Any]:
    """What holds of a library's options for the scan of one of its folders."""
    return {name: value for name, value in said.items() if name not in ("kind", "max_folders")}


def add_folders(
    connection: Connection, job_id: int, paths: Collection[bytes], requested_by: str
) -> None:
    """Have a job that has not ended walk folders as well; a later phase waits for that."""
    job = _require(connection, job_id, Verb.ADD)
    job_folders.add(connection, job_id, paths, requested_by)
    where = f"{len(paths):,} folders"
    if len(paths) == 1:
        where = display(*paths) or "the whole library"
    job_log.add(connection, job_id, f"{requested_by} has asked for {where} as well.")
    if job.phase is not Phase.DISCOVER:
        phases.go_back(connection, job_id)


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
    """End a job; what it has done stays. Its stages lose their fences and leave at once."""
    _require(connection, job_id, Verb.CANCEL)
    _end(connection, job_id)


def pause(connection: Connection, job_id: int, reason: PauseReason = PauseReason.PERSON) -> None:
    """Stop a job where it is: its stages commit what they have and leave.

    What a person paused stays so until a person lets it go on, whatever the clock says.
    """
    job = _require(connection, job_id, Verb.PAUSE)
    if job.status is not JobStatus.PAUSED:
        said = PAUSES[reason]
        move_to(
            connection, job_id, JobStatus.PAUSED, said=said, pause_reason=reason, paused_at=now()
        )
    elif reason is PauseReason.PERSON:
        _change(connection, job_id, pause_reason=reason)
        job_log.add(connection, job_id, PAUSES[reason])


def end_quiet_hours(connection: Connection, job_id: int) -> bool:
    """Let a job go on that quiet hours paused; False if it is paused for another reason, or not."""
    job = get(connection, job_id)
    if job.pause_reason is not PauseReason.QUIET_HOURS:
        return False
    _unpause(connection, job)
    return True


def confirm(connection: Connection, job_id: int) -> None:
    """Let a held job go on: the comics that it has shown to be gone are to be marked missing.

    Raises JobStateForbids also when the library cannot be looked at: there is nothing to confirm.
    """
    job = _require(connection, job_id, Verb.CONFIRM)
    if job.held_reason and not job.held_reason.can_be_confirmed:
        raise JobStateForbids(
            f"{job.last_error} There is nothing to confirm: the scan goes on by itself when the "
            "folder can be looked at again."
        )
    held.confirm(connection, job_id)
    _look(connection, job_id)


def look_again(connection: Connection, job_id: int) -> None:
    """Let a held job look at the disk again, without a word about what is missing."""
    _require(connection, job_id, Verb.LOOK_AGAIN)
    held.forget(connection, job_id)
    _look(connection, job_id)


def resume(connection: Connection, job_id: int) -> Resumed:
    """Let a paused job go on; confirm a held one where that can help, else let it look again."""
    job = _require(connection, job_id, Verb.RESUME)
    if job.status is JobStatus.PAUSED:
        _unpause(connection, job, resumed_at=now())
        return Resumed.GOES_ON
    if job.held_reason and not job.held_reason.can_be_confirmed:
        look_again(connection, job_id)
        return Resumed.LOOKS_AGAIN
    confirm(connection, job_id)
    return Resumed.CONFIRMED


def discard(connection: Connection, job_id: int) -> None:
    """End a held job; nothing is marked missing."""
    _require(connection, job_id, Verb.DISCARD)
    _end(connection, job_id, last_error=held.DISCARDED)


def rank(connection: Connection, job_id: int, priority: Priority) -> None:
    """Have a job go before others that have not ended, or behind them."""
    _require(connection, job_id, Verb.RANK)
    _change(connection, job_id, priority=priority)


def retry(
    connection: Connection,
    job_id: int,
    *,
    phase: Phase | None = None,
    error_class: ErrorClass | None = None,
    path_glob: str | None = None,
    comic_id: int | None = None,
    shard_id: int | None = None,
) -> int:
    """Open an ended job again for what failed in it; answers how many items are tried again.

    Without a filter that is every open error; a failed or cancelled job goes on besides where it
    ended. Raises JobStateForbids when nothing of that kind failed, or the job has no such shard,
    and ScanAlreadyRunning while another scan of the library has not ended.
    """
    job = _require(connection, job_id, Verb.RETRY)
    chosen = errors.matching(
        connection,
        job_id,
        phase=phase,
        error_class=error_class,
        path_glob=path_glob,
        comic_id=comic_id,
    )
    if shard_id is not None:
        chosen = retries.of_shard(connection, job_id, shard_id, chosen)
    unfinished = job.status is not JobStatus.COMPLETED
    single_items = any(one is not None for one in (error_class, path_glob, comic_id))
    if not chosen and (single_items or not unfinished):
        raise JobStateForbids(f"Job {job_id} has no open error of that kind: nothing to retry.")
    try:
        with connection.begin_nested():
            said = f"Opened again, for {len(chosen):,} that failed."
            move_to(connection, job_id, JobStatus.RUNNING, said=said)
    except IntegrityError:
        raise _already_running(connection, job.library_id) from None
    phases.withdraw_shards(connection, job_id)
    retries.put_back(connection, job_id, job.library_id, chosen)
    if not unfinished:  # it has walked all there was
        retries.have_walked(connection, job_id, job.library_id, chosen, job.requested_by or "")
    first = min(
        [item.phase for item in chosen] + ([job.phase] if unfinished else []),
        key=list(Phase).index,
    )
    phases.enter(connection, job_id, first)
    return len(chosen)


def delete(connection: Connection, job_id: int) -> None:
    """Forget an ended job with its shards and lists; raises JobStateForbids while it runs.

    What still fails goes on to another job of the library. A long job is forgotten bit by bit
    first: see `db/retention.py`.
    """
    require_ended(connection, job_id)
    errors.hand_on(connection, job_id)
    connection.execute(delete_from(scan_jobs).where(scan_jobs.c.id == job_id))


def require_ended(connection: Connection, job_id: int) -> Job:
    """The job, if it may be forgotten; raises NoSuchJob and JobStateForbids."""
    return _require(connection, job_id, Verb.DELETE)


def _require(connection: Connection, job_id: int, verb: Verb) -> Job:
    """The job, if this can be done to it where it stands; raises JobStateForbids."""
    job = get(connection, job_id)
    if job.status not in MOVES[verb]:
        raise JobStateForbids(f"Job {job_id} {REFUSALS[verb]} (it is {job.status}).")
    return job


def _change(connection: Connection, job_id: int, **values: Any) -> None:
    connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(values))


def _insert(connection: Connection, library_id: int, **values: Any) -> int:
    moment = now()
    return int(
        connection.execute(
            insert(scan_jobs)
            .values(
                library_id=library_id,
                status=JobStatus.QUEUED,
                phase=Phase.DISCOVER,
                created_at=moment,
                updated_at=moment,
                **values,
            )
            .returning(scan_jobs.c.id)
        ).scalar_one()
    )


def _active(connection: Connection, library_id: int) -> Any:
    """The library's job that has not ended: its id, status and kind; None when there is none."""
    return connection.execute(
        select(scan_jobs.c.id, scan_jobs.c.status, scan_jobs.c.kind).where(
            scan_jobs.c.library_id == library_id, scan_jobs.c.status.in_(ACTIVE)
        )
    ).one_or_none()


def _end(connection: Connection, job_id: int, **values: Any) -> None:
    held.forget(connection, job_id)
    phases.withdraw_shards(connection, job_id)
    move_to(connection, job_id, JobStatus.CANCELLED, **values)


def _unpause(connection: Connection, job: Job, **values: Any) -> None:
    status = JobStatus.QUEUED if job.started_at is None else JobStatus.RUNNING
    move_to(connection, job.id, status, **values)


def _look(connection: Connection, job_id: int) -> None:
    """Let a held job walk over its library again."""
    move_to(connection, job_id, JobStatus.RUNNING, last_error=None)
    phases.queue_discover(connection, job_id)


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
        scan_jobs.c.pause_reason,
        scan_jobs.c.priority,
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
    values["pause_reason"] = PauseReason(row.pause_reason) if row.pause_reason else None
    values["priority"] = Priority(row.priority)
    return Job(**values)
