"""Reading the catalogue: the wall of series, the comics in them, one comic with all its metadata.

Every listing is walked along an index from where its cursor stands, so a page takes the same time
in a library of any size; only the comics of a single series are sorted in memory. Nothing here
writes. Searching is in `db/searching.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Column,
    ColumnElement,
    CompoundSelect,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
    union_all,
)

from db import cursors
from db.paths import below, display, join
from db.schema import (
    comic_credits,
    comic_tags,
    comics,
    folders,
    libraries,
    people,
    publishers,
    series,
    tags,
)
from db.states import ComicState, WorkState

Item = TypeVar("Item")

# Comics without a number come after those with one.
NO_NUMBER: ColumnElement[float] = literal_column("1e308")

# A comic that is on the disk, and that no scan gave up; one not indexed yet may turn out well.
CAN_BE_READ: ColumnElement[bool] = and_(
    comics.c.state == ComicState.PRESENT, comics.c.index_state != WorkState.FAILED
)

# Of a file's name; "Chapter 1.5" has none.
_ENDING = re.compile(rb"(?<=.)\.(?=[0-9]*[A-Za-z])[A-Za-z0-9]{2,5}$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a listing; `next` is the cursor of what follows, None at the end."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """A series on the wall. `comic_count` counts the comics whose files are there.

    The cover is the one of a comic of the series; its fields are None when it has none at all. In
    its place stands the picture `cover_artwork_id`, if there is one.
    """

    id: int
    library_id: int
    name: str
    sort_name: str
    category: str
    subcategory: str
    publisher: str | None
    year: int | None
    status: str | None
    comic_count: int
    added_at: float
    cover_id: int | None
    cover_version: int | None
    cover_state: WorkState | None
    cover_artwork_id: int | None


@dataclass(frozen=True, slots=True)
class SeriesDetails:
    """A series with what is told on its own page.

    `folder` is below its library. `publisher_from` says who tells the publisher: "series.json" or,
    where that does not, "comics", most of which have it; `year_from_name` whether the year is that
    in the folder's name.
    """

    series: Series
    library: str
    folder: str
    imprint: str | None
    description: str | None
    booktype: str | None
    total_issues: int | None
    year_from_name: bool
    missing_count: int
    publisher_from: str


@dataclass(frozen=True, slots=True)
class Comic:
    """A comic in a listing; `folder` is below its library, `page_count` None until indexed."""

    id: int
    series_id: int
    series_name: str
    folder: bytes
    file_name: bytes
    title: str | None
    number: str | None
    page_count: int | None
    release_date: str | None
    version: int
    state: ComicState
    index_state: WorkState
    thumbnail_state: WorkState
    added_at: float
    cover_artwork_id: int | None  # the picture in the place of its cover

    @property
    def can_be_read(self) -> bool:
        """Whether its file is there, and no scan gave it up."""
        return self.state == ComicState.PRESENT and self.index_state != WorkState.FAILED

    @property
    def path(self) -> str:
        """The file's path below the library, for the screen."""
        return display(join(self.folder, self._name))

    @property
    def stem(self) -> str:
        """The file's name without its ending, for the screen; a folder's has none."""
        return display(_ENDING.sub(b"", self._name))

    @property
    def _name(self) -> bytes:
        """The file's name, also of a comic whose place another one took."""
        return self.file_name.rstrip(b"/")


@dataclass(frozen=True, slots=True)
class ComicDetails:
    """A comic with everything that is known of it.

    `facts` are the columns of `comics` by name. `credits` holds (role, name) and `tags`
    (kind, name, number in a story arc), in their order. Publisher and imprint are those of the
    series where the comic's metadata tells none. The neighbours are ids of the same series, in the
    order of numbers.
    """

    comic: Comic
    library: str
    category: str
    subcategory: str
    root: bytes
    facts: Mapping[str, Any]
    publisher: str | None
    imprint: str | None
    credits: Sequence[tuple[str, str]]
    tags: Sequence[tuple[str, str, str | None]]
    previous_id: int | None
    next_id: int | None

    @property
    def file(self) -> bytes:
        """The absolute path of the file."""
        return below(self.root, join(self.comic.folder, self.comic.file_name))


@dataclass(frozen=True, slots=True)
class Shelf:
    """A part of the wall: what is None narrows nothing down."""

    library_id: int | None = None
    category: str | None = None
    subcategory: str | None = None

    @property
    def is_everything(self) -> bool:
        return self == Shelf()


@dataclass(frozen=True, slots=True)
class Shelves:
    """The names by which the wall can be narrowed down; subcategories are those of a category."""

    libraries: list[tuple[int, str]]
    categories: list[str]
    subcategories: list[str]


@dataclass(frozen=True, slots=True)
class Order:
    """A listing's order: columns that tell any two rows apart, and the types of their values.

    `least` are keys below every row's. A listing that begins there, as it goes on elsewhere, is
    walked along the index; without them SQLite would rather sort all comics.
    """

    keys: tuple[ColumnElement[Any], ...]
    types: tuple[type, ...]
    descending: bool = False
    least: tuple[cursors.Key, ...] | None = None

    def begun(self, query: Select[Any], keys: Sequence[Any]) -> Select[Any]:
        """The query from behind the row with those keys on."""
        first, here, there = self.keys[0], tuple_(*self.keys), tuple_(*keys)
        # The first key stands alone as well, because SQLite does not look for a row of values
        # from two tables in the index of one.
        if self.descending:
            return query.where(first <= keys[0], here < there)
        return query.where(first >= keys[0], here > there)

    def applied(self, query: Select[Any]) -> Select[Any]:
        return query.order_by(*(key.desc() if self.descending else key for key in self.keys))


class Listing:
    """A query that is given out page by page in an order.

    Its statements are put together once, which takes longer than to ask them; `values` are those of
    the parameters that the query itself has.
    """

    def __init__(self, query: Select[Any], order: Order) -> None:
        self._order = order
        self._columns = len(query.selected_columns)
        rows: ColumnElement[int] = bindparam("rows", type_=Integer)
        self._from_the_start = order.applied(query.add_columns(*order.keys)).limit(rows)

    @cached_property
    def _from_a_row_on(self) -> Select[Any]:
        keys = enumerate(self._order.keys)
        after = [bindparam(f"key_{number}", type_=key.type) for number, key in keys]
        return self._order.begun(self._from_the_start, after)

    def page(
        self, connection: Connection, listing: str, limit: int, cursor: str | None, **values: Any
    ) -> tuple[list[tuple[Any, ...]], str | None]:
        """The rows of a page without their sort keys, and the cursor behind the last of them.

        `listing` is the name that cursors know it by; raises BadCursor.
        """
        order, query = self._order, self._from_the_start
        start = order.least if cursor is None else cursors.decode(cursor, listing, order.types)
        if start is not None:
            query = self._from_a_row_on
            values |= {f"key_{number}": key for number, key in enumerate(start)}
        found = connection.execute(query, values | {"rows": limit + 1})
        rows, columns = [tuple(row) for row in found], self._columns
        more = len(rows) > limit
        following = cursors.encode(listing, rows[limit - 1][columns:]) if more else None
        return [row[:columns] for row in rows[:limit]], following


SERIES_ORDERS = {
    "name": Order((series.c.sort_name, series.c.id), (str, int)),
    "added": Order((series.c.id,), (int,), descending=True),
    "count": Order((series.c.comic_count, series.c.id), (int, int), descending=True),
    "year": Order((series.c.sort_year, series.c.id), (int, int), descending=True),
}

_NUMBER = func.coalesce(comics.c.sort_number, NO_NUMBER)
_BY_NAME = Order((comics.c.sort_key, comics.c.id), (str, int))
_BY_NUMBER = Order((_NUMBER, comics.c.sort_key, comics.c.id), (float, str, int))
_ADDED = Order((comics.c.id,), (int,), descending=True)
_SHELF = (series.c.sort_name, series.c.id)

# The comics of one series; those without a date come last.
IN_SERIES_ORDERS = {
    "number": _BY_NUMBER,
    "name": _BY_NAME,
    "date": Order(
        (func.coalesce(comics.c.release_date, ""), comics.c.id), (str, int), descending=True
    ),
    "added": _ADDED,
}

# All comics; by date only those that have one.
COMIC_ORDERS = {
    "name": Order((*_SHELF, *_BY_NAME.keys), (str, int, *_BY_NAME.types), least=("", 0, "", 0)),
    "number": Order(
        (*_SHELF, *_BY_NUMBER.keys), (str, int, *_BY_NUMBER.types), least=("", 0, -1e308, "", 0)
    ),
    "date": Order((comics.c.release_date, comics.c.id), (str, int), descending=True),
    "added": _ADDED,
}


def series_page(
    connection: Connection,
    order: str,
    shelf: Shelf,
    *,
    limit: int,
    cursor: str | None = None,
) -> Page[Series]:
    """A page of the wall in one of SERIES_ORDERS; raises BadCursor."""
    wanted = {
        "library_id": shelf.library_id,
        "category": shelf.category,
        "subcategory": shelf.subcategory,
    }
    values = {name: value for name, value in wanted.items() if value is not None}
    rows, following = _wall(order, *values).page(
        connection, f"series {order}", limit, cursor, **values
    )
    return Page([_series(row) for row in rows], following)


def comics_page(
    connection: Connection,
    order: str,
    *,
    series_id: int | None = None,
    limit: int,
    cursor: str | None = None,
    where: ColumnElement[bool] | None = None,
) -> Page[Comic]:
    """A page of comics, of one series in IN_SERIES_ORDERS or of all in COMIC_ORDERS.

    `where` narrows a series down further. Raises BadCursor.
    """
    listing, values = f"comics {order}", {}
    if series_id is not None:
        listing, values = f"series {series_id} {order}", {"series_id": series_id}
    if where is None:
        comics_ = _comics(order, series_id is not None)
    else:
        comics_ = _comics_where(order, series_id is not None, where)
    rows, following = comics_.page(connection, listing, limit, cursor, **values)
    return Page([_comic(row) for row in rows], following)


@cache
def _wall(order: str, *narrowed: str) -> Listing:
    """The wall in an order, narrowed down by these columns."""
    fits = [series.c[name] == bindparam(name) for name in narrowed]
    return Listing(_series_query().where(*fits), SERIES_ORDERS[order])


@cache
def _comics(order: str, of_series: bool) -> Listing:
    return _comics_where(order, of_series, true())


def _comics_where(order: str, of_series: bool, where: ColumnElement[bool]) -> Listing:
    query = _comic_query().where(where)
    if of_series:
        in_it = query.where(comics.c.series_id == bindparam("series_id"))
        return Listing(in_it, IN_SERIES_ORDERS[order])
    if order == "date":
        query = query.where(comics.c.release_date.is_not(None))
    return Listing(query, COMIC_ORDERS[order])


def shelves(connection: Connection, category: str | None = None) -> Shelves:
    """What the wall can be narrowed down by, in one query that hops from name to name."""
    found: dict[str, list[tuple[int, str]]] = {"library": [], "category": [], "subcategory": []}
    values = {} if category is None else {"category": category}
    for kind, one, name in connection.execute(_names(category is not None), values):
        if name:
            found[kind].append((one, name))
    return Shelves(
        sorted(found["library"], key=lambda library: library[1].casefold()),
        sorted((name for _, name in found["category"]), key=str.casefold),
        sorted((name for _, name in found["subcategory"]), key=str.casefold),
    )


@cache
def _names(of_a_category: bool) -> CompoundSelect[Any]:
    """The query of `shelves`."""
    parts = [
        select(literal_column("'library'"), libraries.c.id, libraries.c.name).where(
            libraries.c.removed_at.is_(None)
        ),
        _distinct("category", series.c.category, true()),
    ]
    if of_a_category:
        in_it = series.c.category == bindparam("category")
        parts.append(_distinct("subcategory", series.c.subcategory, in_it))
    return union_all(*parts)


def series_details(connection: Connection, series_id: int) -> SeriesDetails | None:
    """One series, or None."""
    row = connection.execute(_series_details(), {"series_id": series_id}).one_or_none()
    if row is None:
        return None
    one, teller = _series(row[: -len(_MORE)]), "series.json"
    if one.publisher is None:
        one = replace(one, publisher=_publisher_of_most(connection, series_id))
        teller = "comics"
    return SeriesDetails(
        series=one,
        library=row.library_name,
        folder=display(row.folder),
        imprint=row.imprint,
        description=row.description,
        booktype=row.booktype,
        total_issues=row.total_issues,
        year_from_name=row.year_from_name,
        missing_count=row.missing_count,
        publisher_from=teller,
    )


def _publisher_of_most(connection: Connection, series_id: int) -> str | None:
    """The publisher that most comics of a series name."""
    return connection.execute(_PUBLISHER_OF_MOST, {"series_id": series_id}).scalar()


_MISSING = (
    select(func.count())
    .where(comics.c.series_id == bindparam("series_id"), comics.c.state == ComicState.MISSING)
    .correlate(None)
    .scalar_subquery()
)
_MORE = (
    libraries.c.name.label("library_name"),
    folders.c.path.label("folder"),
    series.c.imprint,
    series.c.description,
    series.c.booktype,
    series.c.total_issues,
    series.c.year_from_name,
    _MISSING.label("missing_count"),
)
_PUBLISHER_OF_MOST = (
    select(publishers.c.name)
    .join(comics, comics.c.publisher_id == publishers.c.id)
    .where(comics.c.series_id == bindparam("series_id"))
    .group_by(publishers.c.id)
    .order_by(func.count().desc(), publishers.c.id)
    .limit(1)
)


@cache
def _series_details() -> Select[Any]:
    return (
        _series_query()
        .add_columns(*_MORE)
        .join(libraries, libraries.c.id == series.c.library_id)
        .join(folders, folders.c.id == series.c.folder_id)
        .where(series.c.id == bindparam("series_id"))
    )


def series_by_ids(connection: Connection, ids: Sequence[int]) -> list[Series]:
    """Those of the series that exist, in the order of the ids."""
    found = {row[0]: _series(row) for row in _by_ids(connection, _series_by_ids(), ids)}
    return [found[one] for one in ids if one in found]


def comics_by_ids(connection: Connection, ids: Sequence[int]) -> list[Comic]:
    """Those of the comics that exist, in the order of the ids."""
    found = {row[0]: _comic(row) for row in _by_ids(connection, _comics_by_ids(), ids)}
    return [found[one] for one in ids if one in found]


def comic_details(connection: Connection, comic_id: int) -> ComicDetails | None:
    """One comic with all its metadata, or None."""
    found = comics_by_ids(connection, [comic_id])
    if not found:
        return None
    imprints = publishers.alias()
    row = connection.execute(
        select(
            comics,
            libraries.c.name.label("library_name"),
            libraries.c.path.label("root"),
            series.c.category,
            series.c.subcategory,
            func.coalesce(publishers.c.name, series.c.publisher).label("publisher_name"),
            func.coalesce(imprints.c.name, series.c.imprint).label("imprint_name"),
        )
        .join(libraries, libraries.c.id == comics.c.library_id)
        .join(series, series.c.id == comics.c.series_id)
        .outerjoin(publishers, publishers.c.id == comics.c.publisher_id)
        .outerjoin(imprints, imprints.c.id == comics.c.imprint_id)
        .where(comics.c.id == comic_id)
    ).one()
    credited = connection.execute(
        select(comic_credits.c.role, people.c.name)
        .join(people, people.c.id == comic_credits.c.person_id)
        .where(comic_credits.c.comic_id == comic_id)
        .order_by(comic_credits.c.position)
    )
    tagged = connection.execute(
        select(tags.c.kind, tags.c.name, comic_tags.c.number)
        .join(tags, tags.c.id == comic_tags.c.tag_id)
        .where(comic_tags.c.comic_id == comic_id)
        .order_by(tags.c.kind, tags.c.name)
    )
    facts = {column.name: row._mapping[column] for column in comics.c}
    return ComicDetails(
        comic=found[0],
        library=row.library_name,
        category=row.category,
        subcategory=row.subcategory,
        root=row.root,
        facts=facts,
        publisher=row.publisher_name,
        imprint=row.imprint_name,
        credits=[tuple(credit) for credit in credited],
        tags=[tuple(tag) for tag in tagged],
        previous_id=_neighbour(connection, facts, forward=False),
        next_id=_neighbour(connection, facts, forward=True),
    )


def to_read(connection: Connection, details: ComicDetails, *, forward: bool) -> int | None:
    """The nearest comic behind this one in its series, or before it, that can be read."""
    return _neighbour(connection, details.facts, forward=forward, where=CAN_BE_READ)


def _neighbour(
    connection: Connection,
    facts: Mapping[str, Any],
    *,
    forward: bool,
    where: ColumnElement[bool] | None = None,
) -> int | None:
    """The comic beside this one in its series, by number."""
    order = Order(_BY_NUMBER.keys, _BY_NUMBER.types, descending=not forward)
    number = NO_NUMBER if facts["sort_number"] is None else facts["sort_number"]
    query = select(comics.c.id).where(comics.c.series_id == facts["series_id"]).limit(1)
    if where is not None:
        query = query.where(where)
    query = order.applied(order.begun(query, (number, facts["sort_key"], facts["id"])))
    return connection.execute(query).scalar()


def _there(library: Column[int]) -> ColumnElement[bool]:
    """Whether a library is not being removed; the few that are go bit by bit."""
    removed = select(libraries.c.id).where(libraries.c.removed_at.is_not(None))
    return library.not_in(removed)


def _series_query() -> Select[Any]:
    of_them = select(
        series.c.id,
        series.c.library_id,
        series.c.name,
        series.c.sort_name,
        series.c.category,
        series.c.subcategory,
        series.c.publisher,
        series.c.year,
        series.c.status,
        series.c.comic_count,
        series.c.added_at,
        comics.c.id.label("cover_id"),
        comics.c.version,
        comics.c.thumbnail_state,
        func.coalesce(series.c.cover_artwork_id, comics.c.cover_artwork_id),
    )
    with_cover = of_them.outerjoin(comics, comics.c.id == series.c.cover_comic_id)
    return with_cover.where(_there(series.c.library_id))


def _comic_query() -> Select[Any]:
    return (
        select(
            comics.c.id,
            comics.c.series_id,
            series.c.name,
            folders.c.path,
            comics.c.file_name,
            comics.c.title,
            comics.c.number,
            comics.c.page_count,
            comics.c.release_date,
            comics.c.version,
            comics.c.state,
            comics.c.index_state,
            comics.c.thumbnail_state,
            comics.c.added_at,
            comics.c.cover_artwork_id,
        )
        .join(series, series.c.id == comics.c.series_id)
        .join(folders, folders.c.id == comics.c.folder_id)
        .where(_there(comics.c.library_id))
    )


def _series(row: Sequence[Any]) -> Series:
    return Series(*row)


def _comic(row: Sequence[Any]) -> Comic:
    return Comic(*row)


def page_of(
    connection: Connection,
    query: Select[Any],
    order: Order,
    listing: str,
    limit: int,
    cursor: str | None,
) -> tuple[list[tuple[Any, ...]], str | None]:
    """A page of a listing that is asked for now and then, as `Listing.page`."""
    return Listing(query, order).page(connection, listing, limit, cursor)


@cache
def _series_by_ids() -> Select[Any]:
    return _series_query().where(series.c.id.in_(bindparam("ids", expanding=True)))


@cache
def _comics_by_ids() -> Select[Any]:
    return _comic_query().where(comics.c.id.in_(bindparam("ids", expanding=True)))


def _by_ids(connection: Connection, query: Select[Any], ids: Sequence[int]) -> Sequence[Row[Any]]:
    return connection.execute(query, {"ids": ids}).all() if ids else []


def _distinct(kind: str, column: ColumnElement[str], where: ColumnElement[bool]) -> Select[Any]:
    """Every value of a column once, hopping along its index from each to the next greater one.

    A plain DISTINCT would read the whole index.
    """
    found = select(func.min(column).label("name")).where(where).cte(f"{kind}_names", recursive=True)
    following = select(func.min(column)).where(where, column > found.c.name)
    names = found.union_all(
        select(following.correlate(found).scalar_subquery()).where(found.c.name.is_not(None))
    )
    return select(literal_column(f"'{kind}'"), literal_column("0"), names.c.name)
