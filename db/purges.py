"""Purging: comics in the trash are forgotten for good, as a person says or an age that one set.

The wish is a row; whoever finds it open does the next part of it, in short transactions, so that a
process that dies in between costs nothing. Comics of a library whose scan is looking at the disk
wait: it may find them just now. What is purged and comes back later is a new comic. Libraries that
were removed are forgotten in the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Select, delete, exists, insert, select, tuple_, update

from db import errors, moves, trash
from db.dialect import drop_from_search, is_below
from db.reading import at_stake, entries, keep
from db.schema import (
    comics,
    folders,
    job_changes,
    job_errors,
    job_log,
    libraries,
    purges,
    scan_jobs,
    series,
)
from db.states import ACTIVE, JobStatus, Phase
from db.times import now
from db.trash import Choice

DAY = 86_400.0  # seconds
BATCH = 150  # comics that one transaction deletes
UNREAD = 100  # likewise, in the course of a scan
ROWS = 500  # rows that stand for themselves
LOOKS_AT_THE_DISK = (Phase.DISCOVER, Phase.INDEX)
Place = tuple[int, int]  # a library's id and a comic's: how far a purge has come
START: Place = (0, 0)


class PurgeError(ValueError):
    """A purge cannot be; the message is for the person who asked."""


class NothingChosen(PurgeError):
    """No comic in the trash is chosen."""


class NoSuchPurge(PurgeError):
    """There is no purge of this id."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a purge of a choice would forget, and that so many `people` have reading data on it.

    `kept` comics of the choice stay, because somebody has read them.
    """

    comics: int
    series: int
    size: int
    people: int
    kept: int


@dataclass(frozen=True, slots=True)
class Purge:
    """A wish: `purged` of the `total` that there were when it was asked for are gone."""

    id: int
    choice: Choice
    total: int
    purged: int
    requested_by: str | None
    created_at: float
    completed_at: float | None


def preview(connection: Connection, choice: Choice) -> Preview:
    """What purging a choice comes to."""
    chosen = select(comics.c.id).where(*choice.conditions())
    if choice.even_if_read:
        amount = trash.amount(connection, choice)
        people = len(at_stake.people(connection, chosen))
        return Preview(amount.comics, amount.series, amount.size, people=people, kept=0)
    read = at_stake.any_of(connection, chosen)
    rows = connection.execute(chosen.add_columns(comics.c.series_id, comics.c.size)).all()
    unread = [row for row in rows if row.id not in read]
    return Preview(
        comics=len(unread),
        series=len({row.series_id for row in unread}),
        size=sum(row.size for row in unread),
        people=0,
        kept=len(read),
    )


def read_in_series(connection: Connection, series_ids: Sequence[int]) -> dict[int, int]:
    """On how many of their comics in the trash somebody has reading data, of series with any."""
    in_trash = (trash.MISSING, comics.c.series_id.in_(series_ids))
    read = at_stake.any_of(connection, select(comics.c.id).where(*in_trash))
    homes = select(comics.c.series_id).where(comics.c.id.in_(read))
    return Counter(connection.execute(homes).scalars())


def ask(connection: Connection, choice: Choice, requested_by: str) -> int:
    """Wish that the chosen comics be purged; answers the wish's id. Raises NothingChosen."""
    total = preview(connection, choice).comics
    if not total:
        raise NothingChosen("No comic in the trash is like that.")
    purge_id: int = connection.execute(
        insert(purges)
        .values(
            choice=choice.to_json(),
            total=total,
            requested_by=requested_by,
            created_at=now(),
        )
        .returning(purges.c.id)
    ).scalar_one()
    return purge_id


def ask_by_age(connection: Connection, days: int) -> None:
    """Wish that comics missing for so long be purged, unless somebody has read them."""
    with suppress(NothingChosen):
        choice = Choice(gone_before=now() - days * DAY)
        ask(connection, choice, "LONGBOX_PURGE_AFTER_DAYS")


def get(connection: Connection, purge_id: int) -> Purge:
    """The wish of this id; raises NoSuchPurge."""
    found = _purges(connection, select(purges).where(purges.c.id == purge_id))
    if not found:
        raise NoSuchPurge("There is no such purge.")
    return found[0]


def unfinished(connection: Connection) -> list[Purge]:
    """The wishes that are not fulfilled yet, the oldest first."""
    query = select(purges).where(purges.c.completed_at.is_(None)).order_by(purges.c.id)
    return _purges(connection, query)


def purge_some(connection: Connection, purge: Purge, after: Place) -> Place | None:
    """Purge the next comics of a wish behind a place; answers the next place, None at the end.

    A comic that has come back meanwhile is no longer in the trash and stays, and so does one that
    went missing only after the wish.
    """
    place = tuple_(comics.c.library_id, comics.c.id)
    rows = connection.execute(
        select(comics.c.library_id, comics.c.id)
        .where(
            *purge.choice.conditions(),
            comics.c.missing_since <= purge.created_at,
            comics.c.library_id >= after[0],
            place > tuple_(*after),
            comics.c.library_id.not_in(_libraries_under_way()),
        )
        .order_by(comics.c.library_id, comics.c.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return None
    ids = [row.id for row in rows]
    if not purge.choice.even_if_read:
        read = at_stake.any_of(connection, ids)
        ids = [one for one in ids if one not in read]
    forget_comics(connection, ids)
    connection.execute(
        update(purges).where(purges.c.id == purge.id).values(purged=purges.c.purged + len(ids))
    )
    return rows[-1].library_id, rows[-1].id


def waits(connection: Connection, purge: Purge) -> bool:
    """Whether comics of the wish are left, because their library is being scanned."""
    left = select(comics.c.id).where(
        *purge.choice.conditions(),
        comics.c.missing_since <= purge.created_at,
        comics.c.library_id.in_(_libraries_under_way()),
    )
    return connection.execute(left.limit(1)).first() is not None


def finish(connection: Connection, purge_id: int) -> None:
    connection.execute(
        update(purges)
        .where(purges.c.id == purge_id, purges.c.completed_at.is_(None))
        .values(completed_at=now())
    )


def forget_comics(connection: Connection, comic_ids: Sequence[int]) -> None:
    """Delete some hundred comics with all that is known of them, and what is empty without them."""
    query = select(comics.c.series_id, comics.c.folder_id).where(comics.c.id.in_(comic_ids))
    homes = connection.execute(query.distinct()).all()
    keep.set_aside(connection, comic_ids=comic_ids)
    errors.resolve_of_comics(connection, comic_ids)  # jobs count their open errors
    drop_from_search(connection, "comic_search", comic_ids)
    connection.execute(delete(comics).where(comics.c.id.in_(comic_ids)))
    _choose_covers(connection, [home.series_id for home in homes])
    _forget_empty_series(connection, [home.series_id for home in homes])
    _forget_empty_folders(connection, [home.folder_id for home in homes])


def forget_unread(connection: Connection, job_id: int) -> int:
    """Forget some of the comics that the job marked missing and whose files were gone when they
    were to be read, and on which, or on whose series, nothing of anybody's hangs; answers how many.

    No scan has told of them then.
    """
    subjects = {"comic_id": comics.c.id, "series_id": comics.c.series_id}
    tables = [(one.table, one.subject) for one in entries.STORES if one.subject is not None]
    rows = connection.execute(
        moves.unread(job_id)
        .where(
            ~comics.c.cover_chosen,
            *(~exists().where(table.c[name] == subjects[name]) for table, name in tables),
        )
        .limit(UNREAD)
    ).all()
    forget_comics(connection, [row.id for row in rows])
    told = Counter(row.added_job_id for row in rows)
    for job, many in told.items():
        _take_back(connection, job, scan_jobs.c.comics_new, many)
    _take_back(connection, job_id, scan_jobs.c.comics_missing, len(rows))
    return len(rows)


def _take_back(connection: Connection, job_id: int, counter: Column[int], many: int) -> None:
    connection.execute(
        update(scan_jobs).where(scan_jobs.c.id == job_id).values({counter: counter - many})
    )


def forget_library(connection: Connection, library_id: int) -> bool:
    """Forget the next part of a library that is removed; False when nothing of it is left."""
    its_series = select(series.c.id).where(series.c.library_id == library_id)
    its_jobs = select(scan_jobs.c.id).where(scan_jobs.c.library_id == library_id)
    its_changes = select(job_changes.c.id).where(job_changes.c.job_id.in_(its_jobs))
    its_lines = select(job_log.c.id).where(job_log.c.job_id.in_(its_jobs))
    its_comics = select(comics.c.id).where(comics.c.series_id.in_(its_series))
    if ids := list(connection.execute(its_comics.limit(BATCH)).scalars()):
        forget_comics(connection, ids)
        return True
    if ids := list(connection.execute(its_series.limit(ROWS)).scalars()):
        _forget_series(connection, ids)
        return True
    for table, rows, many in (
        (job_errors, select(job_errors.c.id).where(job_errors.c.library_id == library_id), ROWS),
        (job_changes, its_changes, ROWS),
        (job_log, its_lines, ROWS),
        (scan_jobs, its_jobs, 1),  # with its shards and samples
        (folders, select(folders.c.id).where(folders.c.library_id == library_id), ROWS),
    ):
        if ids := list(connection.execute(rows.limit(many)).scalars()):
            connection.execute(delete(table).where(table.c.id.in_(ids)))
            return True
    connection.execute(delete(libraries).where(libraries.c.id == library_id))
    return False


def _libraries_under_way() -> Select[tuple[int]]:
    """The libraries with a scan that looks at the disk, also while that rests; one that is queued
    has yet to look."""
    begun = ACTIVE - {JobStatus.QUEUED}
    return select(scan_jobs.c.library_id).where(
        scan_jobs.c.status.in_(begun), scan_jobs.c.phase.in_(LOOKS_AT_THE_DISK)
    )


def _choose_covers(connection: Connection, series_ids: Sequence[int]) -> None:
    """Give series whose cover was of a comic that is gone that of their first, present or not."""
    kept = exists().where(comics.c.id == series.c.cover_comic_id)
    first = (
        select(comics.c.id)
        .where(comics.c.series_id == series.c.id)
        .order_by(trash.MISSING, comics.c.sort_key, comics.c.id)
        .limit(1)
        .scalar_subquery()
    )
    connection.execute(
        update(series).where(series.c.id.in_(series_ids), ~kept).values(cover_comic_id=first)
    )


def _forget_empty_series(connection: Connection, series_ids: Sequence[int]) -> None:
    empty = ~exists().where(comics.c.series_id == series.c.id)
    query = select(series.c.id).where(series.c.id.in_(series_ids), empty)
    _forget_series(connection, list(connection.execute(query).scalars()))


def _forget_series(connection: Connection, series_ids: Sequence[int]) -> None:
    keep.set_aside(connection, series_ids=series_ids)
    drop_from_search(connection, "series_search", series_ids)
    connection.execute(delete(series).where(series.c.id.in_(series_ids)))


def _forget_empty_folders(connection: Connection, folder_ids: Sequence[int]) -> None:
    """Delete folders that hold no comic and no folder, and then those that are so without them.

    One that is on the disk all the same is found again, because the one above it is listed anew.
    """
    inner = folders.alias()
    empty = (
        ~exists().where(series.c.folder_id == folders.c.id),
        ~exists().where(
            inner.c.library_id == folders.c.library_id, is_below(inner.c.path, folders.c.path)
        ),
    )
    candidates = list(folder_ids)
    while candidates:
        found = connection.execute(
            select(folders.c.id, folders.c.library_id, folders.c.path).where(
                folders.c.id.in_(candidates), folders.c.path != b"", *empty
            )
        ).all()
        connection.execute(delete(folders).where(folders.c.id.in_([row.id for row in found])))
        above = {(row.library_id, row.path.rpartition(b"/")[0]) for row in found}
        candidates = _distrusted(connection, sorted(above))


def _distrusted(connection: Connection, places: Sequence[tuple[int, bytes]]) -> list[int]:
    """The folders at some paths; the next scan lists them, whatever their time stamps say."""
    return list(
        connection.execute(
            update(folders)
            .where(tuple_(folders.c.library_id, folders.c.path).in_(places))
            .values(mtime_ns=None)
            .returning(folders.c.id)
        ).scalars()
    )


def _purges(connection: Connection, query: Select[tuple[int]]) -> list[Purge]:
    rows = [row._asdict() for row in connection.execute(query)]
    return [Purge(**row | {"choice": Choice.from_json(row["choice"])}) for row in rows]
