"""What reading a comic needs of the catalogue: where its file is, and what was read of it.

One small query, because every page that is turned asks it. Nothing here writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from db.paths import below, join
from db.schema import comics, folders, libraries
from db.states import ComicState, WorkState


@dataclass(frozen=True, slots=True)
class Readable:
    """A comic's file as the catalogue knows it; `page_count` is None until it is indexed."""

    comic_id: int
    path: bytes
    version: int
    size: int
    mtime_ns: int
    is_missing: bool
    page_count: int | None
    index_state: WorkState


def find(connection: Connection, comic_id: int) -> Readable | None:
    """The comic to be read; None when there is none of that id."""
    row = connection.execute(_FIND, {"comic": comic_id}).one_or_none()
    if row is None:
        return None
    return Readable(
        comic_id,
        below(row.root, join(row.folder, row.file_name)),
        row.version,
        row.size,
        row.mtime_ns,
        row.state == ComicState.MISSING,
        row.page_count if row.index_state == WorkState.DONE else None,
        WorkState(row.index_state),
    )


_FIND = (
    select(
        comics.c.version,
        comics.c.size,
        comics.c.mtime_ns,
        comics.c.state,
        comics.c.index_state,
        comics.c.page_count,
        comics.c.file_name,
        folders.c.path.label("folder"),
        libraries.c.path.label("root"),
    )
    .join(folders, folders.c.id == comics.c.folder_id)
    .join(libraries, libraries.c.id == comics.c.library_id)
    .where(comics.c.id == bindparam("comic"), libraries.c.removed_at.is_(None))
)
