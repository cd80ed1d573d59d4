"""Rows for tests that look at a scan without running one: libraries, jobs, errors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, update

from db import errors
from db.engine import writing
from db.schema import job_samples, libraries, scan_jobs, shards
from db.states import ErrorClass, JobStatus, Phase, ScanKind, ShardStatus
from db.times import now


def add_library(name: str = "Comics", path: bytes = b"") -> int:
    with writing() as connection:
        values = {"name": name, "path": path or b"/srv/" + name.encode(), "created_at": now()}
        return int(connection.execute(insert(libraries).values(values)).inserted_primary_key[0])


def add_job(library_id: int, **columns: Any) -> int:
    """A job of the library, running its discover phase since a minute unless `columns` differ."""
    moment = now()
    values = {
        "library_id": library_id,
        "kind": ScanKind.QUICK,
        "status": JobStatus.RUNNING,
        "phase": Phase.DISCOVER,
        "created_at": moment - 60,
        "started_at": moment - 60,
        "updated_at": moment,
    }
    with writing() as connection:
        statement = insert(scan_jobs).values(values | columns)
        return int(connection.execute(statement).inserted_primary_key[0])


def change_job(job_id: int, **columns: Any) -> None:
    with writing() as connection:
        connection.execute(update(scan_jobs).where(scan_jobs.c.id == job_id).values(columns))


def over(phase: Phase, total: int, *, failed: int = 0, seconds: float = 10) -> dict[str, Any]:
    """The columns of a phase that has ended just now and took so many seconds."""
    moment = now()
    return {
        f"{phase}_total": total,
        f"{phase}_done": total - failed,
        f"{phase}_failed": failed,
        f"{phase}_started_at": moment - seconds,
        f"{phase}_completed_at": moment,
    }


def under_way(phase: Phase, done: int, total: int, *, seconds: float = 10) -> dict[str, Any]:
    """The columns of a job whose phase began so many seconds ago."""
    return {
        "phase": phase,
        f"{phase}_total": total,
        f"{phase}_done": done,
        f"{phase}_started_at": now() - seconds,
    }


def ended(status: JobStatus = JobStatus.COMPLETED, **columns: Any) -> dict[str, Any]:
    """The columns of a job that ended just now, after its last phase."""
    return {"status": status, "phase": Phase.THUMBNAIL, "completed_at": now()} | columns


def add_errors(
    job_id: int,
    library_id: int,
    paths: list[bytes],
    error_class: ErrorClass = ErrorClass.TRUNCATED,
    phase: Phase = Phase.INDEX,
    comic_id: int | None = None,
) -> None:
    failures = [
        errors.Failure(path, error_class, "It ends in the middle.", comic_id) for path in paths
    ]
    with writing() as connection:
        errors.report(connection, job_id, library_id, phase, failures)


def add_shard(job_id: int, phase: Phase, *, number: int = 1, **columns: Any) -> int:
    """A shard that a worker is at since a minute, unless `columns` differ."""
    values = {
        "job_id": job_id,
        "phase": phase,
        "number": number,
        "status": ShardStatus.RUNNING,
        "attempt": 1,
        "worker": "stages.1",
        "host": "here",
        "heartbeat_at": now(),
        "started_at": now() - 60,
    }
    with writing() as connection:
        statement = insert(shards).values(values | columns)
        return int(connection.execute(statement).inserted_primary_key[0])


def take_sample(
    job_id: int, phase: Phase, *, at: float, processed: int, worked: float, number: int = 0
) -> None:
    with writing() as connection:
        values = {"at": at, "processed": processed, "worked": worked, "number": number}
        connection.execute(insert(job_samples).values(job_id=job_id, phase=phase, **values))
