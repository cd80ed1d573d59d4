"""How many stages run side by side, as the worker that started last has chosen.

Whoever else goes on with a job, a retry from the web processes or a terminal, cuts its phases for
that many. How it is chosen is `pipeline/parallel.py`'s.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from db import settings as environment
from db.dialect import insert_or_update
from db.schema import settings

_NAME = "workers"


def keep(connection: Connection, stages: int) -> None:
    """Write down how many stages there are from now on."""
    statement = insert_or_update(settings, ["name"], lambda _old, new: {"value": new.value})
    connection.execute(statement.values(name=_NAME, value=str(stages)))


def stages_at_once(connection: Connection) -> int:
    """How many there are; what the settings say as long as no worker was here."""
    kept = connection.execute(select(settings.c.value).where(settings.c.name == _NAME)).scalar()
    return int(kept) if kept else environment.settings().workers
