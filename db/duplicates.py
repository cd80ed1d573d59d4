"""Duplicates: comics that are in the library more than once, as the newest survey found them.

They are listed and looked at here, and dismissed for good where a person knows better. Nothing
removes a file: which copy to keep is only suggested, in `db/best_copy.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    delete,
    func,
    insert,
    select,
    update,
)

from db import best_copy, damage, surveys
from db.best_copy import Best
from db.catalogue import Order, Page, page_of
from db.engine import reading
from db.paths import below, display, join
from db.reading import at_stake
from db.schema import (
    comic_pages,
    comics,
    duplicate_copies,
    duplicate_groups,
    folders,
    job_errors,
    libraries,
    not_duplicates,
    series,
    users,
)
from db.states import ComicState, DuplicateKind, ErrorClass

BATCH = 200  # groups
MOST_SHOWN = 12  # copies of one group that are looked at
LARGEST_FIRST = Order(
    (duplicate_groups.c.spare, duplicate_groups.c.id), (int, int), descending=True
)

# What taggers fill in; a comic's metadata is as good as there is much of it.
_TOLD = (
    *(comics.c.title, comics.c.summary, comics.c.release_date, comics.c.publisher_id),
    *(comics.c.web, comics.c.language, comics.c.age_rating, comics.c.issue_count),
    *(comics.c.external_ids, comics.c.gtin, comics.c.number, comics.c.volume),
)


class NoSuchGroup(ValueError):
    """There is no group of this id (any more); the message says what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which groups are meant: of a kind, with a copy in a library, dismissed or not."""

    kind: DuplicateKind | None = None
    library_id: int | None = None
    dismissed: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """One of the comics of a group. `path` is below its library, `file` absolute, both for the
    screen; `picture_bytes` is what a page has on average, None where that is not known; `told` is
    how many fields of metadata it has; `readers` are who has reading data on it; `problems` are
    the sentences of its errors, of which some may say that it is damaged. One that `is_whole` was
    read through; of one that is neither nobody knows.
    """

    id: int
    series_id: int
    series: str
    number: str | None
    title: str | None
    library: str
    path: str
    file: str
    container: str
    size: int
    page_count: int
    picture_bytes: int | None
    added_at: float
    told: int
    is_missing: bool
    is_damaged: bool = False
    is_whole: bool = False
    problems: Sequence[str] = field(default=())
    readers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Comics that are the same, the best first; `comics` counts also those that are not shown."""

    id: int
    kind: DuplicateKind
    comics: int
    spare: int
    is_dismissed: bool
    copies: Sequence[Copy]
    best: Best

    @property
    def unchecked(self) -> Sequence[Copy]:
        """The copies that are there and of which nobody knows whether their pages are whole."""
        return [
            one for one in self.copies if not (one.is_missing or one.is_whole or one.is_damaged)
        ]

    @property
    def others(self) -> Sequence[Copy]:
        """The copies that are suggested to be removed."""
        return self.copies[1:] if self.best.is_suggested else ()


@dataclass(frozen=True, slots=True)
class Amount:
    """How many groups there are of a kind, and the bytes of all but the largest of each."""

    groups: int
    spare: int


def amounts(connection: Connection) -> dict[DuplicateKind, Amount]:
    """What the newest survey found of each kind, but for what was dismissed."""
    query = (
        select(
            duplicate_groups.c.kind,
            func.count(),
            func.coalesce(func.sum(duplicate_groups.c.spare), 0),
        )
        .where(*_of_newest(connection), ~duplicate_groups.c.is_dismissed)
        .group_by(duplicate_groups.c.kind)
    )
    found = {DuplicateKind(kind): Amount(*rest) for kind, *rest in connection.execute(query)}
    return {kind: found.get(kind, Amount(0, 0)) for kind in DuplicateKind}


def page(
    connection: Connection, choice: Choice, *, limit: int, cursor: str | None = None
) -> Page[Group]:
    """A page of groups, those that take most room for nothing first; raises BadCursor.

    Groups of which fewer than two comics are still there are left out, so it may have fewer.
    """
    query = select(*_GROUP).where(
        *_of_newest(connection), duplicate_groups.c.is_dismissed == choice.dismissed
    )
    if choice.kind is not None:
        query = query.where(duplicate_groups.c.kind == choice.kind)
    if choice.library_id is not None:
        inside = (
            select(duplicate_copies.c.comic_id)
            .join(comics, comics.c.id == duplicate_copies.c.comic_id)
            .where(
                duplicate_copies.c.group_id == duplicate_groups.c.id,
                comics.c.library_id == choice.library_id,
            )
        )
        query = query.where(inside.exists())
    listing = f"duplicates {choice.kind} {choice.library_id} {choice.dismissed}"
    rows, following = page_of(connection, query, LARGEST_FIRST, listing, limit, cursor)
    return Page(_groups(connection, rows), following)


def every_group(choice: Choice) -> Iterator[Group]:
    """All groups, kind after kind, in a transaction for each some hundreds."""
    for kind in [choice.kind] if choice.kind else DuplicateKind:
        cursor: str | None = None
        while True:
            with reading() as connection:
                found = page(connection, replace(choice, kind=kind), limit=BATCH, cursor=cursor)
            yield from found.items
            cursor = found.next
            if cursor is None:
                break


def get(connection: Connection, group_id: int) -> Group:
    """One group; raises NoSuchGroup."""
    query = select(*_GROUP).where(*_of_newest(connection), duplicate_groups.c.id == group_id)
    found = _groups(connection, [tuple(row) for row in connection.execute(query)])
    if not found:
        raise NoSuchGroup("These are no duplicates any more. Look at the list again.")
    return found[0]


def dismiss(connection: Connection, group_id: int) -> None:
    """Say that a group's comics are no duplicates of each other; raises NoSuchGroup."""
    ids = _comic_ids(connection, group_id)
    highest = select(func.coalesce(func.max(not_duplicates.c.number), 0))
    number = connection.execute(highest).scalar_one() + 1
    rows = [{"number": number, "comic_id": one} for one in ids]
    connection.execute(insert(not_duplicates), rows)
    _mark(connection, group_id, is_dismissed=True)


def restore(connection: Connection, group_id: int) -> None:
    """Take that back; raises NoSuchGroup."""
    ids = _comic_ids(connection, group_id)
    together = (
        select(not_duplicates.c.number)
        .where(not_duplicates.c.comic_id.in_(ids))
        .group_by(not_duplicates.c.number)
        .having(func.count() == len(ids))
    )
    connection.execute(delete(not_duplicates).where(not_duplicates.c.number.in_(together)))
    _mark(connection, group_id, is_dismissed=False)


_GROUP = (
    duplicate_groups.c.id,
    duplicate_groups.c.kind,
    duplicate_groups.c.comics,
    duplicate_groups.c.spare,
    duplicate_groups.c.is_dismissed,
)


def _of_newest(connection: Connection) -> list[ColumnElement[bool]]:
    newest = surveys.newest(connection)
    return [duplicate_groups.c.survey_id == (newest.id if newest else 0)]


def _comic_ids(connection: Connection, group_id: int) -> list[int]:
    query = select(duplicate_copies.c.comic_id).where(duplicate_copies.c.group_id == group_id)
    ids = list(connection.execute(query).scalars())
    if not ids:
        raise NoSuchGroup("These are no duplicates any more. Look at the list again.")
    return ids


def _mark(connection: Connection, group_id: int, *, is_dismissed: bool) -> None:
    connection.execute(
        update(duplicate_groups)
        .where(duplicate_groups.c.id == group_id)
        .values(is_dismissed=is_dismissed)
    )


def _groups(connection: Connection, rows: Sequence[tuple[int, str, int, int, bool]]) -> list[Group]:
    copies = _copies(connection, [row[0] for row in rows])
    found = []
    for group_id, kind, many, spare, is_dismissed in rows:
        of_it = copies.get(group_id, [])
        if sum(not one.is_missing for one in of_it) > 1:
            best = best_copy.choose(of_it)
            ordered = sorted(of_it, key=lambda one: one.id != best.comic_id)
            found.append(
                Group(group_id, DuplicateKind(kind), many, spare, is_dismissed, ordered, best)
            )
    return found


def _copies(connection: Connection, group_ids: Sequence[int]) -> dict[int, list[Copy]]:
    rows = connection.execute(_copies_query(group_ids)).all()
    ids = [row.id for row in rows]
    readers = _readers(connection, ids)
    problems = _problems(connection, ids)
    found: dict[int, list[Copy]] = {}
    for row in rows:
        path = join(row.folder, row.file_name.rstrip(b"/"))
        found.setdefault(row.group_id, []).append(
            Copy(
                id=row.id,
                series_id=row.series_id,
                series=row.series,
                number=row.number,
                title=row.title,
                library=row.library,
                path=display(path),
                file=display(below(row.root, path)),
                container=row.container,
                size=row.size,
                page_count=row.page_count,
                picture_bytes=best_copy.mean_size(row.sums),
                added_at=row.added_at,
                told=row.told,
                is_missing=row.state == ComicState.MISSING,
                is_damaged=any(one not in damage.HARMLESS for one, _ in problems.get(row.id, ())),
                is_whole=row.checked_version == row.version,
                problems=[message for _, message in problems.get(row.id, ())],
                readers=readers.get(row.id, ()),
            )
        )
    return found


def _copies_query(group_ids: Sequence[int]) -> Select[Any]:
    place = (
        func.row_number()
        .over(partition_by=duplicate_copies.c.group_id, order_by=duplicate_copies.c.comic_id)
        .label("place")
    )
    first = (
        select(duplicate_copies, place).where(duplicate_copies.c.group_id.in_(group_ids)).subquery()
    )
    told = [column.is_not(None).cast(Integer) for column in _TOLD]
    return (
        select(
            first.c.group_id,
            comics.c.id,
            comics.c.series_id,
            series.c.name.label("series"),
            comics.c.number,
            comics.c.title,
            libraries.c.name.label("library"),
            libraries.c.path.label("root"),
            folders.c.path.label("folder"),
            comics.c.file_name,
            comics.c.container,
            comics.c.size,
            comics.c.page_count,
            comics.c.added_at,
            comics.c.state,
            comics.c.version,
            comics.c.checked_version,
            sum(told[1:], told[0]).label("told"),
            comic_pages.c.sums,
        )
        .join(comics, comics.c.id == first.c.comic_id)
        .join(series, series.c.id == comics.c.series_id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == comics.c.library_id)
        .outerjoin(comic_pages, comic_pages.c.comic_id == comics.c.id)
        .where(first.c.place <= MOST_SHOWN)
        .order_by(first.c.group_id, comics.c.id)
    )


def _readers(connection: Connection, comic_ids: Sequence[int]) -> dict[int, list[str]]:
    """Who has reading data on each of the comics, of those on which anybody has."""
    people = {
        one: at_stake.people(connection, [one]) for one in at_stake.any_of(connection, comic_ids)
    }
    query = select(users.c.id, users.c.name).where(users.c.id.in_(set().union(*people.values())))
    names = {row.id: row.name for row in connection.execute(query)}
    return {one: sorted(names[user_id] for user_id in who) for one, who in people.items() if who}


def _problems(
    connection: Connection, comic_ids: Sequence[int]
) -> Mapping[int, list[tuple[ErrorClass, str]]]:
    rows = connection.execute(
        select(job_errors.c.comic_id, job_errors.c.error_class, job_errors.c.message).where(
            job_errors.c.comic_id.in_(comic_ids), job_errors.c.resolved_at.is_(None)
        )
    )
    found: dict[int, list[tuple[ErrorClass, str]]] = {}
    for comic_id, error_class, message in rows:
        found.setdefault(comic_id, []).append((ErrorClass(error_class), message))
    return found
