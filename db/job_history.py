"""What a job came to, in a few numbers: what is left of it when it is pruned, and what charts, an
export and an import are made of.

Jobs that are still there are summed up from their rows; those that are not, and those that came
from another Longbox, are rows of `job_summaries`. When which job is pruned is `db/retention.py`'s.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, select

from db.dialect import insert_unless_there
from db.schema import job_errors, job_samples, job_summaries, libraries, scan_jobs
from db.states import ACTIVE, ErrorClass, JobStatus, Phase, ScanKind

MOST = 20_000  # summaries that are kept, the newest
AT_ONCE = 500  # of them that are forgotten in one transaction

COUNTERS = ("found", "new", "updated", "moved", "missing", "back")
_MOMENTS = ("created_at", "started_at", "completed_at")


class BadSummary(ValueError):
    """What is no job's summary; the message is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class PhaseSummary:
    """What became of the items of a phase, and the seconds that were worked at it."""

    done: int
    failed: int
    seconds: float

    @property
    def processed(self) -> int:
        return self.done + self.failed


@dataclass(frozen=True, slots=True)
class Summary:
    """An ended job. Moments are epoch seconds; `errors` are of files that failed in it, and not
    again in a later one. `is_here` says whether the job itself is."""

    job_id: int
    library: str
    kind: ScanKind
    status: JobStatus
    requested_by: str | None
    created_at: float
    started_at: float | None
    completed_at: float | None
    counters: dict[str, int]
    phases: dict[Phase, PhaseSummary]
    errors: dict[ErrorClass, int]
    is_here: bool = True

    @property
    def seconds(self) -> float:
        """How long was worked at it."""
        return sum(phase.seconds for phase in self.phases.values())

    @property
    def rate(self) -> float | None:
        """Comics read in a second; None when it read none."""
        phase = self.phases[Phase.INDEX]
        return phase.processed / phase.seconds if phase.processed and phase.seconds else None

    @property
    def failed(self) -> int:
        return sum(self.errors.values())


# ---- from the tables


def newest(connection: Connection, limit: int, library_id: int | None = None) -> list[Summary]:
    """The jobs that have ended, of one library or of all, those asked for last first."""
    kept = _stored().order_by(job_summaries.c.created_at.desc()).limit(limit)
    live = _ended().order_by(scan_jobs.c.id.desc()).limit(limit)
    if library_id is not None:
        kept = kept.where(job_summaries.c.library_id == library_id)
        live = live.where(scan_jobs.c.library_id == library_id)
    ended = _summed_up(connection, live)
    here = {_identity(one) for one in ended}  # a job that is being pruned is in both
    found = ended + [one for one in _read(connection, kept) if _identity(one) not in here]
    return sorted(found, key=lambda one: (one.created_at, one.job_id), reverse=True)[:limit]


def of_job(connection: Connection, job_id: int) -> Summary | None:
    """The summary of a job that has ended and is still there."""
    found = _summed_up(connection, _ended().where(scan_jobs.c.id == job_id))
    return found[0] if found else None


def stored(connection: Connection, limit: int, after: int = 0) -> list[tuple[int, Summary]]:
    """Summaries of jobs that are gone, with their ids, in the order in which they were kept."""
    query = _stored().where(job_summaries.c.id > after).order_by(job_summaries.c.id).limit(limit)
    rows = connection.execute(query).all()
    return [(row.id, _from_row(row)) for row in rows]


def all_ended(connection: Connection) -> list[int]:
    """The ids of the jobs that have ended, oldest first."""
    query = select(scan_jobs.c.id).where(scan_jobs.c.status.not_in(ACTIVE)).order_by(scan_jobs.c.id)
    return list(connection.execute(query).scalars())


def keep(connection: Connection, library_id: int, summaries: Sequence[Summary]) -> int:
    """Keep summaries of a library's jobs, but for those that are there already; answers how many
    are new."""
    many = 0
    for one in summaries:
        row = {
            "library_id": library_id,
            "job_id": one.job_id,
            "created_at": _exact(one.created_at),
            "summary": json.dumps(to_json(one)),
        }
        statement = insert_unless_there(job_summaries, ("library_id", "created_at"))
        many += connection.execute(statement, row).rowcount
    return many


def prune(connection: Connection, most: int = MOST) -> int:
    """Forget the oldest summaries beyond so many; answers how many these were."""
    by_age = select(job_summaries.c.id).order_by(job_summaries.c.created_at.desc())
    oldest = by_age.offset(most).limit(AT_ONCE)
    return connection.execute(delete(job_summaries).where(job_summaries.c.id.in_(oldest))).rowcount


def asked_at(connection: Connection, library_id: int) -> set[float]:
    """When the jobs of a library that are still there were asked for."""
    query = select(scan_jobs.c.created_at).where(scan_jobs.c.library_id == library_id)
    return {_exact(one) for one in connection.execute(query).scalars()}


# ---- as JSON


def to_json(one: Summary) -> dict[str, Any]:
    """A summary for an export, and for the table that keeps it."""
    return {
        "id": one.job_id,
        "library": one.library,
        "kind": one.kind,
        "status": one.status,
        "requested_by": one.requested_by,
        **{name: moment(getattr(one, name)) for name in _MOMENTS},
        **one.counters,
        "phases": [
            {
                "name": phase,
                "done": summed.done,
                "failed": summed.failed,
                "seconds": round(summed.seconds, 3),
            }
            for phase, summed in one.phases.items()
        ],
        "errors": dict(one.errors),
    }


def from_json(value: Any) -> Summary:
    """What `to_json` made; raises BadSummary for anything else."""
    try:
        moments = {name: _moment(value[name]) for name in _MOMENTS}
        if (created_at := moments.pop("created_at")) is None:
            raise ValueError("It was never asked for.")
        summed = {Phase(one["name"]): _phase(one) for one in value["phases"]}
        return Summary(
            job_id=_whole(value["id"]),
            library=_text(value["library"]),
            kind=ScanKind(value["kind"]),
            status=_ended_status(value["status"]),
            requested_by=None if value["requested_by"] is None else _text(value["requested_by"]),
            created_at=created_at,
            counters={name: _whole(value[name]) for name in COUNTERS},
            phases={phase: summed[phase] for phase in Phase},
            errors={ErrorClass(name): _whole(many) for name, many in value["errors"].items()},
            is_here=False,
            **moments,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadSummary("This is no summary of a job that has ended.") from error


def moment(at: float | None) -> str | None:
    """`2026-11-21T12:00:00.123Z`: exact enough to know a job again by it."""
    if at is None:
        return None
    return datetime.fromtimestamp(_exact(at), UTC).isoformat("T", "milliseconds")[:-6] + "Z"


def _moment(text: str | None) -> float | None:
    if text is None:
        return None
    read = datetime.fromisoformat(text)
    return _exact((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())


def _identity(one: Summary) -> tuple[str, int, float]:
    """What a summary that is kept has in common with the job, and with no other one."""
    return one.library, one.job_id, _exact(one.created_at)


def _exact(at: float) -> float:
    return round(at, 3)


def _phase(value: Any) -> PhaseSummary:
    seconds = float(value["seconds"])
    if not 0 <= seconds < 1e12:
        raise ValueError(seconds)
    return PhaseSummary(_whole(value["done"]), _whole(value["failed"]), seconds)


def _ended_status(word: str) -> JobStatus:
    status = JobStatus(word)
    if status.active:
        raise ValueError(word)
    return status


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 1_000:
        raise ValueError(value)
    return value


# ---- queries


def _ended() -> Select[Any]:
    return (
        select(scan_jobs, libraries.c.name.label("library"))
        .join(
            libraries, (libraries.c.id == scan_jobs.c.library_id) & libraries.c.removed_at.is_(None)
        )
        .where(scan_jobs.c.status.not_in(ACTIVE))
    )


def _stored() -> Select[Any]:
    return select(job_summaries, libraries.c.name.label("library")).join(
        libraries, (libraries.c.id == job_summaries.c.library_id) & libraries.c.removed_at.is_(None)
    )


def _read(connection: Connection, query: Select[Any]) -> list[Summary]:
    return [_from_row(row) for row in connection.execute(query)]


def _from_row(row: Any) -> Summary:
    return from_json(json.loads(row.summary) | {"library": row.library})


def _summed_up(connection: Connection, query: Select[Any]) -> list[Summary]:
    rows = [row._mapping for row in connection.execute(query)]
    ids = [row["id"] for row in rows]
    worked = _worked(connection, ids)
    failed = _errors(connection, ids)
    return [_summary(row, worked, failed.get(row["id"], {})) for row in rows]


def _summary(
    row: Any, worked: dict[tuple[int, Phase], float], failed: dict[ErrorClass, int]
) -> Summary:
    return Summary(
        job_id=row["id"],
        library=row["library"],
        kind=ScanKind(row["kind"]),
        status=JobStatus(row["status"]),
        requested_by=row["requested_by"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        counters={name: row[f"comics_{name}"] for name in COUNTERS},
        phases={
            phase: PhaseSummary(
                row[f"{phase}_done"],
                row[f"{phase}_failed"],
                worked.get((row["id"], phase), _took(row, phase)),
            )
            for phase in Phase
        },
        errors=failed,
    )


def _took(row: Any, phase: Phase) -> float:
    """The seconds of a phase that has no samples: from its beginning to its end."""
    begun, over = row[f"{phase}_started_at"], row[f"{phase}_completed_at"]
    return max(over - begun, 0.0) if begun is not None and over is not None else 0.0


def _worked(connection: Connection, ids: Collection[int]) -> dict[tuple[int, Phase], float]:
    query = (
        select(job_samples.c.job_id, job_samples.c.phase, func.max(job_samples.c.worked))
        .where(job_samples.c.job_id.in_(ids))
        .group_by(job_samples.c.job_id, job_samples.c.phase)
    )
    return {(job_id, Phase(phase)): most for job_id, phase, most in connection.execute(query)}


def _errors(connection: Connection, ids: Collection[int]) -> dict[int, dict[ErrorClass, int]]:
    query = (
        select(job_errors.c.job_id, job_errors.c.error_class, func.count())
        .where(job_errors.c.job_id.in_(ids))
        .group_by(job_errors.c.job_id, job_errors.c.error_class)
        .order_by(job_errors.c.error_class)
    )
    found: dict[int, dict[ErrorClass, int]] = {}
    for job_id, name, many in connection.execute(query):
        found.setdefault(job_id, {})[ErrorClass(name)] = many
    return found
