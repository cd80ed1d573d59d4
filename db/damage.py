"""Damage that only reading shows: pages whose content is not what their archive's directory says.

The index stage knows a comic by its directory alone, in which a copy with damaged pages looks as
good as a sound one. What readers come upon, and what a check finds that reads a comic through, is
an error of that comic from then on; a comic that was read through and is whole is known as such
until its file is another.
"""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from db import errors
from db.schema import comics, job_errors
from db.states import ErrorClass, Phase

# What an admin has to do something about besides, but leaves every page whole.
HARMLESS = frozenset({ErrorClass.METADATA_INVALID, ErrorClass.CHANGING, ErrorClass.INTERNAL})
OF_PAGES = frozenset({ErrorClass.DAMAGED, ErrorClass.TRUNCATED})


def is_known(connection: Connection, comic_id: int) -> bool:
    """Whether the comic has an error already that says that not all of it can be read."""
    return any(one not in HARMLESS for one, _ in _said(connection, comic_id))


def note(
    connection: Connection, comic_id: int, version: int, error_class: ErrorClass, message: str
) -> None:
    """Write down that the pages of that version are not whole, unless that is known already."""
    if is_known(connection, comic_id):
        return
    said = " ".join([message, *(before for _, before in _said(connection, comic_id))])
    errors.report_of_comic(connection, Phase.INDEX, comic_id, version, error_class, said)
    connection.execute(update(comics).where(comics.c.id == comic_id).values(checked_version=None))


def found_whole(connection: Connection, comic_id: int, version: int) -> None:
    """Write down that every page of that version was read, and is what its archive says."""
    connection.execute(
        update(comics)
        .where(comics.c.id == comic_id, comics.c.version == version)
        .values(checked_version=version)
    )


def _said(connection: Connection, comic_id: int) -> list[tuple[ErrorClass, str]]:
    """The comic's open errors of the phase that is about its pages."""
    query = select(job_errors.c.error_class, job_errors.c.message).where(
        job_errors.c.comic_id == comic_id,
        job_errors.c.phase == Phase.INDEX,
        job_errors.c.resolved_at.is_(None),
    )
    return [(ErrorClass(one), message) for one, message in connection.execute(query)]
