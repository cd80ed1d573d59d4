"""Searching the catalogue by what a person types: series by how well they fit, then comics.

Words are looked for in series' names, titles and numbers, and in the names of people, characters,
teams, arcs, genres, tags and publishers. The full-text tables and their query language are the
dialect's.
"""

from __future__ import annotations

from sqlalchemy import Connection

from db import cursors
from db.catalogue import Comic, Page, Series, comics_by_ids, series_by_ids
from db.dialect import search


def find_series(connection: Connection, words: str, limit: int) -> list[Series]:
    """The series that fit best."""
    return series_by_ids(
        connection, search(connection, "series_search", words, limit=limit, by_rank=True)
    )


def find_comics(
    connection: Connection, words: str, *, limit: int, cursor: str | None = None
) -> Page[Comic]:
    """A page of the comics that fit, in the order of their ids; raises BadCursor."""
    after = int(cursors.decode(cursor, "search", (int,))[0]) if cursor is not None else 0
    ids = search(connection, "comic_search", words, after=after, limit=limit + 1, by_rank=False)
    following = cursors.encode("search", [ids[limit - 1]]) if len(ids) > limit else None
    return Page(comics_by_ids(connection, ids[:limit]), following)
