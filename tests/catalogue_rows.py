"""Rows for tests of the catalogue: libraries, series and comics that no scan has found.

Everything goes into the database alone; no file is written.
"""

from __future__ import annotations

import itertools
from typing import Any

from sqlalchemy import Table, insert

from db.dialect import put_in_search
from db.engine import writing
from db.schema import comic_credits, comic_tags, comics, folders, libraries, people, series, tags
from db.states import WorkState
from stages.formats.natural import natural_key

_numbers = itertools.count(1)


def add_library(name: str = "Comics", path: bytes | None = None) -> int:
    return _add(
        libraries, name=name, path=path or f"/nowhere/{name}".encode(), created_at=1_700_000_000.0
    )


def add_series(library_id: int, name: str, folder: bytes | None = None, **columns: Any) -> int:
    """A series without comics; `folder` is its path below the library, its name unless given."""
    folder_id = _add(
        folders,
        library_id=library_id,
        path=folder if folder is not None else f"{next(_numbers)}/{name}".encode(),
    )
    values = {
        "library_id": library_id,
        "folder_id": folder_id,
        "name": name,
        "sort_name": natural_key(name),
        "added_at": 1_700_000_000.0,
        "sort_year": columns.get("year") or 0,
    }
    series_id = _add(series, **values | columns)
    with writing() as connection:
        put_in_search(connection, "series_search", ("name",), [(series_id, name)])
    return series_id


def add_comic(
    series_id: int,
    file_name: str | bytes,
    *,
    by: tuple[tuple[str, str], ...] = (),
    tagged: tuple[tuple[str, str, str | None], ...] = (),
    **columns: Any,
) -> int:
    """A comic as indexed; `by` are (role, name), `tagged` (kind, name, number in an arc)."""
    name = file_name.encode() if isinstance(file_name, str) else file_name
    shown = name.decode("utf-8", "replace")
    with writing() as connection:
        home = connection.execute(series.select().where(series.c.id == series_id)).one()
    values = {
        "library_id": home.library_id,
        "folder_id": home.folder_id,
        "series_id": series_id,
        "file_name": name,
        "sort_key": natural_key(shown),
        "size": 30_000_000,
        "mtime_ns": 1_700_000_000_000_000_000,
        "version": 7,
        "added_job_id": 1,
        "changed_job_id": 1,
        "added_at": 1_700_000_000.0,
        "index_state": WorkState.DONE,
        "container": "zip",
        "page_count": 24,
    }
    comic_id = _add(comics, **values | columns)
    words = (columns.get("title") or "", columns.get("number") or "")
    with writing() as connection:
        connection.execute(
            series.update()
            .where(series.c.id == series_id)
            .values(comic_count=series.c.comic_count + 1, cover_comic_id=comic_id)
        )
        put_in_search(
            connection,
            "comic_search",
            ("series", "title", "number", "people", "names"),
            [
                (
                    comic_id,
                    home.name,
                    *words,
                    " ".join(name for _, name in by),
                    " ".join(name for _, name, _ in tagged),
                )
            ],
        )
    for position, (role, person) in enumerate(by):
        person_id = _add(people, name=person)
        _add(comic_credits, comic_id=comic_id, role=role, person_id=person_id, position=position)
    for kind, tag, number in tagged:
        tag_id = _add(tags, kind=kind, name=tag)
        _add(comic_tags, comic_id=comic_id, tag_id=tag_id, number=number)
    return comic_id


def _add(table: Table, **values: Any) -> int:
    with writing() as connection:
        row = connection.execute(insert(table).values(values)).inserted_primary_key
    return int(row[0]) if row else 0
