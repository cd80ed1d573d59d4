"""Whether strangers may make an account of their own; closed until an admin opens it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from db.dialect import insert_or_update
from db.schema import settings

_NAME = "registration"
_OPEN = "open"


def is_open(connection: Connection) -> bool:
    """Whether the registration page and its API take new people."""
    value = connection.execute(select(settings.c.value).where(settings.c.name == _NAME)).scalar()
    return value == _OPEN


def set_open(connection: Connection, wanted: bool) -> None:
    """Open or close registration."""
    statement = insert_or_update(settings, ["name"], lambda _old, new: {"value": new.value})
    connection.execute(statement.values(name=_NAME, value=_OPEN if wanted else "closed"))
