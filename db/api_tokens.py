"""Tokens by which programs ask for what an admin may: one row each, found by the token's hash.

The token itself is shown once. One of somebody who is no admin any more, or disabled, is void; with
another password, or by signing out everywhere, all of a user's end.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from db.passwords import TO_CHANGE
from db.schema import api_tokens, users
from db.sessions import hash_of
from db.times import now

if TYPE_CHECKING:
    from db.users import User  # which ends tokens

PREFIX = "longbox_"  # by which people and scanners for secrets know one
LONGEST_NAME = 100
USED_EVERY = 60  # seconds; how exactly `last_used_at` is kept


class TokenError(ValueError):
    """Something about tokens cannot be done; the message is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """The admin a token speaks for. Times are epoch seconds."""

    token_id: int
    last_used_at: float | None
    user_id: int
    name: str
    must_change_password: bool

    @property
    def is_due(self) -> bool:
        """Whether `used` should be called for this request."""
        return self.last_used_at is None or now() - self.last_used_at > USED_EVERY


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. Times are epoch seconds."""

    id: int
    user: str
    name: str
    created_at: float
    last_used_at: float | None


def add(connection: Connection, user: User, name: str) -> str:
    """Make a token for an admin; answers the token, which nobody can find out later."""
    if not user.is_admin:
        raise TokenError(f"{user.name} is no admin; only admins have tokens.")
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise TokenError(
            f"A token has a name of 1 to {LONGEST_NAME} characters, such as that of the program "
            "that uses it."
        )
    token = PREFIX + secrets.token_urlsafe(32)
    values = {"user_id": user.id, "name": name, "token_hash": hash_of(token), "created_at": now()}
    try:
        with connection.begin_nested():
            connection.execute(insert(api_tokens).values(values))
    except IntegrityError:
        raise TokenError(f"{user.name} has a token named {name} already.") from None
    return token


def listing(connection: Connection, user_id: int | None = None) -> list[Token]:
    """The tokens of one user, or of all, by user and name."""
    query = (
        select(
            api_tokens.c.id,
            users.c.name,
            api_tokens.c.name,
            api_tokens.c.created_at,
            api_tokens.c.last_used_at,
        )
        .join(users, users.c.id == api_tokens.c.user_id)
        .order_by(users.c.name_key, api_tokens.c.name)
    )
    if user_id is not None:
        query = query.where(users.c.id == user_id)
    return [Token(*row) for row in connection.execute(query)]


def remove(connection: Connection, user_id: int, name: str) -> None:
    """End a token of a user's, by its name."""
    ended = delete(api_tokens).where(api_tokens.c.user_id == user_id, api_tokens.c.name == name)
    if not connection.execute(ended).rowcount:
        raise TokenError(f"There is no token named {name}.")


def end_all(connection: Connection, user_id: int) -> None:
    """End every token of a user's."""
    connection.execute(delete(api_tokens).where(api_tokens.c.user_id == user_id))


def bearer(connection: Connection, token: str) -> Bearer | None:
    """Whom a token speaks for, in one query; None when for nobody (any more)."""
    row = connection.execute(_BEARER, {"hash": hash_of(token)}).first()
    return None if row is None else Bearer(*row)


def used(connection: Connection, token_id: int) -> None:
    """Note that a token is in use."""
    connection.execute(
        update(api_tokens).where(api_tokens.c.id == token_id).values(last_used_at=now())
    )


_BEARER = (
    select(
        api_tokens.c.id,
        api_tokens.c.last_used_at,
        users.c.id,
        users.c.name,
        users.c.password_hash.startswith(TO_CHANGE),
    )
    .join(users, users.c.id == api_tokens.c.user_id)
    .where(
        api_tokens.c.token_hash == bindparam("hash"),
        users.c.is_admin,
        users.c.disabled_at.is_(None),
    )
)
