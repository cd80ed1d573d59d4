"""Who is signed in where: one row a session, found by the hash of the token in its cookie.

The token itself is known to the browser alone. A session ends 30 days after it began, or when it
is signed out; a session of a user who is disabled or removed is none.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, exists, insert, select, update

from db.passwords import TO_CHANGE
from db.schema import notices, preferences, scan_jobs, sessions, users
from db.states import JobStatus
from db.times import now

LIFETIME = 30 * 86_400  # seconds
SEEN_EVERY = 3_600  # seconds; how exactly `seen_at` is kept
LONGEST_AGENT = 300


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user behind a request, and the session that says so. Times are epoch seconds.

    What every page has at its top comes with it, as it is looked up with every request while
    somebody writes: the theme that the user prefers (None for any), and whether there may be
    notices that they have not waved away, and jobs that need an admin.
    """

    session_id: int
    seen_at: float
    expires_at: float
    user_id: int
    name: str
    is_admin: bool
    must_change_password: bool
    theme: str | None
    may_have_notices: bool
    may_have_needs: bool

    @property
    def is_due(self) -> bool:
        """Whether `seen` should be called for this visit."""
        return now() - self.seen_at > SEEN_EVERY

    @property
    def is_over(self) -> bool:
        """Whether the session has ended since it was looked up."""
        return self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class Session:
    """One place where a user is signed in. Times are epoch seconds."""

    id: int
    agent: str
    created_at: float
    seen_at: float
    expires_at: float


def begin(connection: Connection, user_id: int, agent: str) -> str:
    """Sign a user in; the token for the cookie. Sessions that are over are cleared away."""
    moment = now()
    connection.execute(delete(sessions).where(sessions.c.expires_at <= moment))
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(sessions).values(
            token_hash=hash_of(token),
            user_id=user_id,
            agent=agent[:LONGEST_AGENT],
            created_at=moment,
            seen_at=moment,
            expires_at=moment + LIFETIME,
        )
    )
    connection.execute(update(users).where(users.c.id == user_id).values(last_seen_at=moment))
    return token


def visitor(connection: Connection, token: str) -> Visitor | None:
    """Whom a cookie's token speaks for, in one query; None when for nobody (any more)."""
    row = connection.execute(_VISITOR, {"hash": hash_of(token), "moment": now()}).first()
    if row is None:
        return None
    found = Visitor(*row)  # the theme is JSON, as all preferences are
    return replace(found, theme=json.loads(found.theme) if found.theme else None)


_VISITOR: Select[Any] = (  # built once: every request asks it
    select(
        sessions.c.id,
        sessions.c.seen_at,
        sessions.c.expires_at,
        users.c.id,
        users.c.name,
        users.c.is_admin,
        users.c.password_hash.startswith(TO_CHANGE),
        select(preferences.c.value)
        .where(preferences.c.user_id == users.c.id, preferences.c.name == "theme")
        .scalar_subquery(),
        exists().where(notices.c.id > users.c.notice_seen_id),
        exists().where(scan_jobs.c.status.in_((JobStatus.HELD, JobStatus.FAILED))),
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(
        sessions.c.token_hash == bindparam("hash"),
        sessions.c.expires_at > bindparam("moment"),
        users.c.disabled_at.is_(None),
    )
)


def seen(connection: Connection, visitor: Visitor) -> None:
    """Note that a session is in use."""
    moment = now()
    connection.execute(
        update(sessions).where(sessions.c.id == visitor.session_id).values(seen_at=moment)
    )
    connection.execute(
        update(users).where(users.c.id == visitor.user_id).values(last_seen_at=moment)
    )


def of_user(connection: Connection, user_id: int) -> list[Session]:
    """Where a user is signed in, the latest seen first."""
    rows = connection.execute(
        select(
            sessions.c.id,
            sessions.c.agent,
            sessions.c.created_at,
            sessions.c.seen_at,
            sessions.c.expires_at,
        )
        .where(sessions.c.user_id == user_id, sessions.c.expires_at > now())
        .order_by(sessions.c.seen_at.desc(), sessions.c.id.desc())
    ).all()
    return [Session(*row) for row in rows]


def end(connection: Connection, session_id: int) -> None:
    """Sign one session out."""
    connection.execute(delete(sessions).where(sessions.c.id == session_id))


def end_all(connection: Connection, user_id: int, *, but: int | None = None) -> int:
    """Sign a user out everywhere, or everywhere but in one session; how many that were."""
    statement = delete(sessions).where(sessions.c.user_id == user_id)
    if but is not None:
        statement = statement.where(sessions.c.id != but)
    return connection.execute(statement).rowcount


def hash_of(token: str) -> str:
    """What is kept of a random token; one that long needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
