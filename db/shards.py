"""The shard: a slice of a phase, one row, held by one stage process at a time.

A shard is claimed by a conditional update that sets a random fence. Every transaction of the stage
opens with `hold`, which touches the row only while that fence is still in it; taking the fence out
is how a shard is taken from a process, whatever became of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, case, func, select, update

from db import artwork, errors, job_folders, job_log, phases, samples, scan_options, worklists
from db.dialect import number_in_json
from db.job_log import LogLevel
from db.paths import display
from db.scan_options import MOST_WORKERS, ScanOptions
from db.schema import comics, folders, scan_jobs, shards
from db.settings import settings
from db.states import MOVING, ErrorClass, Exit, HeldReason, JobStatus, Phase, ShardStatus
from db.status import move_to
from db.times import now


class FenceLostError(RuntimeError):
    """The shard is no longer this process's: it was cancelled, or given to another."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a shard; `first` and `last` bound the slice of comic ids."""

    shard_id: int
    fence: str
    job_id: int
    library_id: int
    phase: Phase
    first: int
    last: int
    options: ScanOptions


@dataclass(frozen=True, slots=True)
class Waiting:
    """A shard and its rank among those of all jobs; the highest goes first."""

    id: int
    rank: int


@dataclass(frozen=True, slots=True)
class Running:
    """A shard that some process holds; `heartbeat_at` is epoch seconds."""

    id: int
    fence: str
    job_id: int
    worker: str
    host: str
    pid: int | None
    heartbeat_at: float


def claim(connection: Connection, shard_id: int, worker: str, host: str) -> Claim | None:
    """Take a queued shard of a job that is queued or running; None when it is not to be had."""
    fence = secrets.token_hex(8)
    moment = now()
    to_run = select(scan_jobs.c.id).where(
        scan_jobs.c.id == shards.c.job_id, scan_jobs.c.status.in_(MOVING), _IN_ITS_TURN
    )
    # The bell may ring twice for a shard: whoever comes second touches no row.
    attempt = connection.execute(
        update(shards)
        .where(
            shards.c.id == shard_id,
            shards.c.status == ShardStatus.QUEUED,
            to_run.exists(),
        )
        .values(
            status=ShardStatus.RUNNING,
            fence=fence,
            attempt=shards.c.attempt + 1,
            worker=worker,
            host=host,
            pid=None,
            heartbeat_at=moment,
            started_at=moment,
            exit_code=None,
            message=None,
        )
        .returning(shards.c.attempt)
    ).scalar_one_or_none()
    if attempt is None:
        return None
    claimed = load(connection, shard_id, fence)
    _start_job(connection, claimed, moment)
    samples.begin(connection, claimed.job_id, claimed.phase, shard_id)
    again = f", attempt {attempt}" if attempt > 1 else ""
    job_log.of_shard(connection, shard_id, f"Begun by {worker} on {host}{again}.")
    return claimed


def load(connection: Connection, shard_id: int, fence: str) -> Claim:
    """The claim that a stage was started with; raises FenceLostError when it is void."""
    row = connection.execute(
        select(
            shards.c.job_id,
            scan_jobs.c.library_id,
            shards.c.phase,
            shards.c.first_id,
            shards.c.last_id,
            scan_jobs.c.kind,
            scan_jobs.c.options,
        )
        .join(scan_jobs, scan_jobs.c.id == shards.c.job_id)
        .where(shards.c.id == shard_id, shards.c.fence == fence)
    ).one_or_none()
    if row is None:
        raise FenceLostError(f"shard {shard_id} is no longer held by this process")
    return Claim(
        shard_id,
        fence,
        row.job_id,
        row.library_id,
        Phase(row.phase),
        row.first_id or 0,
        row.last_id or 0,
        scan_options.loads(row.kind, row.options),
    )


def hold(connection: Connection, claimed: Claim, **values: Any) -> None:
    """Open a stage's transaction: beat, write `values` to the shard, or raise FenceLostError."""
    held = connection.execute(
        update(shards)
        .where(
            shards.c.id == claimed.shard_id,
            shards.c.fence == claimed.fence,
            shards.c.status == ShardStatus.RUNNING,
        )
        .values(heartbeat_at=now(), **values)
    ).rowcount
    if not held:
        raise FenceLostError(f"shard {claimed.shard_id} is no longer held by this process")


def is_wanted(connection: Connection, claimed: Claim) -> bool:
    """Whether the stage is to go on: its job is not paused, and has not gone back to discover.

    Raises FenceLostError when the shard is no longer this process's.
    """
    row = connection.execute(_WANTED, {"shard": claimed.shard_id, "held_by": claimed.fence}).first()
    if row is None:
        raise FenceLostError(f"shard {claimed.shard_id} is no longer held by this process")
    return row.status in MOVING and row.phase == claimed.phase


def count(
    connection: Connection, claimed: Claim, *, done: int, failed: int, current: bytes
) -> None:
    """Add a batch to the counters of the shard and its job; progress wipes out the strikes."""
    connection.execute(
        update(shards)
        .where(shards.c.id == claimed.shard_id)
        .values(done=shards.c.done + done, failed=shards.c.failed + failed, strikes=0)
    )
    phase_done = scan_jobs.c[f"{claimed.phase}_done"]
    phase_failed = scan_jobs.c[f"{claimed.phase}_failed"]
    tell(
        connection,
        claimed,
        current,
        **{phase_done.name: phase_done + done, phase_failed.name: phase_failed + failed},
    )


def tell(connection: Connection, claimed: Claim, current: bytes, **values: Any) -> None:
    """Write the job's counters and what is in hand now."""
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == claimed.job_id)
        .values(updated_at=now(), current_operation=display(current), **values)
    )


def note_pid(connection: Connection, claimed: Claim, pid: int) -> None:
    """Write down which process works on the shard, for whoever looks at it."""
    connection.execute(
        update(shards)
        .where(shards.c.id == claimed.shard_id, shards.c.fence == claimed.fence)
        .values(pid=pid)
    )


def finish(connection: Connection, claimed: Claim) -> None:
    """End a shard that has done all it could, and move its job on when it was the last."""
    _end(connection, claimed, ShardStatus.DONE, None)
    job_log.of_shard(connection, claimed.shard_id, "Done.")
    if claimed.phase is Phase.DISCOVER:
        job_folders.note_walked(connection, claimed.job_id, claimed.shard_id)
    phases.shard_ended(connection, claimed.job_id)


def is_last(connection: Connection, claimed: Claim) -> bool:
    """Whether nothing else of the job is to be done now; asked in the transaction that ends this.

    It is not while folders wait to be walked, for which the job goes back.
    """
    others = select(shards.c.id).where(
        shards.c.job_id == claimed.job_id,
        shards.c.id != claimed.shard_id,
        shards.c.status.in_(phases.OPEN),
    )
    is_only = connection.execute(others.limit(1)).first() is None
    return is_only and not job_folders.is_any_waiting(
        connection, claimed.job_id, but_of=claimed.shard_id
    )


def hold_job(
    connection: Connection, claimed: Claim, reason: HeldReason, question: str, gone: int
) -> None:
    """End the shard and hold its job until a person answers, or what is `gone` is back."""
    _end(connection, claimed, ShardStatus.DONE, question)
    move_to(
        connection,
        claimed.job_id,
        JobStatus.HELD,
        last_error=question,
        held_reason=reason,
        held_comics=gone,
    )


def fail(connection: Connection, claimed: Claim, reason: str) -> None:
    """End the shard and its job: there is no use in trying again before a person has acted."""
    _end(connection, claimed, ShardStatus.FAILED, reason)
    phases.fail(connection, claimed.job_id, reason)


def hand_back(connection: Connection, shard_id: int, fence: str | None = None) -> bool:
    """Queue a shard again whose stage was asked to stop; no strike. False if it was not running."""
    given = connection.execute(
        _running(shard_id, fence)
        .values(status=ShardStatus.QUEUED, fence=None, exit_code=Exit.STOPPED)
        .returning(shards.c.job_id, shards.c.phase, shards.c.heartbeat_at)
    ).one_or_none()
    if given is None:
        return False
    if now() - given.heartbeat_at < settings().stale_after:
        samples.end(connection, given.job_id, Phase(given.phase))
    job_log.of_shard(connection, shard_id, "Stopped on request; it goes on where it was.")
    return True


def bury(
    connection: Connection,
    shard_id: int,
    reason: str,
    *,
    fence: str | None = None,
    exit_code: int | None = None,
    in_hand: bytes | None = None,
    error_class: ErrorClass = ErrorClass.CRASHED,
    certain: bool = False,
) -> bool:
    """Take a shard from a stage that died, and queue it again or fail its job.

    `in_hand` is the path (below the library) that was open: a file in whose hands a stage died
    twice is given up by name, and costs no strike; one that is `certain` to be the cause, at once.
    False if the shard was not running (any more), or not under that fence.
    """
    taken = connection.execute(
        _running(shard_id, fence)
        .values(fence=None, exit_code=exit_code, message=reason)
        .returning(shards.c.job_id, shards.c.phase, shards.c.strikes, shards.c.suspect)
    ).one_or_none()
    if taken is None:
        return False
    ended = f"It ended before its time: {reason}."
    job_log.of_shard(connection, shard_id, ended, path=in_hand, level=LogLevel.WARNING)
    strikes = taken.strikes + 1
    if in_hand and (certain or in_hand == taken.suspect):
        message = f"Reading it ended the stage{'' if certain else ' twice'}: {reason}."
        failure = errors.Failure(in_hand, error_class, message)
        _give_up_file(connection, taken.job_id, Phase(taken.phase), shard_id, failure)
        strikes = 0
    failed = strikes >= settings().strikes
    connection.execute(
        update(shards)
        .where(shards.c.id == shard_id)
        .values(
            status=ShardStatus.FAILED if failed else ShardStatus.QUEUED,
            strikes=strikes,
            suspect=in_hand or taken.suspect,
            completed_at=now() if failed else None,
        )
    )
    if failed:
        sentence = f"The {taken.phase} stage ended {strikes} times without progress: {reason}"
        phases.fail(connection, taken.job_id, sentence)
    return True


def queued(connection: Connection, job_id: int | None = None) -> list[int]:
    """The shards that anyone may claim, of one job or of all, in the order to be claimed."""
    return [one.id for one in waiting(connection, job_id)]


def waiting(connection: Connection, job_id: int | None = None) -> list[Waiting]:
    """The shards that anyone may claim, with their ranks, in the order to be claimed."""
    query = _ranked(shards.c.id).where(
        shards.c.status == ShardStatus.QUEUED, scan_jobs.c.status.in_(MOVING), _IN_ITS_TURN
    )
    if job_id is not None:
        query = query.where(shards.c.job_id == job_id)
    return [Waiting(*row) for row in connection.execute(query)]


def in_the_way(connection: Connection, mine: Collection[int], slots: int) -> list[int]:
    """Which of the shards that a worker runs it should ask back: those whose jobs do not go on, or
    have gone back, and those that are to make room for others that rank higher.

    The worker has so many slots; the least of `mine` go first, one for each that waits in vain.
    """
    return [*_not_wanted(connection, mine), *_outranked(connection, mine, slots)]


def running(connection: Connection) -> list[Running]:
    """Every shard that is held now."""
    query = select(*(shards.c[name] for name in Running.__slots__))
    return [
        Running(**row._asdict())
        for row in connection.execute(query.where(shards.c.status == ShardStatus.RUNNING))
    ]


def _end(connection: Connection, claimed: Claim, status: ShardStatus, message: str | None) -> None:
    hold(
        connection,
        claimed,
        status=status,
        fence=None,
        exit_code=Exit.DONE,
        message=message,
        completed_at=now(),
    )


def _running(shard_id: int, fence: str | None) -> Any:
    query = update(shards).where(shards.c.id == shard_id, shards.c.status == ShardStatus.RUNNING)
    return query if fence is None else query.where(shards.c.fence == fence)


def _start_job(connection: Connection, claimed: Claim, moment: float) -> None:
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == claimed.job_id, scan_jobs.c.status == JobStatus.QUEUED)
        .values(status=JobStatus.RUNNING, started_at=moment, updated_at=moment)
    )
    started = scan_jobs.c[f"{claimed.phase}_started_at"]
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == claimed.job_id, started.is_(None))
        .values({started: moment})
    )


def _give_up_file(
    connection: Connection, job_id: int, phase: Phase, shard_id: int, failure: errors.Failure
) -> None:
    """Name a file that made its stage die, and take it off the work list."""
    library_id = connection.execute(
        select(scan_jobs.c.library_id).where(scan_jobs.c.id == job_id)
    ).scalar_one()
    folder, _, name = failure.path.rpartition(b"/")
    comic_id = connection.execute(
        select(comics.c.id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(
            folders.c.library_id == library_id,
            folders.c.path == folder,
            comics.c.file_name == name,
        )
    ).scalar_one_or_none()
    if _is_taken_off(connection, library_id, phase, failure.path, comic_id):
        failed = scan_jobs.c[f"{phase}_failed"]
        connection.execute(
            update(shards).where(shards.c.id == shard_id).values(failed=shards.c.failed + 1)
        )
        connection.execute(
            update(scan_jobs).where(scan_jobs.c.id == job_id).values({failed: failed + 1})
        )
    errors.report(connection, job_id, library_id, phase, [failure._replace(comic_id=comic_id)])


def _is_taken_off(
    connection: Connection, library_id: int, phase: Phase, path: bytes, comic_id: int | None
) -> bool:
    """Take a comic, or a picture beside comics, off a phase's work list; False if on none."""
    if comic_id is None:
        return phase is Phase.THUMBNAIL and artwork.give_up(connection, library_id, path)
    if phase in worklists.STATE_COLUMN:
        worklists.give_up(connection, phase, [comic_id])
        return True
    return False


def _not_wanted(connection: Connection, mine: Collection[int]) -> list[int]:
    goes_on = scan_jobs.c.status.in_(MOVING) & (scan_jobs.c.phase == shards.c.phase)
    query = select(shards.c.id).join(scan_jobs, scan_jobs.c.id == shards.c.job_id)
    return list(connection.execute(query.where(shards.c.id.in_(mine), ~goes_on)).scalars())


def _outranked(connection: Connection, mine: Collection[int], slots: int) -> list[int]:
    ranks = [one.rank for one in waiting(connection)][max(0, slots - len(mine)) :]
    if not ranks:
        return []
    running = connection.execute(_ranked(shards.c.id).where(shards.c.id.in_(mine))).all()
    least_first = reversed([Waiting(*row) for row in running])
    return [low.id for low, rank in zip(least_first, ranks, strict=False) if low.rank < rank]


def _ranked(*columns: ColumnElement[Any]) -> Select[Any]:
    """Shards with their ranks, the highest first, and among equals the oldest."""
    return (
        select(*columns, _RANK)
        .join(scan_jobs, scan_jobs.c.id == shards.c.job_id)
        .order_by(_RANK.desc(), shards.c.id)
    )


# The job's priority first; then what is sooner on screen, so that one library's covers keep no
# other from being found.
_RANK = scan_jobs.c.priority * len(Phase) + case(
    {phase: place for place, phase in enumerate(reversed(Phase))}, value=shards.c.phase
)

# A job that went back to discover waits there for its other stages, which are leaving; and one that
# is to have so many processes at most, for one of them to end.
_others = shards.alias("others")
_at_work = (
    select(func.count())
    .select_from(_others)
    .where(_others.c.job_id == shards.c.job_id, _others.c.status == ShardStatus.RUNNING)
    .correlate(shards, scan_jobs)
)
_IN_ITS_TURN = (
    (shards.c.phase == scan_jobs.c.phase)
    & (_at_work.where(_others.c.phase != shards.c.phase).scalar_subquery() == 0)
    & (
        _at_work.scalar_subquery()
        < func.coalesce(number_in_json(scan_jobs.c.options, "workers"), MOST_WORKERS)
    )
)

_WANTED = (  # built once: every stage asks it again and again
    select(scan_jobs.c.status, scan_jobs.c.phase)
    .join(shards, shards.c.job_id == scan_jobs.c.id)
    .where(
        shards.c.id == bindparam("shard"),
        shards.c.fence == bindparam("held_by"),
        shards.c.status == ShardStatus.RUNNING,
    )
)
