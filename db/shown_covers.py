"""Which picture stands for a series and for a comic where no person has chosen one.

`cover_artwork_id` always is the picture that is shown, so that no listing has to find it out; None
means a comic's own cover. It is brought up to date by whoever changes what lies beside the comics.
A person's choice (`db/cover_choices.py`) is never touched.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from db.schema import artwork_files, comics, series
from db.states import COVER_ROLES, ArtworkRole

_PREFERENCE = case(
    {role.value: place for place, role in enumerate(ArtworkRole)}, value=artwork_files.c.role
)
# Of "cover.jpg" and "cover2.jpg" the shorter.
BEST_FIRST = (
    _PREFERENCE,
    func.length(artwork_files.c.file_name),
    artwork_files.c.file_name,
    artwork_files.c.id,
)


def refresh_comics(connection: Connection, comic_ids: Collection[int]) -> None:
    """Let comics show the pictures with their names, unless a person chose something else."""
    beside = _best(
        artwork_files.c.comic_id == comics.c.id,
        artwork_files.c.folder_id == comics.c.folder_id,
    )
    connection.execute(
        update(comics)
        .where(
            comics.c.id.in_(comic_ids),
            ~comics.c.cover_chosen,
            comics.c.cover_artwork_id.is_distinct_from(beside),
        )
        .values(cover_artwork_id=beside)
    )


def refresh_series(connection: Connection, folder_ids: Collection[int]) -> None:
    """Let the series of folders show the pictures in them, unless a person chose something else."""
    beside = _best(
        artwork_files.c.folder_id == series.c.folder_id, artwork_files.c.comic_id.is_(None)
    )
    connection.execute(
        update(series)
        .where(
            series.c.folder_id.in_(folder_ids),
            ~series.c.cover_chosen,
            series.c.cover_artwork_id.is_distinct_from(beside),
        )
        .values(cover_artwork_id=beside)
    )


def _best(*where: ColumnElement[bool]) -> Any:
    """The id of the best picture that may be a cover."""
    return (
        select(artwork_files.c.artwork_id)
        .where(
            *where,
            artwork_files.c.role.in_(COVER_ROLES),
            artwork_files.c.artwork_id.is_not(None),
        )
        .order_by(*BEST_FIRST)
        .limit(1)
        .scalar_subquery()
    )
