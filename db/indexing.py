"""What the index stage writes: a comic's pages, metadata, credits, tags and full-text row.

Names (people, tags, publishers) are looked up once a process and kept in memory; a batch of comics
is a handful of statements, however many names it has.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from db.dialect import (
    Row,
    bulk,
    bulk_insert,
    find_rows,
    insert_unless_there,
    put_in_search,
)
from db.schema import comic_credits, comic_pages, comic_tags, comics, people, publishers, tags
from db.states import WorkState

Name = str | tuple[str, ...]
Transaction = Callable[[], AbstractContextManager[Connection]]

FIELDS = (
    "title",
    "series_title",
    "number",
    "sort_number",
    "issue_count",
    "volume",
    "alternate_series",
    "alternate_number",
    "alternate_count",
    "summary",
    "notes",
    "review",
    "release_date",
    "store_date",
    "web",
    "language",
    "format",
    "age_rating",
    "community_rating",
    "black_and_white",
    "manga",
    "right_to_left",
    "scan_information",
    "series_groups",
    "main_character_or_team",
    "gtin",
    "external_ids",
    "prices",
)


class Indexed(NamedTuple):
    """A comic as it was read; `fields` are the values of FIELDS in their order."""

    comic_id: int
    again: bool  # whether it was indexed before, so that there is something to replace
    container: str
    page_count: int
    cover_page: int
    fingerprint: bytes
    full_fingerprint: bytes
    page_sums: bytes  # b"" where the container has none
    sources: str | None
    fields: tuple[Any, ...]
    publisher: str | None
    imprint: str | None
    credits: Sequence[tuple[str, str]]  # (role, name)
    tags: Sequence[tuple[str, str]]  # (kind, name)
    arc_numbers: Mapping[str, str | None]  # a story arc's name → the comic's place in it
    search: tuple[str, str, str]  # the series' names, the title, the number


class Names:
    """The ids of one table's names, as far as they have come up in this process.

    A name is a tuple of the table's columns, or the plain text where there is but one.
    """

    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self._table = table.name
        self._columns = tuple(columns)
        self._add = insert_unless_there(table, columns).values(
            {name: bindparam(name) for name in columns}
        )
        self.ids: dict[Name, int] = {}

    def look_up(self, connection: Connection, unknown: Collection[Name]) -> dict[Name, int]:
        """The ids of names that have not come up before; those that are new are inserted, in
        sorted order, so that two writers on PostgreSQL never wait for each other in a circle."""
        rows = sorted((name,) if isinstance(name, str) else name for name in unknown)
        bulk(connection, self._add, self._columns, rows)
        found = find_rows(connection, self._table, self._columns, rows)
        return {tuple(name) if len(name) > 1 else name[0]: one for one, *name in found}


class Index:
    """Writes batches of comics that were read; one to a process, for the names it remembers."""

    def __init__(self) -> None:
        self._people = Names(people, ("name",))
        self._tags = Names(tags, ("kind", "name"))
        self._publishers = Names(publishers, ("name",))

    def learn(self, transaction: Transaction, batch: Sequence[Indexed]) -> None:
        """Look up the batch's names in a transaction of its own, unless all have come up before.

        They are remembered only when it is committed; a name that stays unused is harmless.
        """
        unknown: list[tuple[Names, set[Name]]] = [
            (self._people, {name for one in batch for _role, name in one.credits}),
            (self._tags, set().union(*(one.tags for one in batch))),
            (self._publishers, {n for one in batch for n in (one.publisher, one.imprint) if n}),
        ]
        for table, names in unknown:
            names -= table.ids.keys()
        if not any(names for _table, names in unknown):
            return
        with transaction() as connection:
            found = [(table, table.look_up(connection, names)) for table, names in unknown if names]
        for table, ids in found:
            table.ids |= ids

    def store(self, connection: Connection, batch: Sequence[Indexed]) -> None:
        """Write a batch whose names were learnt; the comics leave the work list."""
        publisher = self._publishers.ids
        again = [one.comic_id for one in batch if one.again]
        if again:
            for table in (comic_credits, comic_tags, comic_pages):
                connection.execute(delete(table).where(table.c.comic_id.in_(again)))
        bulk(
            connection,
            _COMIC,
            _COMIC_NAMES,
            [
                (
                    one.container,
                    one.page_count,
                    one.cover_page,
                    one.fingerprint,
                    one.full_fingerprint,
                    one.sources,
                    publisher[one.publisher] if one.publisher else None,
                    publisher[one.imprint] if one.imprint else None,
                    *one.fields,
                    one.comic_id,
                )
                for one in batch
            ],
        )
        bulk_insert(
            connection,
            "comic_credits",
            ("comic_id", "role", "person_id", "position"),
            _credit_rows(batch, self._people.ids),
        )
        bulk_insert(
            connection,
            "comic_tags",
            ("comic_id", "tag_id", "number"),
            _tag_rows(batch, self._tags.ids),
        )
        bulk_insert(
            connection,
            "comic_pages",
            ("comic_id", "sums"),
            [(one.comic_id, one.page_sums) for one in batch if one.page_sums],
        )
        put_in_search(
            connection,
            "comic_search",
            _SEARCHED,
            [(one.comic_id, *one.search, _people(one), _names(one)) for one in batch],
        )


def there(connection: Connection, comic_ids: Sequence[int]) -> set[int]:
    """Those of the comics that are still there."""
    return set(connection.execute(select(comics.c.id).where(comics.c.id.in_(comic_ids))).scalars())


class GivenUp(NamedTuple):
    """A comic that cannot be read; all that is known of it are the names of its series and its
    file (without the suffix), and the number in that."""

    comic_id: int
    series: str
    stem: str
    number: str | None
    sort_number: float | None


def give_up(connection: Connection, failed: Sequence[GivenUp]) -> None:
    """Take comics off the work list; they keep their place on the shelf and in the search."""
    if not failed:
        return
    ids = [one.comic_id for one in failed]
    connection.execute(delete(comic_pages).where(comic_pages.c.comic_id.in_(ids)))
    connection.execute(
        update(comics)
        .where(comics.c.id.in_(ids))
        .values(
            index_state=WorkState.FAILED,
            previous_fingerprint=func.coalesce(_BEFORE, b""),
            fingerprint=None,
            full_fingerprint=None,
        )
    )
    put_in_search(
        connection,
        "comic_search",
        _SEARCHED,
        [(one.comic_id, one.series, one.stem, "", "", "") for one in failed],
    )
    connection.execute(
        update(comics)
        .where(comics.c.id == bindparam("comic"), comics.c.sort_number.is_(None))
        .values(number=bindparam("its_number"), sort_number=bindparam("its_place")),
        [
            {"comic": one.comic_id, "its_number": one.number, "its_place": one.sort_number}
            for one in failed
        ],
    )
    _choose_other_covers(connection, ids)


def _choose_other_covers(connection: Connection, comic_ids: Sequence[int]) -> None:
    """Let another comic stand for the series of those that cannot be read."""
    from db import folders  # hardly any batch needs it, and it takes 20 ms to load

    failed = select(comics.c.series_id).where(comics.c.id.in_(comic_ids)).distinct()
    folders.recount(connection, connection.execute(failed).scalars().all())


_SEARCHED = ("series", "title", "number", "people", "names")
_COMIC_COLUMNS = (
    "container",
    "page_count",
    "cover_page",
    "fingerprint",
    "full_fingerprint",
    "sources",
    "publisher_id",
    "imprint_id",
    *FIELDS,
)
_COMIC_NAMES = (*(f"new_{name}" for name in _COMIC_COLUMNS), "comic")

# The content that was there before, b"" where there is none that is known. It is kept until it is
# known whether that content went elsewhere (`stages/settlement.py`).
_BEFORE: ColumnElement[bytes] = func.coalesce(comics.c.previous_fingerprint, comics.c.fingerprint)
_COMIC = (
    update(comics)
    .where(comics.c.id == bindparam("comic"))
    .values(
        {name: bindparam(f"new_{name}") for name in _COMIC_COLUMNS}
        | {
            "index_state": literal_column(f"'{WorkState.DONE}'"),
            "previous_fingerprint": func.nullif(_BEFORE, bindparam("new_fingerprint")),
            # What had no cover because it could not be read may have one now.
            "thumbnail_state": literal_column(
                f"CASE thumbnail_state WHEN '{WorkState.FAILED}' THEN '{WorkState.PENDING}' "
                "ELSE thumbnail_state END"
            ),
        }
    )
)


def _credit_rows(batch: Sequence[Indexed], person: dict[Name, int]) -> list[Row]:
    return [
        (one.comic_id, role, person[name], position)
        for one in batch
        for position, (role, name) in enumerate(one.credits)
    ]


def _tag_rows(batch: Sequence[Indexed], tag: dict[Name, int]) -> list[Row]:
    return [
        (one.comic_id, tag[name], one.arc_numbers.get(name[1]) if name[0] == "story_arc" else None)
        for one in batch
        for name in one.tags
    ]


def _people(one: Indexed) -> str:
    return ", ".join(dict.fromkeys(name for _role, name in one.credits))


def _names(one: Indexed) -> str:
    """What else a comic can be looked for by: characters, teams, arcs, genres, publishers …"""
    names = [name for _kind, name in one.tags]
    names += [name for name in (one.publisher, one.imprint) if name]
    return ", ".join(dict.fromkeys(names))
