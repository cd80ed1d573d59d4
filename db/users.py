"""The people who may sign in: adding, finding, disabling and removing them.

Names are unique whatever their case. Somebody who can administer the server always remains, and
whoever is disabled or given another password is signed out everywhere in the same transaction.
Passwords themselves are `db.passwords`' business.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from db import api_tokens, sessions
from db.passwords import PasswordHash
from db.reading import keep
from db.schema import users
from db.times import now

LONGEST_NAME = 64


class UserError(ValueError):
    """Something about users cannot be done; the message is for the person who asked."""


class NameUnfit(UserError):
    """This cannot be a user's name."""


class NameTaken(UserError):
    """Another user has this name."""


class NoSuchUser(UserError):
    """There is no user of this name or id."""


class LastAdmin(UserError):
    """Nobody could administer the server afterwards."""


@dataclass(frozen=True, slots=True)
class User:
    """One user, without the password. Times are epoch seconds."""

    id: int
    name: str
    is_admin: bool
    disabled_at: float | None
    created_at: float
    last_seen_at: float | None


_COLUMNS = (
    users.c.id,
    users.c.name,
    users.c.is_admin,
    users.c.disabled_at,
    users.c.created_at,
    users.c.last_seen_at,
)


def name_key(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", name).casefold().strip()


def checked_name(name: str) -> str:
    """A user's name as it is kept; raises NameUnfit."""
    name = unicodedata.normalize("NFC", name).strip()
    if not name_key(name):
        raise NameUnfit("A user needs a name.")
    if len(name) > LONGEST_NAME:
        raise NameUnfit(f"A user's name may have at most {LONGEST_NAME} characters.")
    if not name.isprintable():
        raise NameUnfit("A user's name may only have characters that can be seen.")
    return name


def add(
    connection: Connection,
    name: str,
    password_hash: PasswordHash,
    *,
    is_admin: bool = False,
    is_disabled: bool = False,
    created_at: float | None = None,
) -> User:
    """Add a user, who is of now unless that is said; raises NameUnfit or NameTaken."""
    name = checked_name(name)
    if find(connection, name) is not None:
        raise NameTaken(f"There is a user named {name} already. Choose another name.")
    user_id = connection.execute(
        insert(users)
        .values(
            name=name,
            name_key=name_key(name),
            password_hash=password_hash,
            is_admin=is_admin,
            disabled_at=now() if is_disabled else None,
            created_at=now() if created_at is None else created_at,
        )
        .returning(users.c.id)
    ).scalar_one()
    return get(connection, user_id)


def get(connection: Connection, user_id: int) -> User:
    """The user of this id; raises NoSuchUser."""
    row = connection.execute(select(*_COLUMNS).where(users.c.id == user_id)).first()
    if row is None:
        raise NoSuchUser("There is no such user (any more).")
    return User(*row)


def find(connection: Connection, name: str) -> User | None:
    """The user of this name, in whatever case it is written."""
    row = connection.execute(select(*_COLUMNS).where(users.c.name_key == name_key(name))).first()
    return None if row is None else User(*row)


def named(connection: Connection, name: str) -> User:
    """As `find`, but raises NoSuchUser."""
    user = find(connection, name)
    if user is None:
        raise NoSuchUser(f"There is no user named {name}. `longbox user list` shows all.")
    return user


def listing(connection: Connection) -> list[User]:
    """Everybody, in the order of their names."""
    rows = connection.execute(select(*_COLUMNS).order_by(users.c.name_key)).all()
    return [User(*row) for row in rows]


def has_admin(connection: Connection) -> bool:
    """Whether somebody can administer the server; until then the set-up link can make one."""
    return _enabled_admins(connection) > 0


def password_hash_of(connection: Connection, user_id: int) -> PasswordHash:
    """What to check a password against; raises NoSuchUser."""
    found = connection.execute(
        select(users.c.password_hash).where(users.c.id == user_id)
    ).scalar_one_or_none()
    if found is None:
        raise NoSuchUser("There is no such user (any more).")
    return PasswordHash(found)


def set_password(
    connection: Connection,
    user_id: int,
    password_hash: PasswordHash,
    *,
    keep_session: int | None = None,
) -> None:
    """Give a user another password, which ends all tokens of theirs and every session but
    `keep_session`."""
    get(connection, user_id)
    connection.execute(
        update(users).where(users.c.id == user_id).values(password_hash=password_hash)
    )
    sign_out(connection, user_id, keep_session=keep_session)


def sign_out(connection: Connection, user_id: int, *, keep_session: int | None = None) -> None:
    """End all tokens of a user's, and every session but one."""
    sessions.end_all(connection, user_id, but=keep_session)
    api_tokens.end_all(connection, user_id)


def hash_anew(connection: Connection, user_id: int, old: PasswordHash, new: PasswordHash) -> None:
    """Keep another hash of the same password, unless that was changed; nobody is signed out."""
    connection.execute(
        update(users)
        .where(users.c.id == user_id, users.c.password_hash == old)
        .values(password_hash=new)
    )


def disable(connection: Connection, user_id: int) -> None:
    """Sign a user out everywhere and keep them out; raises NoSuchUser or LastAdmin."""
    _refuse_last_admin(connection, user_id, "disabled")
    connection.execute(
        update(users)
        .where(users.c.id == user_id, users.c.disabled_at.is_(None))
        .values(disabled_at=now())
    )
    sessions.end_all(connection, user_id)


def enable(connection: Connection, user_id: int) -> None:
    """Let a disabled user in again; raises NoSuchUser."""
    get(connection, user_id)
    connection.execute(update(users).where(users.c.id == user_id).values(disabled_at=None))


def set_admin(connection: Connection, user_id: int, is_admin: bool) -> None:
    """Make a user an admin, or no longer one; raises NoSuchUser or LastAdmin."""
    if is_admin:
        get(connection, user_id)
    else:
        _refuse_last_admin(connection, user_id, "made an ordinary user")
    connection.execute(update(users).where(users.c.id == user_id).values(is_admin=is_admin))


def remove(connection: Connection, user_id: int) -> None:
    """Remove a user with sessions and reading data; raises NoSuchUser or LastAdmin.

    The journal keeps what they had read, under their name.
    """
    _refuse_last_admin(connection, user_id, "removed")
    keep.remove_user(connection, user_id)
    connection.execute(delete(users).where(users.c.id == user_id))


def _refuse_last_admin(connection: Connection, user_id: int, deed: str) -> None:
    user = get(connection, user_id)
    is_only_one = user.is_admin and user.disabled_at is None and _enabled_admins(connection) == 1
    if is_only_one:
        raise LastAdmin(
            f"{user.name} is the only admin and cannot be {deed}. Make somebody else admin first."
        )


def _enabled_admins(connection: Connection) -> int:
    return connection.execute(
        select(func.count())
        .select_from(users)
        .where(users.c.is_admin.is_(True), users.c.disabled_at.is_(None))
    ).scalar_one()
