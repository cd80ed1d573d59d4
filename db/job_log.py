"""What happened to a job, line by line: its stages' beginnings and ends, and what they say.

Lines belong to a job, and where there is one, to a shard and the path that was in hand. They are
for people; nothing is decided by them.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Float, LargeBinary, cast, insert, literal, select

from db import logs
from db.paths import display
from db.schema import job_log, shards
from db.states import Phase
from db.times import now

log = logging.getLogger(__name__)


class LogLevel(StrEnum):
    """How much a line matters."""

    INFO = "info"
    WARNING = "warning"  # it went wrong, and goes on by itself
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a job's log; `at` is epoch seconds, `path` is below the library's root."""

    id: int
    shard_id: int | None
    phase: Phase | None
    path: bytes | None
    at: float
    level: LogLevel
    message: str
    shard_number: int | None

    @property
    def display_path(self) -> str:
        return display(self.path or b"")


def add(
    connection: Connection,
    job_id: int,
    message: str,
    *,
    shard_id: int | None = None,
    phase: Phase | None = None,
    path: bytes | None = None,
    level: LogLevel = LogLevel.INFO,
    at: float | None = None,
) -> None:
    """Write a line; a sentence for a person."""
    logs.note(log, message, job=job_id, shard=shard_id)
    connection.execute(
        insert(job_log).values(
            job_id=job_id,
            shard_id=shard_id,
            phase=phase,
            path=path or None,
            at=now() if at is None else at,
            level=level,
            message=message,
        )
    )


def of_shard(
    connection: Connection,
    shard_id: int,
    message: str,
    *,
    path: bytes | None = None,
    level: LogLevel = LogLevel.INFO,
) -> None:
    """Write a line about a shard, in the log of its job."""
    if level is LogLevel.INFO:  # whoever says that something is wrong has logged it
        logs.note(log, message, shard=shard_id)
    values = {
        "job_id": shards.c.job_id,
        "shard_id": shards.c.id,
        "phase": shards.c.phase,
        "path": literal(path or None, LargeBinary),
        "at": cast(literal(now()), Float),
        "level": literal(level.value),
        "message": literal(message),
    }
    query = select(*(value.label(name) for name, value in values.items()))
    connection.execute(
        insert(job_log).from_select(list(values), query.where(shards.c.id == shard_id))
    )


def listing(
    connection: Connection,
    job_id: int,
    *,
    shard_id: int | None = None,
    phase: Phase | None = None,
    path: bytes | None = None,
    before: int | None = None,
    limit: int,
) -> list[Line]:
    """Lines of a job, the newest first, from those with an id below `before`; None means any."""
    query = (
        select(job_log, shards.c.number.label("shard_number"))
        .outerjoin(shards, shards.c.id == job_log.c.shard_id)
        .where(job_log.c.job_id == job_id)
        .order_by(job_log.c.id.desc())
        .limit(limit)
    )
    for column, value in (("shard_id", shard_id), ("phase", phase), ("path", path)):
        if value is not None:
            query = query.where(job_log.c[column] == value)
    if before is not None:
        query = query.where(job_log.c.id < before)
    return [_line(row) for row in connection.execute(query)]


def _line(row: Any) -> Line:
    return Line(
        row.id,
        row.shard_id,
        Phase(row.phase) if row.phase else None,
        row.path,
        row.at,
        LogLevel(row.level),
        row.message,
        row.shard_number,
    )
