"""What SQLite and PostgreSQL say differently: full-text search, upserts, bulk statements.

Each difference is one function here, so that the rest of `db` is the same SQL on both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Insert,
    LargeBinary,
    Table,
    Text,
    Update,
    case,
    cast,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects import sqlite

Row = tuple[Any, ...]

ROWS_IN_ONE = 64  # rows of a bulk insert's statement
ROWS_SOUGHT = 500  # by one statement

SEARCH_TABLES = (
    "CREATE VIRTUAL TABLE comic_search USING fts5("
    "series, title, number, people, names, "
    "tokenize = \"unicode61 remove_diacritics 2\", prefix = '2')",
    "CREATE VIRTUAL TABLE series_search USING fts5("
    "name, tokenize = \"unicode61 remove_diacritics 2\", prefix = '2 3')",
)

SEARCHABLE = ("comic_search", "series_search")
CHECK_SEARCH = {one: f"INSERT INTO {one} ({one}) VALUES ('integrity-check')" for one in SEARCHABLE}
REBUILD_SEARCH = [f"INSERT INTO {one} ({one}) VALUES ('rebuild')" for one in SEARCHABLE]

# What is written in the journal stays as it is; only the link to a user who is removed is cut.
JOURNAL_GUARDS = (
    "CREATE TRIGGER reading_journal_keeps_rows BEFORE DELETE ON reading_journal "
    "BEGIN SELECT RAISE(ABORT, 'the reading journal is only ever added to'); END",
    "CREATE TRIGGER reading_journal_keeps_words BEFORE UPDATE OF id, user_name, at, deed, cause, "
    "kind, comic_id, series_id, library, path, size, fingerprint, name, before, after, device "
    "ON reading_journal "
    "BEGIN SELECT RAISE(ABORT, 'the reading journal is only ever added to'); END",
    "CREATE TRIGGER reading_journal_keeps_readers BEFORE UPDATE OF user_id ON reading_journal "
    "WHEN NEW.user_id IS NOT NULL "
    "BEGIN SELECT RAISE(ABORT, 'the reading journal is only ever added to'); END",
)

MOST_WORDS = 16  # of one search
RANKED = 1_000

_BY_RANK = {
    table: text(
        f"SELECT id FROM (SELECT rowid AS id, rank AS place FROM {table} "
        f"WHERE {table} MATCH :query AND rowid > :after LIMIT {RANKED}) "
        "ORDER BY place, id LIMIT :limit"
    )
    for table in SEARCHABLE
}
_BY_ID = {
    table: text(
        f"SELECT rowid FROM {table} WHERE {table} MATCH :query AND rowid > :after "
        "ORDER BY rowid LIMIT :limit"
    )
    for table in SEARCHABLE
}


def insert_unless_there(table: Table, conflict: Sequence[str]) -> Insert:
    """An insert that leaves a row alone whose `conflict` columns are there already."""
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(conflict))


def insert_or_update(
    table: Table,
    conflict: Sequence[str],
    update: Callable[[Any, Any], dict[str, Any]],
    where: Any = None,
) -> Insert:
    """An insert that updates the row in its way.

    `update(old, new)` gets the columns of the row that is there and of the one that was to be
    inserted; `where` is the condition of the partial unique index, if it is one.
    """
    statement = sqlite.insert(table)
    return statement.on_conflict_do_update(
        index_elements=list(conflict),
        index_where=where,
        set_=update(table.c, statement.excluded),
    )


def bulk(
    connection: Connection, statement: Insert | Update, names: Sequence[str], rows: Sequence[Row]
) -> None:
    """Run one statement for many rows, each a tuple in the order of the bound `names`.

    The rows go to the driver as they are, which is several times faster than through
    SQLAlchemy's parameter handling; so the values must be what the driver itself takes, and the
    statement binds nothing else.
    """
    if not rows:
        return
    sql, order = _compiled(statement)
    if order != tuple(names):
        pick = itemgetter(*(names.index(name) for name in order))
        rows = [pick(row) for row in rows]
    connection.exec_driver_sql(sql, rows if isinstance(rows, list) else list(rows))


def bulk_insert(
    connection: Connection,
    table: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    how: str = "INSERT",
) -> None:
    """Insert many rows, each a tuple in the order of `columns`, some dozens to a statement.

    What a statement costs besides its rows is more than a narrow row costs.
    """
    whole = len(rows) // ROWS_IN_ONE * ROWS_IN_ONE
    marks = f"({', '.join('?' * len(columns))})"
    begin = f"{how} INTO {table} ({', '.join(columns)}) VALUES "
    if whole:
        many = [
            tuple(chain.from_iterable(rows[start : start + ROWS_IN_ONE]))
            for start in range(0, whole, ROWS_IN_ONE)
        ]
        connection.exec_driver_sql(begin + ", ".join([marks] * ROWS_IN_ONE), many)
    if whole < len(rows):
        connection.exec_driver_sql(begin + marks, list(rows[whole:]))


def find_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]
) -> Iterator[Row]:
    """`(id, column, …)` of a table's rows that have one of these values in `columns`."""
    names = ", ".join(columns)
    marks = f"({', '.join('?' * len(columns))})"
    for start in range(0, len(rows), ROWS_SOUGHT):
        some = rows[start : start + ROWS_SOUGHT]
        among = ", ".join([marks] * len(some))
        yield from connection.exec_driver_sql(
            f"SELECT id, {names} FROM {table} WHERE ({names}) IN (VALUES {among})",
            tuple(chain.from_iterable(some)),
        )


def put_in_search(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Write full-text rows `(id, column, …)`, in the place of older ones of the same ids."""
    bulk_insert(connection, table, ("rowid", *columns), rows, how="INSERT OR REPLACE")


def drop_from_search(connection: Connection, table: str, ids: Sequence[int]) -> None:
    if ids:
        connection.exec_driver_sql(f"DELETE FROM {table} WHERE rowid = ?", [(one,) for one in ids])


def renumber_in_search(
    connection: Connection, table: str, ids: Collection[int], new: Mapping[int, int]
) -> None:
    """Give full-text rows new ids, by their old ones; others of these `ids` are dropped."""
    found = connection.exec_driver_sql(
        f"SELECT rowid, * FROM {table} WHERE rowid IN ({', '.join(map(str, new))})"
    )
    _rowid, *columns = found.keys()
    rows = [(new[old], *values) for old, *values in found]
    drop_from_search(connection, table, sorted(ids))
    put_in_search(connection, table, columns, rows)


def search(
    connection: Connection, table: str, words: str, *, after: int = 0, limit: int, by_rank: bool
) -> list[int]:
    """The ids whose full-text row holds every word of what a person typed; the last may go on.

    By rank the best come first, out of the first RANKED rows that match; otherwise they come by
    id, beginning behind `after`. Either takes the same time however many rows there are.
    """
    query = search_query(words, shortest_prefix=1 if by_rank else 2)
    if not query:
        return []
    found = connection.execute(
        _BY_RANK[table] if by_rank else _BY_ID[table],
        {"query": query, "after": after, "limit": limit},
    )
    return list(found.scalars())


def path_fits(
    folder: ColumnElement[bytes], name: ColumnElement[bytes], glob: str
) -> ColumnElement[bool]:
    """Whether a file's path below its library fits a glob; * also stands for slashes."""
    above = case((func.length(folder) == 0, ""), else_=cast(folder, Text).op("||")("/"))
    path = above.op("||")(cast(name, Text))
    return path.op("GLOB", is_comparison=True)(glob.replace("[!", "[^"))


def number_in_json(column: ColumnElement[str], name: str) -> ColumnElement[int]:
    """A whole number of a JSON object's; NULL where it has none of the name."""
    return func.json_extract(column, f"$.{name}")


def is_below(path: ColumnElement[bytes], folder: ColumnElement[bytes]) -> ColumnElement[bool]:
    """Whether a path lies below a folder (not the root), found in an index of paths."""
    first = cast(folder.op("||")(literal_column("'/'")), LargeBinary)
    behind = cast(folder.op("||")(literal_column("'0'")), LargeBinary)  # which follows / in ASCII
    return (path > first) & (path < behind)


def search_query(words: str, *, shortest_prefix: int) -> str:
    """FTS5's query for a person's words: each quoted, so that none is syntax.

    The last word may be the beginning of a longer one, unless it is too short. A single letter of
    the Latin alphabet begins a word in every other comic; one of other scripts says much more.
    """
    found = re.findall(r"\w+", words)[:MOST_WORDS]
    if not found:
        return ""
    last = found[-1]
    quoted = [f'"{word}"' for word in found]
    if words[-1].isalnum() and (len(last) >= shortest_prefix or not last.isascii()):
        quoted[-1] += "*"
    return " ".join(quoted)


@lru_cache(maxsize=64)
def _compiled(statement: Insert | Update) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=sqlite.dialect())
    return str(compiled), tuple(compiled.positiontup or ())
