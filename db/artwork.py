"""Pictures beside the comics' files: what discover finds of them, and what is kept of each.

A row of `artwork_files` is a file that lies in a series' folder under a name that says what it is;
one of `artwork` is a picture, once however many files hold it. Its own files are in
`db/kept_pictures.py`, and which picture stands for what is decided in `db/shown_covers.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)

from db import errors
from db.dialect import bulk, insert_or_update, insert_unless_there
from db.errors import Failure
from db.kept_pictures import Picture
from db.paths import join
from db.schema import artwork, artwork_files, comics, folders, series
from db.shown_covers import refresh_comics, refresh_series
from db.states import Phase, WorkState
from db.times import now

BATCH = 500  # rows that one transaction deletes


class FoundPicture(NamedTuple):
    """A picture beside comics as the walk saw it; `comic` is the name of the file that it is the
    cover of, b"" where it belongs to all of the folder."""

    name: bytes
    role: str
    comic: bytes
    size: int
    mtime_ns: int


class PictureFile(NamedTuple):
    """A picture to be kept; `path` is below the library's root."""

    id: int
    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A kept picture: what `/api/artwork/ID` hands out."""

    sha256: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Setting:
    """The pictures around a series' name: ids, or None."""

    banner: int | None
    backdrop: int | None
    logo: int | None


# ---- discover


def store(
    connection: Connection,
    library_id: int,
    found: Mapping[int, Sequence[FoundPicture]],
    known_folders: Collection[int],
) -> None:
    """Bring what is known of the pictures in some folders to what the walk saw.

    `found` has the pictures by their folder's id; `known_folders` are those of the folders that may
    have been listed before. Where nothing changed nothing is written.
    """
    before = _known(connection, known_folders)
    if not before and not any(found.values()):
        return
    named = _comics_by_name(
        connection, [one for one, pictures in found.items() if any(p.comic for p in pictures)]
    )
    rows, touched = [], set()
    for folder_id, pictures in found.items():
        for one in pictures:
            comic_id = named.get((folder_id, one.comic)) if one.comic else None
            values = (one.role, comic_id, one.size, one.mtime_ns)
            old = before.pop((folder_id, one.name), None)
            if old is None or old[1:] != values:
                rows.append((library_id, folder_id, one.name, *values))
                touched.add(folder_id)
    gone = list(before.items())
    touched |= {folder_id for (folder_id, _name), _row in gone}
    bulk(connection, _STORE, _STORE_NAMES, sorted(rows, key=lambda row: row[1:3]))
    _forget(connection, library_id, gone)
    if touched:
        of_them = select(comics.c.id).where(
            comics.c.folder_id.in_(touched), comics.c.cover_artwork_id.is_not(None)
        )
        linked = select(artwork_files.c.comic_id).where(
            artwork_files.c.folder_id.in_(touched), artwork_files.c.comic_id.is_not(None)
        )
        concerned = set(connection.execute(of_them.union(linked)).scalars())
        _refresh(connection, concerned, touched)


def _known(
    connection: Connection, folder_ids: Collection[int]
) -> dict[tuple[int, bytes], tuple[Any, ...]]:
    """The files known in some folders: (folder, name) → (id, role, comic, size, time stamp)."""
    if not folder_ids:
        return {}
    rows = connection.execute(
        select(
            artwork_files.c.folder_id,
            artwork_files.c.file_name,
            artwork_files.c.id,
            artwork_files.c.role,
            artwork_files.c.comic_id,
            artwork_files.c.size,
            artwork_files.c.mtime_ns,
        ).where(artwork_files.c.folder_id.in_(folder_ids))
    )
    return {(folder_id, name): tuple(others) for folder_id, name, *others in rows}


def _comics_by_name(
    connection: Connection, folder_ids: Collection[int]
) -> dict[tuple[int, bytes], int]:
    if not folder_ids:
        return {}
    rows = connection.execute(
        select(comics.c.folder_id, comics.c.file_name, comics.c.id).where(
            comics.c.folder_id.in_(folder_ids)
        )
    )
    return {(folder_id, name): one for folder_id, name, one in rows}


def _forget(
    connection: Connection,
    library_id: int,
    gone: Sequence[tuple[tuple[int, bytes], tuple[Any, ...]]],
) -> None:
    """Forget files that are gone; what is kept of them stays as long as it is somebody's cover."""
    if not gone:
        return
    folder_ids = {folder_id for (folder_id, _name), _row in gone}
    paths = dict(
        connection.execute(
            select(folders.c.id, folders.c.path).where(folders.c.id.in_(folder_ids))
        ).all()
    )
    _resolve(connection, library_id, [join(paths[one], name) for (one, name), _row in gone])
    connection.execute(
        delete(artwork_files).where(artwork_files.c.id == bindparam("file")),
        [{"file": row[0]} for _key, row in gone],
    )


# ---- the thumbnail stage's work list


def count_pending(connection: Connection, library_id: int) -> int:
    """How many files of a library are to be looked at."""
    query = select(func.count()).where(*_pending(library_id))
    return int(connection.execute(query).scalar_one())


def next_files(
    connection: Connection, library_id: int, after: int, limit: int
) -> list[PictureFile]:
    """The next files to be looked at with ids above `after`, in order of id."""
    rows = connection.execute(
        select(
            artwork_files.c.id,
            folders.c.path,
            artwork_files.c.file_name,
            artwork_files.c.size,
            artwork_files.c.mtime_ns,
        )
        .join(folders, folders.c.id == artwork_files.c.folder_id)
        .where(*_pending(library_id), artwork_files.c.id > after)
        .order_by(artwork_files.c.id)
        .limit(limit)
    )
    return [PictureFile(one, join(path, name), *others) for one, path, name, *others in rows]


def record(
    connection: Connection,
    job_id: int,
    library_id: int,
    kept: Sequence[tuple[PictureFile, Picture]],
    failed: Sequence[tuple[PictureFile, Failure]],
) -> None:
    """Write down what became of files, unless they have changed since, and show what is new."""
    ids = {one.sha256: keep(connection, one) for _file, one in kept}
    done = [
        (WorkState.DONE.value, ids[one.sha256], file.id, file.size, file.mtime_ns)
        for file, one in kept
    ]
    given_up = [
        (WorkState.FAILED.value, None, file.id, file.size, file.mtime_ns) for file, _ in failed
    ]
    bulk(connection, _SET, _SET_NAMES, done + given_up)
    _resolve(connection, library_id, [file.path for file, _ in kept])
    failures = [failure for _, failure in failed]
    errors.report(connection, job_id, library_id, Phase.THUMBNAIL, failures)
    of_them = connection.execute(
        select(artwork_files.c.comic_id, artwork_files.c.folder_id).where(
            artwork_files.c.id.in_([file.id for file, _ in (*kept, *failed)])
        )
    ).all()
    _refresh(
        connection,
        {row.comic_id for row in of_them if row.comic_id},
        {row.folder_id for row in of_them},
    )


def keep(connection: Connection, one: Picture) -> int:
    """Write down that a picture's files are there; answers its id, which others may know already.

    It is pruned unless the same transaction names it.
    """
    connection.execute(
        insert_unless_there(artwork, ("sha256",)).values(
            sha256=one.sha256,
            media_type=one.media_type,
            width=one.width,
            height=one.height,
            size=one.size,
            added_at=now(),
        )
    )
    query = select(artwork.c.id).where(artwork.c.sha256 == one.sha256)
    return int(connection.execute(query).scalar_one())


def put_back(connection: Connection, library_id: int, paths: Iterable[bytes] | None = None) -> int:
    """Put files that failed on the work list again, all of a library or those at some paths;
    answers how many."""
    failed = (artwork_files.c.library_id == library_id, artwork_files.c.state == WorkState.FAILED)
    statement = update(artwork_files).where(*failed).values(state=WorkState.PENDING)
    if paths is None:
        return connection.execute(statement).rowcount
    ids = [one for path in paths if (one := _at(connection, library_id, path))]
    return sum(
        connection.execute(statement.where(artwork_files.c.id == one)).rowcount for one in ids
    )


def put_back_lost(connection: Connection, artwork_ids: Collection[int]) -> None:
    """Put the files of some pictures, of which nothing is kept any more, on the work list again."""
    statement = update(artwork_files).where(artwork_files.c.artwork_id == bindparam("lost"))
    if artwork_ids:
        connection.execute(
            statement.values(state=WorkState.PENDING), [{"lost": one} for one in artwork_ids]
        )


def give_up(connection: Connection, library_id: int, path: bytes) -> bool:
    """Take the file at a path off the work list; False when no picture is known there."""
    one = _at(connection, library_id, path)
    connection.execute(
        update(artwork_files).where(artwork_files.c.id == one).values(state=WorkState.FAILED)
    )
    return one is not None


def _at(connection: Connection, library_id: int, path: bytes) -> int | None:
    folder, _, name = path.rpartition(b"/")
    return connection.execute(
        select(artwork_files.c.id)
        .join(folders, folders.c.id == artwork_files.c.folder_id)
        .where(
            folders.c.library_id == library_id,
            folders.c.path == folder,
            artwork_files.c.file_name == name,
        )
    ).scalar()


def _resolve(connection: Connection, library_id: int, paths: Sequence[bytes]) -> None:
    """Close the open errors of files that are well, or gone."""
    if paths:
        known = errors.open_by_path(connection, library_id, Phase.THUMBNAIL)
        errors.resolve(connection, [known[path] for path in paths if path in known])


def _refresh(
    connection: Connection, comic_ids: Collection[int], folder_ids: Collection[int]
) -> None:
    refresh_comics(connection, comic_ids)
    refresh_series(connection, folder_ids)


# ---- looking


def get(connection: Connection, artwork_id: int) -> Kept | None:
    """A kept picture, or None."""
    row = connection.execute(_GET, {"artwork": artwork_id}).one_or_none()
    return Kept(row.sha256, row.media_type) if row else None


def of_library(connection: Connection, library_id: int) -> dict[int, Kept]:
    """The kept pictures that lie beside a library's comics, by id."""
    rows = connection.execute(
        select(artwork.c.id, artwork.c.sha256, artwork.c.media_type)
        .join(artwork_files, artwork_files.c.artwork_id == artwork.c.id)
        .where(artwork_files.c.library_id == library_id)
    )
    return {one: Kept(sha256, media_type) for one, sha256, media_type in rows}


def around_series(connection: Connection, series_id: int) -> Setting:
    """The first banner, backdrop and logo in a series' folder."""
    rows = connection.execute(_AROUND_SERIES, {"series_id": series_id})
    first: dict[str, int] = {}
    for role, one in rows:
        first.setdefault(role, one)
    return Setting(*(first.get(role) for role in ("banner", "backdrop", "logo")))


_AROUND_SERIES = (  # built once: every page of a series asks it
    select(artwork_files.c.role, artwork_files.c.artwork_id)
    .join(series, series.c.folder_id == artwork_files.c.folder_id)
    .where(
        series.c.id == bindparam("series_id"),
        artwork_files.c.comic_id.is_(None),
        artwork_files.c.artwork_id.is_not(None),
    )
    .order_by(func.length(artwork_files.c.file_name), artwork_files.c.file_name)
)


# ---- keeping house


def homeless_files(connection: Connection) -> list[int]:
    """Some of the known files whose folders hold no series any more."""
    query = select(artwork_files.c.id).where(_HOMELESS).limit(BATCH)
    return list(connection.execute(query).scalars())


def unnamed(connection: Connection) -> list[int]:
    """Some of the pictures that no file, no series and no comic has."""
    return list(connection.execute(select(artwork.c.id).where(_UNNAMED).limit(BATCH)).scalars())


def forget(connection: Connection, file_ids: Sequence[int], artwork_ids: Sequence[int]) -> None:
    """Forget files and pictures, but those that have a home or a name again."""
    connection.execute(delete(artwork_files).where(artwork_files.c.id.in_(file_ids), _HOMELESS))
    connection.execute(delete(artwork).where(artwork.c.id.in_(artwork_ids), _UNNAMED))


def unknown(connection: Connection, hashes: Collection[str]) -> set[str]:
    """Those of some SHA-256 that no kept picture has."""
    query = select(artwork.c.sha256).where(artwork.c.sha256.in_(hashes))
    return set(hashes) - set(connection.execute(query).scalars())


def _pending(library_id: int) -> tuple[Any, ...]:
    # A folder that is gone keeps what is known of it.
    is_there = select(series.c.id).where(
        series.c.folder_id == artwork_files.c.folder_id, series.c.comic_count > 0
    )
    return (
        artwork_files.c.library_id == library_id,
        artwork_files.c.state == literal_column(f"'{WorkState.PENDING}'"),
        is_there.exists(),
    )


_STORE_NAMES = ("library_id", "folder_id", "file_name", "role", "comic_id", "size", "mtime_ns")
_STORE = insert_or_update(
    artwork_files,
    ("folder_id", "file_name"),
    lambda old, new: {
        "role": new.role,
        "comic_id": new.comic_id,
        "size": new.size,
        "mtime_ns": new.mtime_ns,
        "state": case(
            ((old.size == new.size) & (old.mtime_ns == new.mtime_ns), old.state),
            else_=new.state,
        ),
    },
).values({name: bindparam(name) for name in _STORE_NAMES})

_SET_NAMES = ("new_state", "picture", "file", "of_size", "of_mtime_ns")
_SET = (
    update(artwork_files)
    .where(
        artwork_files.c.id == bindparam("file"),
        artwork_files.c.size == bindparam("of_size"),
        artwork_files.c.mtime_ns == bindparam("of_mtime_ns"),
    )
    .values(state=bindparam("new_state"), artwork_id=bindparam("picture"))
)

_GET = select(artwork.c.sha256, artwork.c.media_type).where(artwork.c.id == bindparam("artwork"))

_HOMELESS = ~select(series.c.id).where(series.c.folder_id == artwork_files.c.folder_id).exists()
_UNNAMED = ~or_(
    select(artwork_files.c.id).where(artwork_files.c.artwork_id == artwork.c.id).exists(),
    select(series.c.id).where(series.c.cover_artwork_id == artwork.c.id).exists(),
    select(comics.c.id).where(comics.c.cover_artwork_id == artwork.c.id).exists(),
)
