"""What the catalogue knows of covers: what one is made from, and whether one has been made.

The files themselves are the truth (`db/cover_files.py`); `comics.thumbnail_state` is a hint that
saves a look at the disk. A comic whose cover failed also has a row in `job_errors`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, or_, select, update

from db import errors, hidden_pages
from db.cover_files import CoverFailure
from db.dialect import bulk
from db.paths import below, join
from db.schema import comics, folders, libraries, series
from db.states import ComicState, Phase, WorkState


@dataclass(frozen=True, slots=True)
class Source:
    """What a cover is made from.

    `path` is absolute; `page` counts from 0 and is None when the comic has not been indexed, so
    that only the comic itself can tell.
    """

    comic_id: int
    version: int
    path: bytes
    page: int | None
    state: WorkState


@dataclass(frozen=True, slots=True)
class Wanted:
    """A comic whose cover is to be shown, and what can be shown in its place."""

    comic_id: int
    version: int
    state: WorkState
    missing: bool
    series: str
    number: str | None
    series_id: int
    artwork_id: int | None  # the picture in the cover's place


class Made(NamedTuple):
    """A cover that is there."""

    comic_id: int
    version: int


class Standing(NamedTuple):
    """What is to become of a comic's covers: which is the right one, and whether it stays."""

    version: int
    is_pinned: bool


class Failed(NamedTuple):
    """A cover that could not be made."""

    comic_id: int
    version: int
    failure: CoverFailure


def source(connection: Connection, comic_id: int) -> Source | None:
    """What to make a comic's cover from; None when there is no such comic (any more)."""
    row = connection.execute(_SOURCE, {"comic": comic_id}).one_or_none()
    if row is None:
        return None
    indexed = row.index_state == WorkState.DONE
    page = hidden_pages.covers(connection, {comic_id: row.cover_page})[comic_id]
    return Source(
        comic_id,
        row.version,
        below(row.root, join(row.folder, row.file_name)),
        page if indexed else None,
        WorkState(row.thumbnail_state),
    )


def wanted(connection: Connection, comic_ids: Collection[int]) -> dict[int, Wanted]:
    """The comics of those ids that exist, by id."""
    return {
        row.id: Wanted(
            row.id,
            row.version,
            WorkState(row.thumbnail_state),
            row.state == ComicState.MISSING,
            row.series_title or row.name,
            row.number,
            row.series_id,
            row.cover_artwork_id,
        )
        for row in connection.execute(_WANTED, {"comics": list(comic_ids)})
    }


def record(
    connection: Connection,
    made: Collection[Made],
    failed: Collection[Failed],
    job_id: int | None = None,
) -> None:
    """Write down what became of covers, unless their comics have changed since.

    Failures go to that job; without one, to the job that last changed the comic.
    """
    bulk(connection, _SET_STATE, _STATE_NAMES, [_state(WorkState.DONE, one) for one in made])
    bulk(connection, _SET_STATE, _STATE_NAMES, [_state(WorkState.FAILED, one) for one in failed])
    errors.resolve_of_comics(connection, [one.comic_id for one in made], Phase.THUMBNAIL)
    for one in failed:
        said = one.failure.error_class, one.failure.message
        errors.report_of_comic(
            connection, Phase.THUMBNAIL, one.comic_id, one.version, *said, job_id=job_id
        )


def of_changed_comics(connection: Connection, made: Collection[Made]) -> list[Made]:
    """Those covers whose comics have been other files before, and may have other covers."""
    query = select(comics.c.id, comics.c.version).where(
        comics.c.id.in_([one.comic_id for one in made]),
        comics.c.changed_job_id != comics.c.added_job_id,
    )
    return [one for one in map(Made._make, connection.execute(query)) if one in made]


def undrawn_first_pages(connection: Connection, comic_ids: Collection[int]) -> list[Made]:
    """Those of some hundred comics whose cover is the first page, and not known to be drawn."""
    query = select(comics.c.id, comics.c.version).where(
        comics.c.id.in_(comic_ids),
        comics.c.index_state == WorkState.DONE,
        comics.c.cover_page == 0,
        comics.c.cover_artwork_id.is_(None),
        comics.c.thumbnail_state != WorkState.DONE,
    )
    return list(map(Made._make, connection.execute(query)))


def standing(connection: Connection, comic_ids: Collection[int]) -> dict[int, Standing]:
    """What is to become of the covers of those of some hundred ids that are comics'.

    Those of series stay, and those of missing comics, which nobody could draw again.
    """
    query = select(
        comics.c.id, comics.c.version, or_(comics.c.state == ComicState.MISSING, _STANDS_FOR_SERIES)
    ).where(comics.c.id.in_(comic_ids))
    return {row[0]: Standing(row[1], bool(row[2])) for row in connection.execute(query)}


def drop(connection: Connection, covers: Collection[Made]) -> None:
    """Write down that covers make room for others; their files are to be removed afterwards."""
    states = [(WorkState.DROPPED.value, *one, WorkState.DROPPED.value) for one in covers]
    bulk(connection, _SET_STATE, _STATE_NAMES, states)


def said_to_be_there(connection: Connection, after: int, limit: int) -> list[Made]:
    """Covers that are there by what is written down, of comics with ids above `after`."""
    query = (
        select(comics.c.id, comics.c.version)
        .where(comics.c.id > after, comics.c.thumbnail_state == WorkState.DONE)
        .order_by(comics.c.id)
        .limit(limit)
    )
    return list(map(Made._make, connection.execute(query)))


def lose(connection: Connection, covers: Collection[Made]) -> None:
    """Write down that covers are not there (any more)."""
    states = [(WorkState.PENDING.value, *one, WorkState.PENDING.value) for one in covers]
    bulk(connection, _SET_STATE, _STATE_NAMES, states)


def drawable(connection: Connection, after: int, limit: int, *, of_series: bool) -> list[Made]:
    """Comics that can have a cover, those that stand for a series or the others, with ids above
    `after`, in order of id."""
    stands = _STANDS_FOR_SERIES if of_series else ~_STANDS_FOR_SERIES
    query = (
        select(comics.c.id, comics.c.version)
        .where(
            comics.c.id > after,
            comics.c.state == ComicState.PRESENT,
            comics.c.index_state == WorkState.DONE,
            comics.c.thumbnail_state != WorkState.FAILED,
            stands,
        )
        .order_by(comics.c.id)
        .limit(limit)
    )
    return list(map(Made._make, connection.execute(query)))


def drawn(connection: Connection, library_id: int, after: int, limit: int) -> list[Made]:
    """Comics of a library whose covers have been drawn, with ids above `after`, in order of id."""
    query = (
        select(comics.c.id, comics.c.version)
        .where(
            comics.c.library_id == library_id,
            comics.c.id > after,
            comics.c.state == ComicState.PRESENT,
            comics.c.thumbnail_state == WorkState.DONE,
        )
        .order_by(comics.c.id)
        .limit(limit)
    )
    return list(map(Made._make, connection.execute(query)))


def try_again(connection: Connection, comic_id: int) -> None:
    """Make a cover that failed pending again; its marker counts no more."""
    connection.execute(
        update(comics)
        .where(comics.c.id == comic_id, comics.c.thumbnail_state == WorkState.FAILED)
        .values(thumbnail_state=WorkState.PENDING)
    )


# The first page that anybody looks at has the covers of series.
_STANDS_FOR_SERIES = (
    select(series.c.id)
    .where(series.c.id == comics.c.series_id, series.c.cover_comic_id == comics.c.id)
    .exists()
)

_SOURCE = (
    select(
        comics.c.version,
        comics.c.file_name,
        comics.c.cover_page,
        comics.c.index_state,
        comics.c.thumbnail_state,
        folders.c.path.label("folder"),
        libraries.c.path.label("root"),
    )
    .join(folders, folders.c.id == comics.c.folder_id)
    .join(libraries, libraries.c.id == comics.c.library_id)
    .where(comics.c.id == bindparam("comic"))
)

_WANTED = (
    select(
        comics.c.id,
        comics.c.version,
        comics.c.thumbnail_state,
        comics.c.state,
        comics.c.series_title,
        comics.c.number,
        comics.c.series_id,
        comics.c.cover_artwork_id,
        series.c.name,
    )
    .join(series, series.c.id == comics.c.series_id)
    .where(comics.c.id.in_(bindparam("comics", expanding=True)))
)

_STATE_NAMES = ("new_state", "comic", "of_version", "other_state")
_SET_STATE = (
    update(comics)
    .where(
        comics.c.id == bindparam("comic"),
        comics.c.version == bindparam("of_version"),
        comics.c.thumbnail_state != bindparam("other_state"),
    )
    .values(thumbnail_state=bindparam("new_state"))
)


def _state(state: WorkState, one: Made | Failed) -> tuple[Any, ...]:
    return (state.value, one.comic_id, one.version, state.value)
