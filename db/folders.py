"""What discover knows and writes: folders, the series in them, and the comics' files.

A series is a folder that directly holds comics. What was found of some folders is stored in one
transaction together with the folders' time stamps, so that a stamp is never newer than what is
known of its folder.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    func,
    insert,
    select,
    update,
)

from db import artwork, errors, file_versions
from db.artwork import FoundPicture
from db.dialect import bulk, bulk_insert, insert_or_update, insert_unless_there, put_in_search
from db.file_versions import version_of
from db.paths import display
from db.schema import comics, folders, job_changes, libraries, scan_jobs, series
from db.shards import Claim
from db.states import Change, ComicState, WorkState
from db.times import now

BATCH = 500  # comics named in one statement, which takes only so many bound values

SERIES_JSON_COLUMNS = (
    "publisher",
    "imprint",
    "year",
    "status",
    "description",
    "booktype",
    "comicvine_id",
    "total_issues",
)


class KnownFolder(NamedTuple):
    """A folder as the last scan left it; `mtime_ns` is None when it is to be listed anyway."""

    id: int
    mtime_ns: int | None
    comic_count: int


class KnownFile(NamedTuple):
    """A comic's file as the last scan left it."""

    comic_id: int
    size: int
    mtime_ns: int
    missing: bool


class FoundFile(NamedTuple):
    """A comic's file as it is on the disk."""

    name: bytes
    sort_key: str
    size: int
    mtime_ns: int

    @property
    def version(self) -> int:
        return version_of(self.size, self.mtime_ns)


@dataclass(slots=True)
class Listing:
    """A folder as it is on the disk; `path` is below the library's root."""

    path: bytes
    mtime_ns: int | None
    name: str
    sort_name: str
    year: int | None
    category: str
    subcategory: str
    below: list[bytes] = field(default_factory=list)
    files: list[FoundFile] = field(default_factory=list)
    artwork: list[FoundPicture] = field(default_factory=list)
    series_json: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Counts:
    """What storing listings did to the catalogue."""

    new: int = 0
    updated: int = 0
    back: int = 0


@dataclass(frozen=True, slots=True)
class Library:
    """What discover needs to know of the library; `root_device` is the root's st_dev, and
    `stamps_doubt` why the time stamps of its folders are not relied on, if that is so."""

    name: str
    ignore_patterns: tuple[str, ...]
    loose_folders: bool
    root_device: int | None
    stamps_doubt: str | None


def library(connection: Connection, library_id: int) -> Library:
    row = connection.execute(
        select(
            libraries.c.name,
            libraries.c.ignore_patterns,
            libraries.c.loose_folders,
            libraries.c.root_device,
            libraries.c.stamps_doubt,
        ).where(libraries.c.id == library_id)
    ).one()
    patterns = tuple(line.strip() for line in row.ignore_patterns.splitlines() if line.strip())
    return Library(row.name, patterns, row.loose_folders, row.root_device, row.stamps_doubt)


def remember_root(connection: Connection, library_id: int, device: int) -> None:
    """Keep the root's device, by which a scan knows that another disk stands in its place."""
    connection.execute(
        update(libraries).where(libraries.c.id == library_id).values(root_device=device)
    )


def doubt_stamps(connection: Connection, library_id: int, path: bytes) -> None:
    """Rely on no folder's time stamp any more, as that of this one has not told of a change."""
    where = display(path) or "the library’s own folder"
    connection.execute(
        update(libraries)
        .where(libraries.c.id == library_id)
        .values(
            stamps_doubt=f"a scan found changes in {where} although its time stamp was the same"
        )
    )


def known_folders(connection: Connection, library_id: int) -> dict[bytes, KnownFolder]:
    """Every folder of a library by its path."""
    rows = connection.execute(
        select(folders.c.path, folders.c.id, folders.c.mtime_ns, series.c.comic_count)
        .outerjoin(series, series.c.folder_id == folders.c.id)
        .where(folders.c.library_id == library_id)
    )
    return {path: KnownFolder(one, mtime, many or 0) for path, one, mtime, many in rows}


def known_files(
    connection: Connection, folder_ids: Collection[int]
) -> dict[int, dict[bytes, KnownFile]]:
    """The files of some folders: folder's id → file's name → what is known."""
    known: dict[int, dict[bytes, KnownFile]] = {one: {} for one in folder_ids}
    rows = connection.execute(
        select(
            comics.c.folder_id,
            comics.c.file_name,
            comics.c.id,
            comics.c.size,
            comics.c.mtime_ns,
            comics.c.state,
        ).where(comics.c.folder_id.in_(folder_ids))
    )
    for folder_id, name, comic_id, size, mtime_ns, state in rows:
        known[folder_id][name] = KnownFile(comic_id, size, mtime_ns, state == ComicState.MISSING)
    return known


def present_ids(connection: Connection, folder_ids: Collection[int]) -> list[int]:
    """The comics in some folders that are not missing already."""
    query = select(comics.c.id).where(
        comics.c.folder_id.in_(folder_ids), comics.c.state == ComicState.PRESENT
    )
    return list(connection.execute(query).scalars())


def all_present_ids(connection: Connection, library_id: int) -> list[int]:
    """The comics of a library that are not missing already."""
    query = select(comics.c.id).where(
        comics.c.library_id == library_id, comics.c.state == ComicState.PRESENT
    )
    return list(connection.execute(query).scalars())


def store(
    connection: Connection,
    claim: Claim,
    listings: Sequence[Listing],
    known: dict[bytes, dict[bytes, KnownFile]],
) -> Counts:
    """Bring the catalogue to what the listings say, but for files that are gone.

    `known` has the files of each listed folder, by the folder's path, as they were before.
    """
    counts = Counts()
    folder_ids = _store_folders(connection, claim.library_id, listings)
    shelves = [listing for listing in listings if listing.files]
    series_ids = _store_series(connection, claim.library_id, shelves, folder_ids)
    new: list[tuple[Any, ...]] = []
    changed: list[tuple[Any, ...]] = []
    back: list[int] = []
    moment = now()
    for listing in shelves:
        before = known.get(listing.path, {})
        folder_id = folder_ids[listing.path]
        series_id = series_ids[folder_id]
        for file in listing.files:
            old = before.get(file.name)
            if old is None:
                new.append(
                    (
                        claim.library_id,
                        folder_id,
                        series_id,
                        file.name,
                        file.sort_key,
                        file.size,
                        file.mtime_ns,
                        file.version,
                        claim.job_id,
                        claim.job_id,
                        moment,
                    )
                )
                continue
            if old.missing:
                back.append(old.comic_id)
            if (old.size, old.mtime_ns) != (file.size, file.mtime_ns):
                changed.append((file.size, file.mtime_ns, old.comic_id))
    bulk_insert(connection, "comics", _NEW_COMIC_COLUMNS, new)
    file_versions.store(connection, claim.job_id, changed)
    told = [(claim.job_id, comic_id, Change.UPDATED.value) for *_file, comic_id in changed]
    bulk_insert(connection, "job_changes", ("job_id", "comic_id", "change"), told)
    for start in range(0, len(back), BATCH):
        _set_state(connection, claim.job_id, back[start : start + BATCH], ComicState.PRESENT)
    recount(connection, series_ids.values())
    if not claim.options.skip_assets:
        artwork.store(
            connection,
            claim.library_id,
            {folder_ids[listing.path]: listing.artwork for listing in shelves},
            [folder_ids[listing.path] for listing in shelves if listing.path in known],
        )
    counts.new, counts.updated, counts.back = len(new), len(changed), len(back)
    return counts


def store_unseen(connection: Connection, library_id: int, paths: Sequence[bytes]) -> None:
    """Write down folders that could not be looked at, so that the next scan tries them again."""
    bulk(
        connection,
        _STORE_FOLDER,
        _FOLDER_NAMES,
        [(library_id, path, None) for path in sorted(paths)],
    )


def mark_missing(connection: Connection, job_id: int, comic_ids: Sequence[int]) -> None:
    """Mark comics as missing; everything that is known of them stays.

    Their folders are listed again by the next scan, whatever their time stamps say.
    """
    _set_state(connection, job_id, comic_ids, ComicState.MISSING)
    file_versions.list_again(connection, comic_ids)
    of_them = select(comics.c.series_id).where(comics.c.id.in_(comic_ids)).distinct()
    recount(connection, connection.execute(of_them).scalars().all())


def count(connection: Connection, job_id: int, counts: Counts) -> None:
    """Add what storing did to the job's counters."""
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == job_id)
        .values(
            comics_new=scan_jobs.c.comics_new + counts.new,
            comics_updated=scan_jobs.c.comics_updated + counts.updated,
            comics_back=scan_jobs.c.comics_back + counts.back,
        )
    )


_FOLDER_NAMES = ("library_id", "path", "mtime_ns")
_STORE_FOLDER = insert_or_update(
    folders, ("library_id", "path"), lambda _old, new: {"mtime_ns": new.mtime_ns}
).values({name: bindparam(name) for name in _FOLDER_NAMES})

_KNOW_FOLDER = insert_unless_there(folders, ("library_id", "path")).values(
    {name: bindparam(name) for name in _FOLDER_NAMES}
)

_SERIES_COLUMNS = (
    "name",
    "sort_name",
    "sort_year",
    "year_from_name",
    "category",
    "subcategory",
    *SERIES_JSON_COLUMNS,
)
_SERIES_NAMES = ("library_id", "folder_id", "added_at", *_SERIES_COLUMNS)
_STORE_SERIES = insert_or_update(
    series, ("folder_id",), lambda _old, new: {name: new[name] for name in _SERIES_COLUMNS}
).values({name: bindparam(name) for name in _SERIES_NAMES})

_NEW_COMIC_COLUMNS = (
    "library_id",
    "folder_id",
    "series_id",
    "file_name",
    "sort_key",
    "size",
    "mtime_ns",
    "version",
    "added_job_id",
    "changed_job_id",
    "added_at",
)


def _store_folders(
    connection: Connection, library_id: int, listings: Sequence[Listing]
) -> dict[bytes, int]:
    rows = sorted(
        ((library_id, listing.path, listing.mtime_ns) for listing in listings),
        key=lambda row: row[1],
    )
    bulk(connection, _STORE_FOLDER, _FOLDER_NAMES, rows)
    # A folder whose stamp is trusted is not listed again: what lies in it must be known by then.
    below = sorted((library_id, path, None) for listing in listings for path in listing.below)
    bulk(connection, _KNOW_FOLDER, _FOLDER_NAMES, below)
    stored = connection.execute(
        select(folders.c.path, folders.c.id).where(
            folders.c.library_id == library_id,
            folders.c.path.in_([listing.path for listing in listings]),
        )
    )
    return {row.path: row.id for row in stored}


def _store_series(
    connection: Connection,
    library_id: int,
    shelves: Sequence[Listing],
    folder_ids: dict[bytes, int],
) -> dict[int, int]:
    """Write the series of folders that hold comics; answers folder's id → series' id."""
    if not shelves:
        return {}
    moment = now()
    nothing: dict[str, Any] = dict.fromkeys(SERIES_JSON_COLUMNS)
    rows = []
    for shelf in shelves:
        said = nothing | shelf.series_json
        is_said = bool(said["year"])
        year = said["year"] = said["year"] or shelf.year
        rows.append(
            (
                library_id,
                folder_ids[shelf.path],
                moment,
                shelf.name,
                shelf.sort_name,
                year or 0,
                bool(year) and not is_said,
                shelf.category,
                shelf.subcategory,
                *(said[name] for name in SERIES_JSON_COLUMNS),
            )
        )
    bulk(connection, _STORE_SERIES, _SERIES_NAMES, rows)
    stored = connection.execute(
        select(series.c.id, series.c.folder_id, series.c.name).where(
            series.c.folder_id.in_([folder_ids[shelf.path] for shelf in shelves])
        )
    ).all()
    put_in_search(connection, "series_search", ("name",), [(row.id, row.name) for row in stored])
    return {row.folder_id: row.id for row in stored}


def _set_state(
    connection: Connection, job_id: int, comic_ids: Sequence[int], state: ComicState
) -> None:
    if not comic_ids:
        return
    gone = state is ComicState.MISSING
    connection.execute(
        update(comics)
        .where(comics.c.id.in_(comic_ids))
        .values(state=state, missing_since=now() if gone else None, changed_job_id=job_id)
    )
    if not gone:  # what could not be read because it was gone is read now
        connection.execute(
            update(comics)
            .where(comics.c.id.in_(comic_ids), comics.c.index_state == WorkState.FAILED)
            .values(index_state=WorkState.PENDING)
        )
    change = Change.MISSING if gone else Change.BACK
    connection.execute(
        insert(job_changes),
        [{"job_id": job_id, "comic_id": one, "change": change} for one in comic_ids],
    )
    if gone:
        errors.resolve_of_comics(connection, comic_ids)
        connection.execute(
            update(scan_jobs)
            .where(scan_jobs.c.id == job_id)
            .values(comics_missing=scan_jobs.c.comics_missing + len(comic_ids))
        )


def recount(connection: Connection, series_ids: Iterable[int]) -> None:
    """Count the comics that are there, and take the first of them for the series' cover, unless a
    person chose one."""
    present = (comics.c.series_id == series.c.id) & (comics.c.state == ComicState.PRESENT)
    many = select(func.count()).where(present).scalar_subquery()
    # One that cannot be read has no cover to show.
    order = (comics.c.index_state == WorkState.FAILED), comics.c.sort_key, comics.c.id
    first = select(comics.c.id).where(present).order_by(*order).limit(1)
    chosen = select(comics.c.id).where(
        series.c.cover_chosen,
        comics.c.id == series.c.cover_comic_id,
        comics.c.series_id == series.c.id,
    )
    connection.execute(
        update(series)
        .where(series.c.id.in_(list(series_ids)))
        .values(
            comic_count=many,
            cover_comic_id=func.coalesce(
                chosen.scalar_subquery(), first.scalar_subquery(), series.c.cover_comic_id
            ),
        )
    )
