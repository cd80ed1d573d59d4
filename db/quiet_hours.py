"""Quiet hours: the time of day in which scans pause, for all libraries or for one.

They are told in the server's local time. Pausing and letting go on is the worker's business
(`pipeline/timekeeper.py`); what a person paused or resumed, they do not touch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Connection, delete, select, update

from db.dialect import insert_or_update
from db.libraries import get
from db.schema import libraries, scan_jobs, settings
from db.states import MOVING, JobStatus, PauseReason

NEVER = "never"  # of a library that has none, whatever holds for all
_NAME = "quiet_hours"
_SHAPE = re.compile(
    r"([01]?\d|2[0-3])(?:[:.]([0-5]\d))?\s*(?:[-\u2013\u2014]|to|until)\s*"
    r"([01]?\d|2[0-4])(?:[:.]([0-5]\d))?"
)


class HoursUnfit(ValueError):
    """These cannot be quiet hours; the message is for the person who wrote them."""


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From one time of the day to another, which may be of the next day."""

    begin: time
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def around(self, moment: float) -> tuple[float, float] | None:
        """When the quiet hours that a moment is in began and when they end; None outside them."""
        today = datetime.fromtimestamp(moment).astimezone().date()
        for day in (today, today - timedelta(days=1)):
            end_day = day if self.begin < self.end else day + timedelta(days=1)
            begin = datetime.combine(day, self.begin).timestamp()
            end = datetime.combine(end_day, self.end).timestamp()
            if begin <= moment < end:
                return begin, end
        return None


@dataclass(frozen=True, slots=True)
class Concerned:
    """A job that has not ended, as quiet hours see it; `hours` are those of its library."""

    job_id: int
    library: str
    goes_on: bool
    is_quiet: bool
    resumed_at: float
    hours: QuietHours | None


def parse(text: str) -> QuietHours:
    """The hours that a text such as "22:00-07:00" says; raises HoursUnfit."""
    match = _SHAPE.fullmatch(text.strip().lower())
    if match is None:
        raise HoursUnfit(
            f"“{text.strip()[:40]}” are no quiet hours. Write them as 22:00-07:00, in the time of "
            "the server."
        )
    begin = time(int(match[1]), int(match[2] or 0))
    end = time(int(match[3]) % 24, int(match[4] or 0))
    if begin == end:
        raise HoursUnfit("Quiet hours that go round the clock would let no scan end.")
    return QuietHours(begin, end)


def of_all(connection: Connection) -> QuietHours | None:
    """The quiet hours of all libraries that have none of their own."""
    text = connection.execute(select(settings.c.value).where(settings.c.name == _NAME)).scalar()
    return parse(text) if text else None


def set_of_all(connection: Connection, text: str) -> None:
    """Set them; an empty text is for none. Raises HoursUnfit."""
    if not text.strip():
        connection.execute(delete(settings).where(settings.c.name == _NAME))
        return
    statement = insert_or_update(settings, ["name"], lambda _old, new: {"value": new.value})
    connection.execute(statement.values(name=_NAME, value=str(parse(text))))


def of_library(connection: Connection, library_id: int) -> str:
    """A library's own quiet hours, "never", or "" when they are those of all."""
    query = select(libraries.c.quiet_hours).where(libraries.c.id == library_id)
    return connection.execute(query).scalar() or ""


def set_of_library(connection: Connection, library_id: int, text: str) -> None:
    """Set a library's own quiet hours: `of_library` says how. Raises HoursUnfit, NoSuchLibrary."""
    get(connection, library_id)
    kept: str | None = text.strip().lower() or None
    if kept not in (None, NEVER):
        kept = str(parse(text))
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(quiet_hours=kept)
    )


def that_hold(connection: Connection, library_id: int) -> QuietHours | None:
    """The quiet hours that hold for a library."""
    return _hours(of_library(connection, library_id), of_all(connection))


def concerned(connection: Connection, job_id: int | None = None) -> list[Concerned]:
    """The jobs that go on, and those that quiet hours have paused; or that one, if it is among
    them."""
    everybodys = of_all(connection)
    quiet = scan_jobs.c.pause_reason == PauseReason.QUIET_HOURS
    query = (
        select(
            scan_jobs.c.id,
            scan_jobs.c.status,
            scan_jobs.c.resumed_at,
            libraries.c.name,
            libraries.c.quiet_hours,
        )
        .join(libraries, libraries.c.id == scan_jobs.c.library_id)
        .where(scan_jobs.c.status.in_(MOVING) | ((scan_jobs.c.status == JobStatus.PAUSED) & quiet))
    )
    if job_id is not None:
        query = query.where(scan_jobs.c.id == job_id)
    return [
        Concerned(
            row.id,
            row.name,
            JobStatus(row.status).goes_on,
            row.status == JobStatus.PAUSED,
            row.resumed_at or 0.0,
            _hours(row.quiet_hours, everybodys),
        )
        for row in connection.execute(query)
    ]


def _hours(own: str | None, everybodys: QuietHours | None) -> QuietHours | None:
    if own == NEVER:
        return None
    return parse(own) if own else everybodys
