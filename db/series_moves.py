"""Series that follow their comics into another folder, so that what hangs on their ids stays.

When the comics of a series have moved, the series itself has moved if none of them stayed behind
and the folder that most of them went to was no other series' before (or that one has moved as
well). A series that is left without any comic is forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from db import folders as shelves
from db.dialect import drop_from_search, put_in_search
from db.exchanges import free_name
from db.moves import settled_id
from db.reading import keep
from db.reading.journal import Cause
from db.schema import comics, folders, job_changes, series
from db.shards import Claim
from db.shown_covers import refresh_series
from db.states import ComicState

NO_FOLDER = b"/"  # the path of a folder that is none, for a series on its way

# What belongs to the series; every other column belongs to its folder.
OF_THE_SERIES = frozenset({"id", "added_at", "cover_artwork_id", "cover_chosen"})
OF_THE_COVER = ("cover_artwork_id", "cover_comic_id", "cover_chosen")
OF_THE_FOLDER = tuple(column.name for column in series.c if column.name not in OF_THE_SERIES)


@dataclass(frozen=True, slots=True)
class Followed:
    """Where comics went: `votes` has how many went from a series to another.

    `stayed` are the series of which a comic is where it was, `settled` those that have one of their
    own, be it missing.
    """

    votes: Mapping[tuple[int, int], int]
    stayed: Collection[int]
    settled: Collection[int]

    @property
    def involved(self) -> set[int]:
        return {one for pair in self.votes for one in pair}


def followed(connection: Connection, claim: Claim) -> Followed:
    """Where the comics went that this job has moved to other series."""
    on_the_move = (
        select(job_changes.c.comic_id, job_changes.c.left_series_id)
        .where(job_changes.c.job_id == claim.job_id, job_changes.c.left_series_id.is_not(None))
        .subquery()
    )
    votes = {
        (left, joined): many
        for left, joined, many in connection.execute(
            select(on_the_move.c.left_series_id, comics.c.series_id, func.count())
            .join(comics, comics.c.id == on_the_move.c.comic_id)
            .group_by(on_the_move.c.left_series_id, comics.c.series_id)
        )
        if left != joined
    }
    own = connection.execute(
        select(comics.c.series_id, comics.c.state)
        .where(
            comics.c.series_id.in_({one for pair in votes for one in pair}),
            comics.c.id <= settled_id(connection, claim.library_id),
            comics.c.id.not_in(select(on_the_move.c.comic_id)),
        )
        .distinct()
    ).all()
    stayed = {series_id for series_id, state in own if state == ComicState.PRESENT}
    return Followed(votes, stayed, {series_id for series_id, _state in own})


def follow(connection: Connection, steps: Mapping[int, int]) -> None:
    """Let series take the folders of others, each that of `steps[id]`.

    The steps make one chain or one circle. The series at the end of a chain is forgotten: it was
    only seen as new in its folder.
    """
    rows = {
        row["id"]: dict(row)
        for row in connection.execute(
            select(series).where(series.c.id.in_({*steps, *steps.values()}))
        ).mappings()
    }
    if rows.keys() != {*steps, *steps.values()}:
        return
    left_behind = {one: _missing_in(connection, rows[one]) for one in steps}
    for follower, taken in steps.items():
        connection.execute(
            update(comics)
            .where(comics.c.folder_id == rows[taken]["folder_id"])
            .values(series_id=follower)
        )
    end = next((taken for taken in steps.values() if taken not in steps), None)
    if end is None:  # a circle: somebody has to make room first
        _make_room(connection, rows[min(steps)])
    else:
        forget(connection, [end])
    for follower in _order(steps, min(steps) if end is None else end):
        _take_folder(connection, rows[follower], rows[steps[follower]])
    connection.execute(delete(folders).where(folders.c.path == NO_FOLDER))
    for follower, missing in left_behind.items():
        _bring_along(connection, follower, rows[steps[follower]], missing)
    refresh_series(connection, [row["folder_id"] for row in rows.values()])
    shelves.recount(connection, steps)


def forget(connection: Connection, series_ids: Collection[int]) -> None:
    """Forget series that have no comics; what hangs on them waits for a series in that folder."""
    keep.set_aside(connection, series_ids=series_ids, cause=Cause.MERGE)
    drop_from_search(connection, "series_search", sorted(series_ids))
    connection.execute(delete(series).where(series.c.id.in_(series_ids)))


def without_comics(connection: Connection, series_ids: Collection[int]) -> list[int]:
    """Those of the series that have no comic, not even a missing one."""
    any_comic = select(comics.c.id).where(comics.c.series_id == series.c.id).exists()
    query = select(series.c.id).where(series.c.id.in_(series_ids), ~any_comic)
    return list(connection.execute(query).scalars())


def all_have_followed(connection: Connection, job_id: int) -> None:
    """Forget which series the job's comics left: it is known what became of them."""
    connection.execute(
        update(job_changes)
        .where(job_changes.c.job_id == job_id, job_changes.c.left_series_id.is_not(None))
        .values(left_series_id=None)
    )


def _order(steps: Mapping[int, int], first: int) -> list[int]:
    """Who takes a folder when: first who takes that of `first`, then who takes theirs …"""
    followers = {taken: follower for follower, taken in steps.items()}
    order: list[int] = []
    while first in followers and len(order) < len(steps):
        first = followers[first]
        order.append(first)
    return order


def _make_room(connection: Connection, row: Mapping[str, Any]) -> None:
    nowhere = connection.execute(
        insert(folders).values(library_id=row["library_id"], path=NO_FOLDER).returning(folders.c.id)
    ).scalar_one()
    connection.execute(update(series).where(series.c.id == row["id"]).values(folder_id=nowhere))


def _take_folder(
    connection: Connection, follower: Mapping[str, Any], taken: Mapping[str, Any]
) -> None:
    values = {name: taken[name] for name in OF_THE_FOLDER}
    chooser = taken if taken["cover_chosen"] and not follower["cover_chosen"] else follower
    values |= {name: chooser[name] for name in OF_THE_COVER}
    connection.execute(update(series).where(series.c.id == follower["id"]).values(values))
    put_in_search(connection, "series_search", ("name",), [(follower["id"], taken["name"])])


def _missing_in(connection: Connection, row: Mapping[str, Any]) -> list[tuple[int, bytes]]:
    """The missing comics of a series: ids and names."""
    query = select(comics.c.id, comics.c.file_name).where(
        comics.c.series_id == row["id"], comics.c.state == ComicState.MISSING
    )
    return [(comic_id, name) for comic_id, name in connection.execute(query)]


def _bring_along(
    connection: Connection,
    series_id: int,
    taken: Mapping[str, Any],
    missing: Collection[tuple[int, bytes]],
) -> None:
    """Let missing comics follow their series: should they come back, it is to where it is now."""
    for comic_id, name in missing:
        connection.execute(
            update(comics)
            .where(comics.c.id == comic_id)
            .values(
                library_id=taken["library_id"],
                folder_id=taken["folder_id"],
                series_id=series_id,
                file_name=free_name(connection, taken["folder_id"], name),
            )
        )
