"""What Longbox tells a monitoring: numbers by name, with labels, out of tables and files.

How they are written for Prometheus is in `webui/metrics.py`. Everything here is cheap enough to be
asked for every few seconds, whatever the size of the library.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db import latency, progress, webhooks
from db.progress import Progress
from db.schema import job_errors, libraries, scan_jobs, series, shards
from db.settings import Settings
from db.states import ACTIVE, ErrorClass, JobStatus, Phase, ShardStatus

COUNTED_FOR = 60.0  # seconds that a count of the covers' files is good for

_NEWEST = select(func.max(scan_jobs.c.id)).group_by(scan_jobs.c.library_id)
_covers: dict[Path, tuple[float, int]] = {}  # a folder → when its files were counted, how many


@dataclass(frozen=True, slots=True)
class Sample:
    """A number of a metric, with the labels that tell it from the others."""

    value: float
    labels: dict[str, str]
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric; `kind` is a gauge, a counter or a histogram."""

    name: str
    kind: str
    words: str
    samples: list[Sample]


def of_tables(connection: Connection) -> Iterator[Metric]:
    """Jobs, their phases, errors and shards, and the library."""
    yield _by_word(
        connection,
        "longbox_jobs",
        "Scans that are kept, by status.",
        "status",
        select(scan_jobs.c.status, func.count()).group_by(scan_jobs.c.status),
        [*JobStatus],
    )
    yield _by_word(
        connection,
        "longbox_open_errors",
        "Files and folders that failed and still do, by what is wrong with them.",
        "error",
        select(job_errors.c.error_class, func.count())
        .where(job_errors.c.resolved_at.is_(None))
        .group_by(job_errors.c.error_class),
        [*ErrorClass],
    )
    yield _by_word(
        connection,
        "longbox_shards",
        "Slices of work that wait and that somebody is at.",
        "status",
        select(shards.c.status, func.count())
        .where(shards.c.status.in_((ShardStatus.QUEUED, ShardStatus.RUNNING)))
        .group_by(shards.c.status),
        [ShardStatus.QUEUED, ShardStatus.RUNNING],
    )
    yield from _of_phases(_newest_jobs(connection))
    failed = select(func.count()).where(
        job_errors.c.phase == Phase.THUMBNAIL, job_errors.c.resolved_at.is_(None)
    )
    yield one(
        "longbox_covers_failed", "Covers that could not be drawn.", _number(connection, failed)
    )
    whole = select(func.coalesce(func.sum(series.c.comic_count), 0))
    yield one("longbox_comics", "Comics whose files are there.", _number(connection, whole))
    yield one("longbox_series", "Series.", _number(connection, select(func.count(series.c.id))))
    yield one(
        "longbox_messages_waiting",
        "Messages of webhooks that are to be sent, now or again.",
        webhooks.waiting(connection),
    )


def of_files(settings: Settings) -> Iterator[Metric]:
    """The sizes of the databases, and how many covers there are."""
    files = {"library": settings.library_file, "queue": settings.queue_file}
    yield Metric(
        "longbox_database_bytes",
        "gauge",
        "Size of the databases, with what is not yet merged into them.",
        [
            Sample(_size(file) + _size(Path(f"{file}-wal")), {"database": name})
            for name, file in files.items()
        ],
    )
    yield one("longbox_covers_made", "Covers on the disk.", _count_of_covers(settings.covers))


def of_requests(settings: Settings) -> Iterator[Metric]:
    """How long requests take, and how many failed."""
    found = latency.histograms(settings.run)
    timed, failed = [], []
    for kind, timing in found.items():
        labels = {"kind": kind.name.lower()}
        below = 0
        for end, many in zip((*map(str, latency.BUCKETS), "+Inf"), timing.buckets, strict=True):
            below += many
            timed.append(Sample(below, labels | {"le": end}, "_bucket"))
        timed += [Sample(timing.seconds, labels, "_sum"), Sample(below, labels, "_count")]
        failed.append(Sample(timing.failures, labels))
    name = "longbox_http_request_duration_seconds"
    yield Metric(name, "histogram", "How long requests took, until the answer began.", timed)
    name = "longbox_http_failures_total"
    yield Metric(name, "counter", "Requests that were answered with a 5xx.", failed)


def one(name: str, words: str, value: float, **labels: str) -> Metric:
    """A metric of a single number."""
    return Metric(name, "gauge", words, [Sample(value, labels)])


def _by_word(
    connection: Connection, name: str, words: str, label: str, query: Select[Any], known: list[str]
) -> Metric:
    """Counts by the words of a closed list, those of which there is none as well."""
    found: dict[str, int] = dict(map(tuple, connection.execute(query)))
    return Metric(
        name, "gauge", words, [Sample(found.get(word, 0), {label: word}) for word in known]
    )


def _newest_jobs(connection: Connection) -> list[Progress]:
    """The scan of each library that has not ended, else its newest."""
    wanted = (
        select(scan_jobs.c.id)
        .join(libraries)
        .where(
            libraries.c.removed_at.is_(None),
            scan_jobs.c.id.in_(_NEWEST) | scan_jobs.c.status.in_(ACTIVE),
        )
    )
    ids = connection.execute(wanted.order_by(scan_jobs.c.id)).scalars().all()
    by_library = {job.library: job for job in (progress.get(connection, job_id) for job_id in ids)}
    return [*by_library.values()]


def _of_phases(jobs: list[Progress]) -> Iterator[Metric]:
    items, rates, active = [], [], []
    for job in jobs:
        active.append(Sample(job.status.active, {"library": job.library}))
        for phase in job.phases:
            labels = {"library": job.library, "phase": phase.name.value}
            items += [
                Sample(getattr(phase, state), labels | {"state": state})
                for state in ("total", "done", "failed")
            ]
            rates.append(Sample(phase.rate or 0.0, labels))
    words = "Comics that the newest scan of a library has to do, has done, and that failed."
    yield Metric("longbox_phase_items", "gauge", words, items)
    words = "How many of them a second: now, or of a phase that is over, on the whole."
    yield Metric("longbox_phase_rate", "gauge", words, rates)
    yield Metric("longbox_scan_active", "gauge", "Whether that scan has not ended.", active)


def _number(connection: Connection, query: Select[Any]) -> float:
    return float(connection.execute(query).scalar_one())


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _count_of_covers(folder: Path) -> int:
    if not folder.is_dir():
        return 0
    counted_at, many = _covers.get(folder, (float("-inf"), 0))
    if time.monotonic() - counted_at > COUNTED_FOR:
        many = sum(len(os.listdir(part)) for part in os.scandir(folder) if part.is_dir())
        _covers[folder] = (time.monotonic(), many)
    return many
