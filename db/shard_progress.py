"""What the shards of a job do: who is at which, in which attempt, how far, with what in hand.

For looking only; `db/shards.py` is what the work goes by. The file in hand is read from the small
file in which its stage keeps it, where that runs on this machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from db import in_hand
from db.paths import display
from db.schema import shards
from db.settings import settings
from db.states import Phase, ShardStatus
from db.times import now

MOST_RUNNING = 64  # of a job, that are shown at once


@dataclass(frozen=True, slots=True)
class ShardProgress:
    """A slice of a phase; `first_id` and `last_id` bound its comics, where it has any.

    `message` is why its last attempt ended before its time.
    """

    id: int
    job_id: int
    phase: Phase
    number: int
    status: ShardStatus
    attempt: int
    worker: str | None
    host: str | None
    pid: int | None
    heartbeat_at: float | None
    total: int
    done: int
    failed: int
    first_id: int | None
    last_id: int | None
    message: str | None
    started_at: float | None
    completed_at: float | None

    @property
    def processed(self) -> int:
        return self.done + self.failed

    @property
    def comics(self) -> tuple[int, int] | None:
        """The lowest and the highest id of its comics; None of a shard that is no slice of them."""
        return (self.first_id, self.last_id) if self.first_id and self.last_id else None

    @property
    def current(self) -> str | None:
        """The path that is in hand now; None between two, or on another machine."""
        if self.status is not ShardStatus.RUNNING:
            return None
        path = in_hand.read(self.id)
        return None if path is None else display(path)

    @property
    def silent_for(self) -> float | None:
        """Seconds without a sign of life, when they are more than they should be."""
        if self.status is not ShardStatus.RUNNING or self.heartbeat_at is None:
            return None
        silent = now() - self.heartbeat_at
        return silent if silent > 3 * settings().heartbeat else None


def get(connection: Connection, job_id: int, shard_id: int) -> ShardProgress | None:
    """One shard of a job; None when the job has none of that id."""
    query = _shards().where(shards.c.job_id == job_id, shards.c.id == shard_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _shard(row)


def running(connection: Connection, job_id: int) -> list[ShardProgress]:
    """The shards of a job that somebody is at."""
    return [_shard(row) for row in connection.execute(_RUNNING, {"job": job_id})]


def waiting(connection: Connection, job_id: int, phase: Phase) -> int:
    """How many shards of a job's phase nobody is at yet."""
    query = select(func.count()).where(
        shards.c.job_id == job_id,
        shards.c.phase == phase,
        shards.c.status == ShardStatus.QUEUED,
    )
    return connection.execute(query).scalar_one()


def listing(
    connection: Connection,
    job_id: int,
    *,
    phase: Phase | None = None,
    comic_id: int | None = None,
    after: int = 0,
    limit: int,
) -> list[ShardProgress]:
    """Shards of a job in order of their ids, from those behind `after`: of one phase, or those in
    whose slice a comic lies; None means any."""
    query = _shards().where(shards.c.job_id == job_id, shards.c.id > after).limit(limit)
    if phase is not None:
        query = query.where(shards.c.phase == phase)
    if comic_id is not None:
        query = query.where(shards.c.first_id <= comic_id, shards.c.last_id >= comic_id)
    return [_shard(row) for row in connection.execute(query)]


def _shards() -> Any:
    return select(*(shards.c[name] for name in ShardProgress.__slots__)).order_by(shards.c.id)


_RUNNING = (
    _shards()
    .where(shards.c.job_id == bindparam("job"), shards.c.status == ShardStatus.RUNNING)
    .limit(MOST_RUNNING)
)


def _shard(row: Any) -> ShardProgress:
    values = row._asdict()
    values["phase"], values["status"] = Phase(row.phase), ShardStatus(row.status)
    return ShardProgress(**values)
