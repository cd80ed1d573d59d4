"""The trash: comics whose files are gone, as they are looked through and chosen from.

A missing comic is in the trash until its file is back or somebody purges it (`db/purges.py`).
Nothing here writes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from db.catalogue import Order, Page, page_of
from db.dialect import path_fits
from db.paths import display, join
from db.schema import comics, folders, libraries, series
from db.states import ComicState

# Spelled out, because SQLite uses a partial index only where the query says its condition.
MISSING: ColumnElement[bool] = comics.c.state == literal_column(f"'{ComicState.MISSING}'")


_HOME = folders.alias("home")  # beside the folders of the query that a condition is put into


@dataclass(frozen=True, slots=True)
class Choice:
    """Which missing comics are meant: those that fit all that is given.

    `path` is a glob for the path below the library, `gone_before` a moment before which their files
    were found to be gone. Comics that somebody has reading data on are meant only `even_if_read`.
    """

    library_id: int | None = None
    series_ids: tuple[int, ...] = ()
    comic_ids: tuple[int, ...] = ()
    path: str | None = None
    gone_before: float | None = None
    even_if_read: bool = False

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, words: str) -> Self:
        values = json.loads(words)
        for name in ("series_ids", "comic_ids"):
            values[name] = tuple(values[name])
        return cls(**values)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a comic in the trash must be like, but for whether it was read."""
        found = [MISSING]
        if self.library_id is not None:
            found.append(comics.c.library_id == self.library_id)
        if self.series_ids:
            found.append(comics.c.series_id.in_(self.series_ids))
        if self.comic_ids:
            found.append(comics.c.id.in_(self.comic_ids))
        if self.gone_before is not None:
            found.append(comics.c.missing_since < self.gone_before)
        if self.path is not None:
            home = select(_HOME.c.path).where(_HOME.c.id == comics.c.folder_id).correlate(comics)
            found.append(path_fits(home.scalar_subquery(), comics.c.file_name, self.path))
        return found


@dataclass(frozen=True, slots=True)
class TrashedComic:
    """A comic in the trash; `path` is below its library, `since` when its file was found gone."""

    id: int
    path: str
    library_id: int
    library: str
    series_id: int
    series: str
    size: int
    page_count: int | None
    since: float


@dataclass(frozen=True, slots=True)
class TrashedSeries:
    """A series with comics in the trash: how many and how large, and the oldest loss's moment."""

    id: int
    name: str
    library: str
    folder: str
    comics: int
    size: int
    since: float


@dataclass(frozen=True, slots=True)
class Amount:
    """What a choice comes to; `size` is in bytes, as the files were."""

    comics: int
    series: int
    size: int


BY_NAME = Order((comics.c.sort_key, comics.c.id), (str, int))
BY_LIBRARY = Order((comics.c.library_id, comics.c.id), (int, int))


def amount(connection: Connection, choice: Choice) -> Amount:
    """How much is chosen."""
    row = connection.execute(
        select(
            func.count(),
            func.count(comics.c.series_id.distinct()),
            func.coalesce(func.sum(comics.c.size), 0),
        ).where(*choice.conditions())
    ).one()
    return Amount(*row)


def series_page(
    connection: Connection, choice: Choice, *, limit: int, cursor: str | None = None
) -> Page[TrashedSeries]:
    """The series that have chosen comics, by name; raises BadCursor."""
    of_it = select(comics.c.id).where(comics.c.series_id == series.c.id, *choice.conditions())

    def told(value: ColumnElement[Any]) -> Any:
        return of_it.with_only_columns(value).correlate(series).scalar_subquery()

    query = (
        select(
            series.c.id,
            series.c.name,
            libraries.c.name,
            folders.c.path,
            told(func.count()),
            told(func.sum(comics.c.size)),
            told(func.min(comics.c.missing_since)),
        )
        .join(folders, folders.c.id == series.c.folder_id)
        .join(libraries, libraries.c.id == series.c.library_id)
        .where(of_it.correlate(series).exists())
    )
    if choice.library_id is not None:
        query = query.where(series.c.library_id == choice.library_id)
    order = Order((series.c.sort_name, series.c.id), (str, int))
    rows, following = page_of(connection, query, order, "trashed series", limit, cursor)
    found = [
        TrashedSeries(one, name, library, display(path), *told)
        for one, name, library, path, *told in rows
    ]
    return Page(found, following)


def comics_page(
    connection: Connection, choice: Choice, *, limit: int, cursor: str | None = None
) -> Page[TrashedComic]:
    """The chosen comics: those of a single series by name, others by library; raises BadCursor."""
    order = BY_NAME if len(choice.series_ids) == 1 else BY_LIBRARY
    rows, following = page_of(
        connection, _comics(choice), order, f"trash {choice.series_ids}", limit, cursor
    )
    return Page([_comic(*row) for row in rows], following)


def _comics(choice: Choice) -> Select[Any]:
    return (
        select(
            comics.c.id,
            folders.c.path,
            comics.c.file_name,
            comics.c.library_id,
            libraries.c.name,
            comics.c.series_id,
            series.c.name,
            comics.c.size,
            comics.c.page_count,
            comics.c.missing_since,
        )
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == comics.c.library_id)
        .join(series, series.c.id == comics.c.series_id)
        .where(*choice.conditions())
    )


def _comic(comic_id: int, folder: bytes, file_name: bytes, *others: Any) -> TrashedComic:
    path = join(folder, file_name.rstrip(b"/"))  # that of a comic whose place another one took
    return TrashedComic(comic_id, display(path), *others)
