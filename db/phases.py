"""How a job goes from phase to phase: shards are cut, counted off, and the next phase begins.

All of it happens inside the transaction of whoever ends the last shard of a phase. There is one
writer at a time, so that rows may be touched in any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from sqlalchemy import Connection, func, insert, select, update

from db import job_folders, notices, samples, workers, worklists
from db.schema import scan_jobs, shards
from db.states import JobStatus, Phase, ShardStatus
from db.status import move_to
from db.times import now

SMALLEST_SHARD = 200  # comics; fewer are not worth a process of their own
LARGEST_SHARD = 50_000
OPEN = (ShardStatus.QUEUED, ShardStatus.RUNNING)


def queue_discover(connection: Connection, job_id: int) -> None:
    """Queue the one shard of the discover phase, a walk over the library's root."""
    _insert_shards(connection, job_id, Phase.DISCOVER, [(None, None, 0)])


def shard_ended(connection: Connection, job_id: int) -> None:
    """Move the job on if that was the last shard of its phase.

    The caller has updated its shard in this transaction; taking the job's row before looking
    makes the later of two that end together see the other. Folders that were asked for meanwhile
    are walked before anything else.
    """
    phase = _lock(connection, job_id)
    left = connection.execute(
        select(func.count()).where(
            shards.c.job_id == job_id, shards.c.phase == phase, shards.c.status.in_(OPEN)
        )
    ).scalar_one()
    if left:
        return
    _close(connection, job_id, phase)
    if job_folders.is_any_waiting(connection, job_id):
        enter(connection, job_id, Phase.DISCOVER)
    else:
        _go_on_behind(connection, job_id, phase)


def enter(connection: Connection, job_id: int, phase: Phase) -> None:
    """Begin a phase (again); phases that have nothing to do are passed over."""
    if phase is Phase.DISCOVER:
        job_folders.walk_again(connection, job_id)
        connection.execute(
            update(scan_jobs)
            .where(scan_jobs.c.id == job_id)
            .values(phase=phase, discover_completed_at=None)
        )
        queue_discover(connection, job_id)
    elif not _open(connection, job_id, phase):
        _go_on_behind(connection, job_id, phase)


def go_back(connection: Connection, job_id: int) -> None:
    """Walk what was asked for while the job is in a later phase, whose stages make room first.

    What these have to do is cut anew behind it, as their work lists are queries.
    """
    _drop_queued(connection, job_id)
    enter(connection, job_id, Phase.DISCOVER)


def fail(connection: Connection, job_id: int, reason: str) -> None:
    """End the job at its phase; its other shards lose their fences."""
    withdraw_shards(connection, job_id)
    move_to(connection, job_id, JobStatus.FAILED, last_error=reason)


def withdraw_shards(connection: Connection, job_id: int) -> None:
    """Take the job's open shards from whoever holds or might claim them."""
    for phase in Phase:
        samples.end_early(connection, job_id, phase)
    connection.execute(
        update(shards)
        .where(shards.c.job_id == job_id, shards.c.status.in_(OPEN))
        .values(status=ShardStatus.CANCELLED, fence=None, completed_at=now())
    )


def _go_on_behind(connection: Connection, job_id: int, phase: Phase) -> None:
    order = list(Phase)
    for following in order[order.index(phase) + 1 :]:
        if _open(connection, job_id, following):
            return
    move_to(connection, job_id, JobStatus.COMPLETED)


def _open(connection: Connection, job_id: int, phase: Phase) -> bool:
    """Cut the phase's shards; False, and the phase is over at once, when there is nothing to do."""
    left = worklists.count(connection, phase, job_id)
    done, failed = scan_jobs.c[f"{phase}_done"], scan_jobs.c[f"{phase}_failed"]
    started = scan_jobs.c[f"{phase}_started_at"]
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == job_id)
        .values(
            {
                "phase": phase,
                f"{phase}_total": done + failed + left,
                f"{phase}_started_at": func.coalesce(started, now()),
                f"{phase}_completed_at": None,
                "current_operation": None,
                "updated_at": now(),
            }
        )
    )
    samples.rest(connection, job_id, phase)
    if left == 0:
        _close(connection, job_id, phase)
        return False
    _drop_queued(connection, job_id)
    many = _slices(left, workers.stages_at_once(connection))
    _insert_shards(connection, job_id, phase, worklists.cut(connection, phase, job_id, many))
    return True


def _drop_queued(connection: Connection, job_id: int) -> None:
    """Forget shards that nobody has begun, or that a stage has handed back; others are cut."""
    connection.execute(
        update(shards)
        .where(shards.c.job_id == job_id, shards.c.status == ShardStatus.QUEUED)
        .values(status=ShardStatus.CANCELLED, completed_at=now())
    )


def _slices(left: int, at_once: int) -> int:
    """Into how many shards to cut a phase: as many as keep all stages busy to the end."""
    rounds = ceil(left / (LARGEST_SHARD * at_once))
    return min(ceil(left / SMALLEST_SHARD), rounds * at_once)


def _close(connection: Connection, job_id: int, phase: Phase) -> None:
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == job_id)
        .values({f"{phase}_completed_at": now(), "updated_at": now()})
    )
    samples.end(connection, job_id, phase)
    if phase is Phase.DISCOVER:
        notices.library_is_ready(connection, job_id)


def _lock(connection: Connection, job_id: int) -> Phase:
    phase = connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == job_id)
        .values(updated_at=now())
        .returning(scan_jobs.c.phase)
    ).scalar_one()
    return Phase(phase)


def _insert_shards(
    connection: Connection,
    job_id: int,
    phase: Phase,
    slices: Sequence[tuple[int | None, int | None, int]],
) -> None:
    highest = select(func.coalesce(func.max(shards.c.number), 0)).where(
        shards.c.job_id == job_id, shards.c.phase == phase
    )
    number = connection.execute(highest).scalar_one()
    connection.execute(
        insert(shards),
        [
            {
                "job_id": job_id,
                "phase": phase,
                "number": number + position,
                "first_id": first,
                "last_id": last,
                "total": total,
            }
            for position, (first, last, total) in enumerate(slices, 1)
        ],
    )
