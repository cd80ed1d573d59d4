"""Samples of how far a phase is, taken now and then: what rates and remaining times are made of.

They are rows, so that a restart forgets nothing, and they grow sparser as a phase grows older: a
day of work leaves some four hundred. Time in which nobody was at the phase is not counted as work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, bindparam, case, cast, func, insert, literal, select

from db.schema import job_samples, scan_jobs, shards
from db.settings import settings
from db.states import Phase, ShardStatus
from db.times import now

CLOSEST = 1.0  # seconds between two samples, or
CLOSEST_SHARE = 0.02  # so much of the time worked already, whichever is more


@dataclass(frozen=True, slots=True)
class Sample:
    """At the moment `at` (epoch seconds) so many items were done or had failed, in so many seconds
    of work."""

    at: float
    processed: int
    worked: float


def begin(connection: Connection, job_id: int, phase: Phase, shard_id: int) -> None:
    """Take a sample as a shard is begun; if no other is under way, nobody worked until now."""
    if not _is_at_work(connection, job_id, phase, but_of=shard_id):
        rest(connection, job_id, phase)


def rest(connection: Connection, job_id: int, phase: Phase) -> None:
    """Take a sample that says that nobody was at the phase since the one before."""
    _insert(connection, job_id, phase, idle=True, closest=0.0)


def take(connection: Connection, job_id: int, phase: Phase) -> None:
    """Take a sample, unless the last one is too young."""
    _insert(connection, job_id, phase, idle=False, closest=CLOSEST)


def end(connection: Connection, job_id: int, phase: Phase) -> None:
    """Take the last sample of a phase."""
    _insert(connection, job_id, phase, idle=False, closest=0.0)


def end_early(connection: Connection, job_id: int, phase: Phase) -> None:
    """Take the last sample before shards are taken from their stages, if somebody is at one."""
    if _is_at_work(connection, job_id, phase):
        end(connection, job_id, phase)


def of_job(connection: Connection, job_id: int) -> dict[Phase, list[Sample]]:
    """The samples of each phase, oldest first."""
    found: dict[Phase, list[Sample]] = {phase: [] for phase in Phase}
    for phase, at, processed, worked in connection.execute(_OF_JOB, {"job": job_id}):
        found[Phase(phase)].append(Sample(at, processed, worked))
    return found


def ends(connection: Connection, job_ids: Sequence[int]) -> dict[int, dict[Phase, list[Sample]]]:
    """The first and the last sample of each phase of some jobs, which say what was worked."""
    if not job_ids:
        return {}
    found: dict[int, dict[Phase, list[Sample]]] = {}
    for job_id, phase, at, processed, worked in connection.execute(_ENDS, {"jobs": job_ids}):
        of_phase = found.setdefault(job_id, {}).setdefault(Phase(phase), [])
        of_phase.append(Sample(at, processed, worked))
    return found


_OF_JOB = (
    select(job_samples.c.phase, job_samples.c.at, job_samples.c.processed, job_samples.c.worked)
    .where(job_samples.c.job_id == bindparam("job"))
    .order_by(job_samples.c.phase, job_samples.c.number)
)


_OUTERMOST = (
    select(
        job_samples.c.job_id,
        job_samples.c.phase,
        func.min(job_samples.c.number).label("first"),
        func.max(job_samples.c.number).label("last"),
    )
    .where(job_samples.c.job_id.in_(bindparam("jobs", expanding=True)))
    .group_by(job_samples.c.job_id, job_samples.c.phase)
    .subquery()
)
_ENDS = (
    select(
        job_samples.c.job_id,
        job_samples.c.phase,
        job_samples.c.at,
        job_samples.c.processed,
        job_samples.c.worked,
    )
    .join(
        _OUTERMOST,
        (job_samples.c.job_id == _OUTERMOST.c.job_id)
        & (job_samples.c.phase == _OUTERMOST.c.phase)
        & job_samples.c.number.in_([_OUTERMOST.c.first, _OUTERMOST.c.last]),
    )
    .order_by(job_samples.c.job_id, job_samples.c.phase, job_samples.c.number)
)


def _is_at_work(
    connection: Connection, job_id: int, phase: Phase, *, but_of: int | None = None
) -> bool:
    """Whether a stage that shows signs of life has a shard of the phase, or another one."""
    alive = select(shards.c.id).where(
        shards.c.job_id == job_id,
        shards.c.phase == phase,
        shards.c.status == ShardStatus.RUNNING,
        shards.c.heartbeat_at > now() - settings().stale_after,
    )
    if but_of is not None:
        alive = alive.where(shards.c.id != but_of)
    return connection.execute(alive.limit(1)).first() is not None


def _insert(
    connection: Connection, job_id: int, phase: Phase, *, idle: bool, closest: float
) -> None:
    """One statement, so that of two stages at once only one takes the sample."""
    moment = now()
    last = _last(job_id, phase)
    passed = moment - last.c.at
    sparsest = CLOSEST_SHARE * last.c.worked
    # No stage is longer at one file. More than that is a clock that was set forward.
    most = sparsest + settings().file_timeout
    counted = case((passed < 0, 0.0), (passed > most, most), else_=passed)
    worked = literal(0.0) if idle else counted
    processed = scan_jobs.c[f"{phase}_done"] + scan_jobs.c[f"{phase}_failed"]
    values: dict[str, Any] = {
        "job_id": scan_jobs.c.id,
        "phase": literal(phase.value),
        "number": func.coalesce(last.c.number + 1, 0),
        "at": cast(literal(moment), Float),
        "processed": processed,
        "worked": func.coalesce(last.c.worked + worked, 0.0),
    }
    query = (
        select(*(value.label(name) for name, value in values.items()))
        .select_from(scan_jobs.outerjoin(last, last.c.job_id == scan_jobs.c.id))
        .where(scan_jobs.c.id == job_id)
    )
    if closest:
        # A clock that was set back would keep samples away until it has caught up.
        is_due = ((passed >= closest) & (passed >= sparsest)) | (passed < 0)
        query = query.where(last.c.at.is_(None) | is_due)
    connection.execute(insert(job_samples).from_select(list(values), query))


def _last(job_id: int, phase: Phase) -> Any:
    return (
        select(job_samples)
        .where(job_samples.c.job_id == job_id, job_samples.c.phase == phase)
        .order_by(job_samples.c.number.desc())
        .limit(1)
        .subquery()
    )
