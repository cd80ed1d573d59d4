"""A comic and a series as the API tells them, with how far its caller has read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from db.catalogue import Comic, Series
from db.reading import progress
from db.reading.progress import Progress
from db.states import WorkState
from db.times import iso


def series(one: Series) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "library_id": one.library_id,
        "category": one.category,
        "subcategory": one.subcategory,
        "publisher": one.publisher,
        "year": one.year,
        "status": one.status,
        "books": one.comic_count,
        "cover": one.cover_id,
        "artwork": one.cover_artwork_id,
        "added_at": iso(one.added_at),
    }


def book(one: Comic, read: Progress | None = None) -> dict[str, Any]:
    return {
        "id": one.id,
        "path": one.path,
        "series": {"id": one.series_id, "name": one.series_name},
        "title": one.title,
        "number": one.number,
        "pages": one.page_count,
        "release_date": one.release_date,
        "has_thumbnail": one.thumbnail_state == WorkState.DONE,
        "artwork": one.cover_artwork_id,
        "version": one.version,
        "state": one.state,
        "indexed": one.index_state,
        "added_at": iso(one.added_at),
        "progress": None if read is None else progress_told(read),
    }


def books(connection: Connection, user_id: int, comics: Sequence[Comic]) -> list[dict[str, Any]]:
    """Comics in their order, each with how far the user has read it."""
    read = progress.of_comics(connection, user_id, [one.id for one in comics])
    return [book(one, read.get(one.id)) for one in comics]


def progress_told(read: Progress) -> dict[str, Any]:
    """How far a comic is read."""
    return {
        "page": read.page,
        "pages": read.page_count,
        "completed": read.completed,
        "seconds_read": read.seconds_read,
        "device": read.device,
        "session": read.session,
        "read_at": iso(read.read_at) if read.is_begun else None,
        "started_at": iso(read.started_at),
        "finished_at": iso(read.finished_at),
    }
