"""What needs an administrator: the one list that every page shows to those who are one.

A database that is damaged; scans that ask, and libraries whose last scan could not be finished.
Nothing is kept here; who sees to it makes it go away.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, func, select

from db import soundness
from db.remembered import Remembered
from db.schema import libraries, scan_jobs
from db.settings import settings
from db.states import JobStatus


class NeedKind(StrEnum):
    """Why somebody is to look."""

    HELD = "held"  # a scan asks before it goes on
    FAILED = "failed"  # the last scan of a library could not be finished
    DAMAGED = "damaged"  # the database is broken


@dataclass(frozen=True, slots=True)
class Need:
    """Something for an administrator to look at, and the scan that it is about, if it is one."""

    kind: NeedKind
    job_id: int | None
    library: str | None
    sentence: str


def listing(connection: Connection) -> list[Need]:
    """All that needs somebody, what asks first."""
    return [
        Need(NeedKind(row.status), row.id, row.name, row.last_error or "It could not be finished.")
        for row in connection.execute(_LISTING)
    ]


_NEWEST = select(func.max(scan_jobs.c.id).label("id")).group_by(scan_jobs.c.library_id).subquery()
_LISTING = (
    select(scan_jobs.c.id, scan_jobs.c.status, scan_jobs.c.last_error, libraries.c.name)
    .join(_NEWEST, _NEWEST.c.id == scan_jobs.c.id)
    .join(libraries, libraries.c.id == scan_jobs.c.library_id)
    .where(
        libraries.c.removed_at.is_(None),
        scan_jobs.c.status.in_((JobStatus.HELD, JobStatus.FAILED)),
    )
    .order_by(scan_jobs.c.status != JobStatus.HELD, scan_jobs.c.id)
)


def _ask(connection: Connection, _key: None) -> list[Need]:
    return listing(connection)


_remembered: Remembered[None, list[Need]] = Remembered(_ask)


def now(*, among_jobs: bool = True) -> list[Need]:
    """The list as it is, asked for with every page; False is for who knows of no such job."""
    if soundness.is_noted(settings()):
        return [Need(NeedKind.DAMAGED, None, None, soundness.SENTENCE)]
    return _remembered(None) if among_jobs else []
