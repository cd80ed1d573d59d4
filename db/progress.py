"""How far a scan is: what `/api/scan/status`, the progress page and `longbox scan --wait` tell.

Everything is computed from the job's row and its samples, so that two cheap queries answer however
many shards there are, and rates and remaining times survive a restart. How it is told, in words and
in JSON, is in `db.report`; what the shards do is in `db.shard_progress`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, floor
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select
from sqlalchemy.sql.elements import ColumnElement

from db import pace, samples, scan_options
from db.jobs import NoSuchJob
from db.paths import display
from db.samples import Sample
from db.scan_options import ScanOptions
from db.schema import job_folders, libraries, scan_jobs, shards
from db.states import (
    ACTIVE,
    HeldReason,
    JobStatus,
    PauseReason,
    Phase,
    Priority,
    ScanKind,
    ShardStatus,
)
from db.times import now

# What share of a first scan each phase takes, roughly, as measured.
WEIGHTS: dict[Phase, int] = {Phase.DISCOVER: 10, Phase.INDEX: 50, Phase.THUMBNAIL: 40}
REMEMBERED_SECONDS = 3600  # so long after its end a job is still what the status speaks of
BATCH_SECONDS = 5.0  # a stage writes down more often than that what it has done
STALLED_SECONDS = 60.0  # so long without a counter moving is worth saying, and tells no rate


class PhaseStatus(StrEnum):
    """Where a phase of a job stands."""

    WAITING = "waiting"  # its turn has not come, or the job ended before it
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"  # there was nothing to do
    FAILED = "failed"  # the job ended here
    HELD = "held"  # the job waits here for a person's word
    PAUSED = "paused"
    CANCELLED = "cancelled"  # a person ended the job here


_HERE = {
    JobStatus.QUEUED: PhaseStatus.WAITING,
    JobStatus.RUNNING: PhaseStatus.RUNNING,
    JobStatus.PAUSED: PhaseStatus.PAUSED,
    JobStatus.HELD: PhaseStatus.HELD,
    JobStatus.COMPLETED: PhaseStatus.DONE,
    JobStatus.FAILED: PhaseStatus.FAILED,
    JobStatus.CANCELLED: PhaseStatus.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class PhaseProgress:
    """One phase of a job. `total` is 0 while it is not known; `rate` is items a second.

    `elapsed` is how many seconds were worked at it. It ends in `eta_seconds`, or at best in
    `eta_low_seconds` and at worst in `eta_high_seconds`, None while there is too little to tell.
    `samples` are what all this is made of, the last of them being now.
    """

    name: Phase
    status: PhaseStatus
    total: int
    done: int
    failed: int
    rate: float | None
    eta_seconds: int | None
    started_at: float | None
    completed_at: float | None
    elapsed: float | None = None
    eta_low_seconds: int | None = None
    eta_high_seconds: int | None = None
    samples: tuple[Sample, ...] = ()

    @property
    def processed(self) -> int:
        return self.done + self.failed

    @property
    def share(self) -> float:
        """How much of the phase is behind us, from 0 to 1."""
        if self.status in (PhaseStatus.DONE, PhaseStatus.SKIPPED):
            return 1.0
        return self.processed / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A job and how far it is; moments are epoch seconds, `percent` is from 0 to 100."""

    id: int
    library_id: int
    library: str
    options: ScanOptions
    status: JobStatus
    phase: Phase
    percent: float
    phases: tuple[PhaseProgress, ...]
    current: str | None
    found: int
    new: int
    updated: int
    moved: int
    missing: int
    back: int
    errors: int
    last_error: str | None
    held_reason: HeldReason | None
    held_comics: int  # so many would go missing
    pause_reason: PauseReason | None
    priority: Priority
    folder: str | None  # the first of those that alone are scanned; None: the whole library is
    folders: int  # how many they are
    requested_by: str | None
    created_at: float
    started_at: float | None
    updated_at: float
    completed_at: float | None

    @property
    def kind(self) -> ScanKind:
        return self.options.kind

    @property
    def here(self) -> PhaseProgress:
        """The phase that the job is in, or ended in."""
        return next(phase for phase in self.phases if phase.name is self.phase)

    @property
    def elapsed(self) -> float | None:
        """Seconds from the job's beginning to its end, or until now."""
        return None if self.started_at is None else (self.completed_at or now()) - self.started_at

    @property
    def worked(self) -> float:
        """Seconds that were worked at its phases."""
        return sum(phase.elapsed or 0.0 for phase in self.phases)

    @property
    def eta_seconds(self) -> int | None:
        """Seconds until the present phase ends; how much the later ones find to do is not known."""
        return self.here.eta_seconds


def get(connection: Connection, job_id: int) -> Progress:
    """The progress of one job; raises NoSuchJob."""
    row = connection.execute(_JOB, {"job": job_id}).one_or_none()
    if row is None:
        raise NoSuchJob(job_id)
    return _progress(row._mapping, samples.of_job(connection, job_id))


def newest(
    connection: Connection, library_id: int | None = None, *, in_full: bool = False
) -> Progress | None:
    """The newest of the jobs that have not ended, else the newest of all; or of one library's.

    Unless it is told `in_full`, its samples are not looked at, and its rates are averages.
    """
    query = _NEWEST if library_id is None else _NEWEST_OF_LIBRARY
    row = connection.execute(query, {"library": library_id}).one_or_none()
    if row is None:
        return None
    return _progress(row._mapping, samples.of_job(connection, row.id) if in_full else None)


def listing(connection: Connection, limit: int, before: int | None = None) -> list[Progress]:
    """Jobs, newest first, from those with an id below `before`; their rates are averages."""
    query = _jobs().order_by(scan_jobs.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(scan_jobs.c.id < before)
    rows = connection.execute(query).all()
    sampled = samples.ends(connection, [row.id for row in rows])
    return [_progress(row._mapping, sampled.get(row.id)) for row in rows]


def under_way(connection: Connection, limit: int) -> list[Progress]:
    """The jobs that go on by themselves or are paused, newest first; their rates are averages."""
    goes_on = scan_jobs.c.status.in_(ACTIVE - {JobStatus.HELD})
    query = _jobs().where(goes_on).order_by(scan_jobs.c.id.desc())
    return [_progress(row._mapping) for row in connection.execute(query.limit(limit))]


def held(connection: Connection) -> list[Progress]:
    """The jobs that wait for a person's word, oldest first."""
    return [_progress(row._mapping) for row in connection.execute(_HELD)]


def still_told(job: Progress) -> bool:
    """Whether the status speaks of the job: it has not ended, or ended within the hour."""
    return job.completed_at is None or now() - job.completed_at < REMEMBERED_SECONDS


# The scans of a library that is being removed are gone with it.
_OF_ITS_LIBRARY = (libraries.c.id == scan_jobs.c.library_id) & libraries.c.removed_at.is_(None)


def _jobs() -> Select[Any]:
    asked = job_folders.c.job_id == scan_jobs.c.id
    at_work = (shards.c.job_id == scan_jobs.c.id) & (shards.c.status == ShardStatus.RUNNING)
    return select(
        scan_jobs,
        libraries.c.name.label("library"),
        # The root comes before all other paths: with it, or without any, everything is walked.
        select(func.min(job_folders.c.path)).where(asked).scalar_subquery().label("first_folder"),
        select(func.count())
        .select_from(job_folders)
        .where(asked)
        .scalar_subquery()
        .label("folders"),
        select(shards.c.id).where(at_work).exists().label("is_at_work"),
    ).join(libraries, _OF_ITS_LIBRARY)


def _newest(*conditions: ColumnElement[bool]) -> Select[Any]:
    highest = select(func.max(scan_jobs.c.id)).join(libraries, _OF_ITS_LIBRARY).where(*conditions)
    active = highest.where(scan_jobs.c.status.in_(ACTIVE)).scalar_subquery()
    return _jobs().where(scan_jobs.c.id == func.coalesce(active, highest.scalar_subquery()))


# Built once: the status is asked for again and again.
_JOB = _jobs().where(scan_jobs.c.id == bindparam("job"))
_HELD = _jobs().where(scan_jobs.c.status == JobStatus.HELD).order_by(scan_jobs.c.id)
_NEWEST = _newest()
_NEWEST_OF_LIBRARY = _newest(scan_jobs.c.library_id == bindparam("library"))


def _progress(row: Any, of_phase: dict[Phase, list[Sample]] | None = None) -> Progress:
    status, phase = JobStatus(row["status"]), Phase(row["phase"])
    sampled = of_phase or {}
    phases = tuple(_phase(row, name, status, phase, sampled.get(name, [])) for name in Phase)
    return Progress(
        id=row["id"],
        library_id=row["library_id"],
        library=row["library"],
        options=scan_options.loads(row["kind"], row["options"]),
        status=status,
        phase=phase,
        percent=100.0 if status is JobStatus.COMPLETED else _percent(phases),
        phases=phases,
        current=row["current_operation"],
        found=row["comics_found"],
        new=row["comics_new"],
        updated=row["comics_updated"],
        moved=row["comics_moved"],
        missing=row["comics_missing"],
        back=row["comics_back"],
        errors=row["errors_count"],
        last_error=row["last_error"],
        held_reason=HeldReason(row["held_reason"]) if row["held_reason"] else None,
        held_comics=row["held_comics"],
        pause_reason=PauseReason(row["pause_reason"]) if row["pause_reason"] else None,
        priority=Priority(row["priority"]),
        folder=display(row["first_folder"]) if row["first_folder"] else None,
        folders=row["folders"] if row["first_folder"] else 0,
        requested_by=row["requested_by"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
    )


def _phase(
    row: Any, name: Phase, job_status: JobStatus, job_phase: Phase, sampled: Sequence[Sample]
) -> PhaseProgress:
    done, failed = row[f"{name}_done"], row[f"{name}_failed"]
    total = max(row[f"{name}_total"], done + failed) if row[f"{name}_total"] else 0
    started, completed = row[f"{name}_started_at"], row[f"{name}_completed_at"]
    if completed is not None:
        nothing_to_do = name is not Phase.DISCOVER and total == 0
        status = PhaseStatus.SKIPPED if nothing_to_do else PhaseStatus.DONE
    else:
        status = _HERE[job_status] if name is job_phase else PhaseStatus.WAITING
    is_running = status is PhaseStatus.RUNNING
    points = [*sampled] or _sampled_by_the_row(started, completed)
    if points and is_running and (row["is_at_work"] or not sampled):
        points.append(_present(points[-1], done + failed, row["updated_at"]))
    elif points and points[-1].processed < done + failed:
        points.append(Sample(points[-1].at, done + failed, points[-1].worked))
    is_stalled = is_running and now() - row["updated_at"] > STALLED_SECONDS
    found = None if is_stalled else _pace(points, status)
    left = total - done - failed if total and is_running else None
    return PhaseProgress(
        name,
        status,
        total,
        done,
        failed,
        found.rate if found else None,
        _seconds(left, found.rate if found else None),
        started,
        completed,
        points[-1].worked if points else None,
        _seconds(left, found.fast if found else None),
        _seconds(left, found.slow if found else None),
        tuple(points),
    )


def _sampled_by_the_row(started: float | None, completed: float | None) -> list[Sample]:
    """What stands for the samples of a phase that has none: it was worked at all the time."""
    if started is None:
        return []
    begun = Sample(started, 0, 0.0)
    return [begun] if completed is None else [begun, Sample(completed, 0, completed - started)]


def _present(last: Sample, processed: int, updated_at: float) -> Sample:
    """The sample that would be taken now: as of the last batch, unless one is long in coming."""
    moment = now()
    if not BATCH_SECONDS < moment - updated_at < STALLED_SECONDS:
        moment = max(updated_at, last.at)
    return Sample(moment, processed, last.worked + max(moment - last.at, 0.0))


def _pace(points: Sequence[Sample], status: PhaseStatus) -> pace.Pace | None:
    if status is PhaseStatus.RUNNING:
        return pace.lately(points)
    return pace.overall(points) if status is PhaseStatus.DONE else None


def _seconds(left: int | None, rate: float | None) -> int | None:
    return ceil(left / rate) if left is not None and rate else None


def _percent(phases: Iterable[PhaseProgress]) -> float:
    """The weighted share of all phases, rounded down, so that 100 means that nothing is left."""
    points = sum(WEIGHTS[phase.name] * phase.share for phase in phases)
    return min(floor(points * 10) / 10, 99.9)
