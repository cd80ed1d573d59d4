"""What everybody who is signed in is told once: that a library is ready to be looked at.

A notice is made when the first discovery of a library ends; whoever has waved one away sees neither
it nor what came before it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, exists, insert, literal, select, update

from db.remembered import Remembered
from db.schema import libraries, notices, scan_jobs, users
from db.states import MOVING, Phase
from db.times import now

TOLD_SECONDS = 24 * 3600  # who comes later finds the library and needs no notice
MOST = 20  # libraries of which one notice tells


@dataclass(frozen=True, slots=True)
class Notice:
    """Libraries that are ready, with so many comics; a job may still be filling in details."""

    id: int
    library: str
    comics: int
    is_going_on: bool
    created_at: float


def library_is_ready(connection: Connection, job_id: int) -> None:
    """Tell everybody of the job's library, unless it has been told, or was there before."""
    earlier = scan_jobs.alias("earlier")
    was_there = exists().where(
        earlier.c.library_id == scan_jobs.c.library_id,
        earlier.c.id < job_id,
        earlier.c.comics_found > 0,
        earlier.c[f"{Phase.DISCOVER}_completed_at"].is_not(None),
    )
    was_told = exists().where(notices.c.library_id == scan_jobs.c.library_id)
    query = select(
        scan_jobs.c.library_id, scan_jobs.c.id, scan_jobs.c.comics_found, literal(now())
    ).where(scan_jobs.c.id == job_id, scan_jobs.c.comics_found > 0, ~was_there, ~was_told)
    connection.execute(
        insert(notices).from_select(["library_id", "job_id", "comics", "created_at"], query)
    )


def of_user(user_id: int) -> list[Notice]:
    """What the person has not waved away yet: one notice at most, of all libraries together."""
    unseen = [one for one in _unseen(user_id) if now() - one.created_at < TOLD_SECONDS]
    if not unseen:
        return []
    together = replace(
        unseen[0],
        library=", ".join(one.library for one in reversed(unseen)),
        comics=sum(one.comics for one in unseen),
        is_going_on=any(one.is_going_on for one in unseen),
    )
    return [together]


def wave_away(connection: Connection, user_id: int, notice_id: int) -> None:
    """The person has seen a notice, and with it those before it."""
    connection.execute(
        update(users)
        .where(users.c.id == user_id, users.c.notice_seen_id < notice_id)
        .values(notice_seen_id=notice_id)
    )


def _ask(connection: Connection, user_id: int) -> list[Notice]:
    return [
        Notice(row.id, row.name, row.comics, row.status in MOVING, row.created_at)
        for row in connection.execute(_OF_USER, {"user": user_id})
    ]


_SEEN = select(users.c.notice_seen_id).where(users.c.id == bindparam("user")).scalar_subquery()
_OF_USER = (
    select(
        notices.c.id,
        libraries.c.name,
        notices.c.comics,
        scan_jobs.c.status,
        notices.c.created_at,
    )
    .join(libraries, libraries.c.id == notices.c.library_id)
    .outerjoin(scan_jobs, scan_jobs.c.id == notices.c.job_id)
    .where(notices.c.id > _SEEN, libraries.c.removed_at.is_(None))
    .order_by(notices.c.id.desc())
    .limit(MOST)
)
_unseen: Remembered[int, list[Notice]] = Remembered(_ask)
