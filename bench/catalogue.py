"""All that is known of the comics, read past Longbox in terms that every installation shares.

Numbers of rows and moments are left out, so that what two installations have made of the same files
can be compared; and covers other than those of series, which are there as somebody looked, or as a
disk that went away had another comic stand for its series for a while.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Catalogue = dict[str, list[Any]]

_SHELF = "JOIN folders f ON f.id = c.folder_id"
_READ = (
    "c.sort_key, c.size, c.mtime_ns, c.version, c.state, c.index_state, c.container,"
    " c.page_count, c.cover_page, c.fingerprint, c.title, c.series_title, c.number,"
    " c.sort_number, c.issue_count, c.volume, c.summary, c.release_date, c.web, c.language,"
    " c.age_rating, c.right_to_left"
)

QUERIES = {
    "folders": "SELECT path, mtime_ns FROM folders",
    "series": "SELECT f.path, s.name, s.sort_name, s.category, s.subcategory, s.comic_count,"
    " c.file_name, c.thumbnail_state, s.publisher, s.year, x.name FROM series s"
    " JOIN folders f ON f.id = s.folder_id LEFT JOIN comics c ON c.id = s.cover_comic_id"
    " LEFT JOIN series_search x ON x.rowid = s.id",
    "comics": f"SELECT f.path, c.file_name, s.name, p.name, i.name, {_READ} FROM comics c {_SHELF}"
    " JOIN series s ON s.id = c.series_id LEFT JOIN publishers p ON p.id = c.publisher_id"
    " LEFT JOIN publishers i ON i.id = c.imprint_id",
    "credits": "SELECT f.path, c.file_name, k.role, p.name, k.position FROM comic_credits k"
    f" JOIN people p ON p.id = k.person_id JOIN comics c ON c.id = k.comic_id {_SHELF}",
    "tags": "SELECT f.path, c.file_name, t.kind, t.name, k.number FROM comic_tags k"
    f" JOIN tags t ON t.id = k.tag_id JOIN comics c ON c.id = k.comic_id {_SHELF}",
    "search": "SELECT f.path, c.file_name, x.series, x.title, x.number, x.people"
    f" FROM comic_search x JOIN comics c ON c.id = x.rowid {_SHELF}",
    "errors": "SELECT phase, path, error_class, message FROM job_errors WHERE resolved_at IS NULL",
    "counters": "SELECT status, discover_total, discover_done, index_total, index_done,"
    " index_failed, thumbnail_total, thumbnail_done, thumbnail_failed, folders_found,"
    " comics_found, comics_new, comics_updated, comics_missing, errors_count FROM scan_jobs",
}


def told(data: Path) -> Catalogue:
    """What the installation of a data folder knows, with the hashes of its covers."""
    found: Catalogue = {name: sorted(rows(data, sql), key=repr) for name, sql in QUERIES.items()}
    covers = {
        (folder, name): data / "covers" / f"{comic % 100:02d}" / f"{comic}-{version}.jpg"
        for folder, name, comic, version in rows(
            data,
            "SELECT f.path, c.file_name, c.id, c.version FROM comics c"
            " JOIN folders f ON f.id = c.folder_id JOIN series s ON s.cover_comic_id = c.id",
        )
    }
    found["covers"] = sorted(
        (*comic, hashlib.sha256(file.read_bytes()).hexdigest())
        for comic, file in covers.items()
        if file.exists()
    )
    return found


def rows(data: Path, sql: str) -> list[Any]:
    """What a query finds in an installation's database."""
    with closing(sqlite3.connect(data / "library.db", timeout=30)) as connection:
        return connection.execute(sql).fetchall()
