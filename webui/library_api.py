"""The library for programs: series, books, their metadata and files, the search, as JSON.

Listings are `{"items": […], "next": cursor or null}`; see docs/API.md. The pages for people are in
`webui/library.py`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from stat import S_ISDIR, S_ISREG

from flask import Blueprint, Response, abort, send_file
from flask.typing import ResponseReturnValue
from flask_login import current_user

from db import catalogue, errors, searching
from db.catalogue import COMIC_ORDERS, IN_SERIES_ORDERS, SERIES_ORDERS, ComicDetails
from db.engine import reading
from db.file_versions import version_of
from db.indexing import FIELDS
from db.paths import name_to_save
from db.reading import progress, shelves
from db.times import iso
from webui import as_json, facts, listings, packed_folder
from webui.errors import Problem
from webui.own_reading import read_asked_for

USUAL = 100  # items in an answer that was asked for without a limit
FOUND_SERIES = 20

MEDIA_TYPES = {
    "zip": "application/vnd.comicbook+zip",
    "rar": "application/vnd.comicbook-rar",
    "7z": "application/x-7z-compressed",
    "tar": "application/x-tar",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
}

# The columns of a comic that are told as they are; listings tell the others.
METADATA = [
    name for name in FIELDS if name not in ("title", "number", "sort_number", "release_date")
]

BOOK = f"/api/books/<int(max={listings.LARGEST_ID}):comic_id>"

blueprint = Blueprint("library_api", __name__)


@blueprint.get("/api/series")
def series_list() -> ResponseReturnValue:
    """Series: `?library=&category=&subcategory=&sort=name|added|count|year&limit=&cursor=`."""
    sort = listings.sort_among(SERIES_ORDERS)
    limit = listings.limit(USUAL)
    shelf = listings.shelf()
    with reading() as connection:
        page = catalogue.series_page(connection, sort, shelf, limit=limit, cursor=listings.cursor())
    return {"items": [as_json.series(one) for one in page.items], "next": page.next}


@blueprint.get(f"/api/series/<int(max={listings.LARGEST_ID}):series_id>")
def series(series_id: int) -> ResponseReturnValue:
    """One series with what its series.json says."""
    with reading() as connection:
        details = catalogue.series_details(connection, series_id)
    if details is None:
        abort(404, "There is no such series (any more).")
    return as_json.series(details.series) | {
        "library": {"id": details.series.library_id, "name": details.library},
        "imprint": details.imprint,
        "description": details.description,
        "booktype": details.booktype,
        "total_issues": details.total_issues,
        "missing": details.missing_count,
        "sources": facts.series_sources(details),
    }


@blueprint.get("/api/books")
def books() -> ResponseReturnValue:
    """Comics: `?series=&read=unread|reading|read&sort=name|number|date|added&limit=&cursor=`."""
    limit = listings.limit(USUAL)
    series_id = listings.number("series", 1, listings.LARGEST_ID)
    chosen = read_asked_for()
    sort = listings.sort_among(COMIC_ORDERS if series_id is None else IN_SERIES_ORDERS)
    with reading() as connection:
        page = catalogue.comics_page(
            connection,
            sort,
            series_id=series_id,
            limit=limit,
            cursor=listings.cursor(),
            where=shelves.condition(current_user.id, chosen),
        )
        items = as_json.books(connection, current_user.id, page.items)
    return {"items": items, "next": page.next}


@blueprint.get(BOOK)
def book(comic_id: int) -> ResponseReturnValue:
    """One comic with all its metadata, and what is wrong with its file."""
    details = _details(comic_id)
    with reading() as connection:
        failures = errors.listing(connection, comic_id=comic_id)
        read = progress.find(connection, current_user.id, comic_id)
    columns = details.facts
    return (
        as_json.book(details.comic, read)
        | {name: columns[name] for name in METADATA}
        | {
            "library": {"id": columns["library_id"], "name": details.library},
            "publisher": details.publisher,
            "imprint": details.imprint,
            "credits": _gathered(details.credits),
            "tags": _gathered((kind, name) for kind, name, _ in details.tags),
            "story_arcs": [
                {"name": name, "number": place}
                for kind, name, place in details.tags
                if kind == "story_arc"
            ],
            "sources": facts.sources(details),
            "size": columns["size"],
            "container": columns["container"],
            "modified_at": iso(columns["mtime_ns"] / 1e9),
            "fingerprint": columns["fingerprint"].hex() if columns["fingerprint"] else None,
            "previous": details.previous_id,
            "next": details.next_id,
            "errors": [
                {
                    "phase": failure.phase,
                    "class": failure.error_class,
                    "message": failure.message,
                    "advice": failure.advice,
                }
                for failure in failures
            ],
        }
    )


@blueprint.get(f"{BOOK}/file")
def file(comic_id: int) -> ResponseReturnValue:
    """The original file, with ranges, or a folder of pictures packed into a ZIP archive on the way;
    410 while it is not on the disk."""
    details = _details(comic_id)
    path = os.fsdecode(details.file)
    try:
        status = os.stat(path)
        if S_ISDIR(status.st_mode):
            return packed_folder.download(details.file, details.comic.path)
        _refuse_what_is_no_comic(details, status)
        response: Response = send_file(
            path,
            mimetype=MEDIA_TYPES.get(details.facts["container"], "application/octet-stream"),
            as_attachment=True,
            download_name=name_to_save(details.comic.path),
            conditional=True,
            etag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
            last_modified=status.st_mtime,
        )
    except (FileNotFoundError, NotADirectoryError):
        raise Problem(
            410,
            "file_missing",
            f"The file {details.comic.path} is not there now. "
            "Is its disk mounted? If the file was moved, scan the library again.",
        ) from None
    except OSError as error:
        raise Problem(
            503,
            "file_unreadable",
            f"The file {details.comic.path} cannot be read: {error.strerror}.",
        ) from None
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.get("/api/search")
def search() -> ResponseReturnValue:
    """What fits the words of `?q=`: the best series, then a page of comics."""
    words = listings.words("q") or ""
    limit = listings.limit(USUAL)
    cursor = listings.cursor()
    with reading() as connection:
        found = searching.find_series(connection, words, FOUND_SERIES) if cursor is None else []
        page = searching.find_comics(connection, words, limit=limit, cursor=cursor)
        items = as_json.books(connection, current_user.id, page.items)
    return {
        "series": [as_json.series(one) for one in found],
        "items": items,
        "next": page.next,
    }


def _refuse_what_is_no_comic(details: ComicDetails, status: os.stat_result) -> None:
    """Raises Problem 409 for what never ends and for links that may lead to anybody's files: of
    those, only what a scan has found to be a comic is sent."""
    known = details.facts["container"] is not None and (
        version_of(status.st_size, status.st_mtime_ns) == details.comic.version
    )
    if not S_ISREG(status.st_mode) or (os.path.islink(details.file) and not known):
        raise Problem(409, "no_comic", f"{details.comic.path} is no comic that a scan has seen.")


def _details(comic_id: int) -> ComicDetails:
    with reading() as connection:
        details = catalogue.comic_details(connection, comic_id)
    if details is None:
        abort(404, "There is no such comic (any more).")
    return details


def _gathered(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    gathered: dict[str, list[str]] = {}
    for kind, name in pairs:
        gathered.setdefault(kind, []).append(name)
    return gathered
