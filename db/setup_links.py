"""The one-time link that makes the first admin: issuing it and using it up.

Its token is kept as a hash, is good for a day, and is gone in the same transaction that makes the
admin. As soon as there is an admin, no link is issued and none is any good.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, insert, select

from db import users
from db.schema import setup_links
from db.sessions import hash_of
from db.times import now

LIFETIME = 86_400  # seconds


class LinkUnusable(ValueError):
    """The set-up link is used up, too old or wrong; the message says how to get another."""

    def __init__(self) -> None:
        super().__init__(
            "This set-up link is not valid any more. Run `longbox setup-link` for a new one."
        )


def issue(connection: Connection) -> str | None:
    """A new token, which makes older ones worthless; None when there is an admin already."""
    connection.execute(delete(setup_links))
    if users.has_admin(connection):
        return None
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(setup_links).values(token_hash=hash_of(token), expires_at=now() + LIFETIME)
    )
    return token


def is_good(connection: Connection, token: str) -> bool:
    """Whether the token could be used now."""
    found = connection.execute(
        select(setup_links.c.token_hash).where(
            setup_links.c.token_hash == hash_of(token), setup_links.c.expires_at > now()
        )
    ).first()
    return found is not None and not users.has_admin(connection)


def use_up(connection: Connection, token: str) -> None:
    """Take the token for good; raises LinkUnusable. Make the admin in the same transaction."""
    good = is_good(connection, token)
    taken = connection.execute(
        delete(setup_links).where(setup_links.c.token_hash == hash_of(token))
    ).rowcount
    if not (good and taken):
        raise LinkUnusable
