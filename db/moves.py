"""What there is to settle about moves: comics that lost their places, files that nobody claims.

Which file goes to which comic is decided in `stages/settlement.py`; how files change hands between
the rows is in `db/exchanges.py`, how series follow in `db/series_moves.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from db.paths import join
from db.schema import comics, folders, job_changes, job_errors, libraries
from db.states import Change, ComicState, ErrorClass, Phase, WorkState

BATCH = 500  # ids named in one statement

# A missing comic whose place is another's keeps its place's name with this behind it, which no
# file's name has: so no file can be taken for it by its name.
TAKEN = b"/"

NOTHING = b""  # as `previous_fingerprint`: a new comic that could not be read at first


class Known(NamedTuple):
    """A row of `comics`, as the settlement sees it; `before` is the content it had before."""

    id: int
    library_id: int
    library: str
    folder_id: int
    series_id: int
    folder: bytes
    file_name: bytes
    size: int
    mtime_ns: int
    version: int
    cover_page: int
    state: str
    fingerprint: bytes | None
    full_fingerprint: bytes | None
    before: bytes | None

    @property
    def missing(self) -> bool:
        return self.state == ComicState.MISSING

    @property
    def lost(self) -> bytes | None:
        """The content that has lost its place here, if any has."""
        return self.before or (self.fingerprint if self.missing else None)

    @property
    def as_it_was(self) -> Known:
        """The row without what is known of other content in its place."""
        return self if self.missing else self._replace(size=-1, full_fingerprint=None)

    @property
    def path(self) -> bytes:
        """The file's path below its library."""
        return join(self.folder, self.file_name.rstrip(TAKEN))


class Refusal(NamedTuple):
    """A comic that has lost its place and cannot be told from others; `why` is a sentence."""

    comic_id: int
    why: str


# ---- what there is to settle


def is_due(connection: Connection, library_id: int, job_id: int) -> bool:
    """Whether any file is new, or new in its place, or a series may have to follow its comics."""
    read = comics.c.index_state == WorkState.DONE
    new = select(comics.c.id).where(comics.c.id > settled_id(connection, library_id), read)
    changed = select(comics.c.id).where(
        comics.c.library_id == library_id, comics.c.previous_fingerprint.is_not(None), read
    )
    return any(connection.execute(one.limit(1)).first() for one in (new, changed, _left(job_id)))


def is_any_lost(connection: Connection, library_id: int, job_id: int) -> bool:
    """Whether any comic has lost its place, or the job has moved some out of their series."""
    found = *_lost(library_id), _left(job_id)
    return any(connection.execute(one.limit(1)).first() for one in found)


def is_any_unread(connection: Connection, job_id: int) -> bool:
    """Whether the job has marked comics missing that nobody ever got to read anything from."""
    return connection.execute(unread(job_id).limit(1)).first() is not None


def unread(job_id: int) -> Select[Any]:
    """Comics that the job has marked missing, and whose files were gone when they were to be read.

    One that was there and could not be read is none of these, nor one that no scan tried to read.
    """
    tried = exists().where(job_errors.c.comic_id == comics.c.id, job_errors.c.phase == Phase.INDEX)
    was_gone = job_errors.c.error_class == ErrorClass.VANISHED
    return (
        select(comics.c.id, comics.c.added_job_id)
        .join(job_changes, job_changes.c.comic_id == comics.c.id)
        .where(
            job_changes.c.job_id == job_id,
            job_changes.c.change == Change.MISSING,
            comics.c.state == ComicState.MISSING,
            comics.c.page_count.is_(None),
            comics.c.fingerprint.is_(None),
            _BEFORE.is_(None),
            tried.where(was_gone),
            ~tried.where(~was_gone),
        )
    )


def lost(connection: Connection, library_id: int) -> dict[int, bytes]:
    """The content of every comic that has lost its place: missing, or changed in this library."""
    queries = _lost(library_id)
    return {one: content for query in queries for one, content in connection.execute(query)}


def _lost(library_id: int) -> tuple[Select[Any], ...]:
    content = func.coalesce(_BEFORE, comics.c.fingerprint)
    gone = select(comics.c.id, content).where(comics.c.state == _MISSING, content.is_not(None))
    changed = select(comics.c.id, _BEFORE).where(
        comics.c.library_id == library_id,
        comics.c.previous_fingerprint.is_not(None),
        _BEFORE.is_not(None),
        comics.c.state == ComicState.PRESENT,
        comics.c.index_state != WorkState.PENDING,
    )
    return gone, changed


def _left(job_id: int) -> Select[Any]:
    """The comics of a job that have left their series, of which it is not known if it followed."""
    return select(job_changes.c.comic_id).where(
        job_changes.c.job_id == job_id, job_changes.c.left_series_id.is_not(None)
    )


def unclaimed(connection: Connection, library_id: int) -> dict[int, bytes]:
    """The content of every file that is new, in any library, or new in its place, in this one."""
    read = (comics.c.state == ComicState.PRESENT) & (comics.c.index_state == WorkState.DONE)
    new = select(comics.c.id, comics.c.fingerprint).where(
        comics.c.id > settled_id(connection, library_id), read
    )
    changed = select(comics.c.id, comics.c.fingerprint).where(
        comics.c.library_id == library_id, comics.c.previous_fingerprint.is_not(None), read
    )
    return {
        one: content
        for query in (new, changed)
        for one, content in connection.execute(query)
        if content is not None
    }


def known(connection: Connection, comic_ids: Collection[int]) -> dict[int, Known]:
    """What the settlement has to know of some comics, by id."""
    found: dict[int, Known] = {}
    for some in _some(comic_ids):
        rows = connection.execute(_KNOWN.where(comics.c.id.in_(some)))
        found |= {row.id: Known._make(row) for row in rows}
    return found


def somebodys(connection: Connection, comic_ids: Collection[int]) -> set[int]:
    """The comics that somebody has begun, marked or put into a list."""
    from db.reading import at_stake  # for the few scans that move anything

    found: set[int] = set()
    for some in _some(comic_ids):
        found |= at_stake.of_comics(connection, some).keys()
    return found


def turned_up(connection: Connection, job_id: int, gone: Collection[int]) -> set[int]:
    """Those of the comics gone for which the job found a new file of that size and time stamp."""
    stamp = comics.c.size, comics.c.mtime_ns
    added = select(comics.c.id, *stamp).where(comics.c.added_job_id == job_id)
    new = Counter(
        (size, mtime_ns)
        for comic_id, size, mtime_ns in connection.execute(added)
        if comic_id not in gone
    )
    found: set[int] = set()
    for some in _some(gone) if new else ():
        of_them = select(comics.c.id, *stamp).where(comics.c.id.in_(some))
        for comic_id, size, mtime_ns in connection.execute(of_them):
            if new[size, mtime_ns] > 0:
                new[size, mtime_ns] -= 1
                found.add(comic_id)
    return found


# ---- what the settlement writes, besides exchanges


def refuse(connection: Connection, job_id: int, refusals: Sequence[Refusal]) -> None:
    """Write down a thousand of what could not be told apart; what the job has told already is not
    repeated."""
    told = select(job_changes.c.comic_id).where(
        job_changes.c.job_id == job_id,
        job_changes.c.change == Change.AMBIGUOUS,
        job_changes.c.comic_id.in_([one.comic_id for one in refusals]),
    )
    already = set(connection.execute(told).scalars())
    rows = [
        {"job_id": job_id, "comic_id": one, "change": Change.AMBIGUOUS, "detail": why}
        for one, why in refusals
        if one not in already
    ]
    if rows:
        connection.execute(insert(job_changes), rows)


def forget_before(connection: Connection, library_id: int, limit: int) -> bool:
    """Forget what files held before, of so many that can be read; False when there are none."""
    some = (
        select(comics.c.id)
        .where(
            comics.c.library_id == library_id,
            comics.c.previous_fingerprint.is_not(None),
            comics.c.state == ComicState.PRESENT,
            comics.c.index_state == WorkState.DONE,
        )
        .limit(limit)
    )
    return bool(
        connection.execute(
            update(comics).where(comics.c.id.in_(some)).values(previous_fingerprint=None)
        ).rowcount
    )


def settled_id(connection: Connection, library_id: int) -> int:
    """The highest id of a comic when the library was last settled; those above it are new."""
    query = select(libraries.c.settled_comic_id).where(libraries.c.id == library_id)
    return int(connection.execute(query).scalar_one())


def all_is_settled(connection: Connection, library_id: int) -> None:
    """Say that no comic there is now is new any more."""
    highest = select(func.coalesce(func.max(comics.c.id), 0)).scalar_subquery()
    connection.execute(
        update(libraries)
        .where(libraries.c.id == library_id, libraries.c.settled_comic_id < highest)
        .values(settled_comic_id=highest)
    )


def _some(ids: Collection[int]) -> Iterator[list[int]]:
    every = sorted(ids)
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]


# Written out, because SQLite looks into a partial index only for what it sees in the statement.
_MISSING: ColumnElement[str] = literal_column(f"'{ComicState.MISSING}'")
_BEFORE: ColumnElement[bytes] = func.nullif(comics.c.previous_fingerprint, NOTHING)

_KNOWN = (
    select(
        comics.c.id,
        comics.c.library_id,
        libraries.c.name,
        comics.c.folder_id,
        comics.c.series_id,
        folders.c.path,
        comics.c.file_name,
        comics.c.size,
        comics.c.mtime_ns,
        comics.c.version,
        comics.c.cover_page,
        comics.c.state,
        comics.c.fingerprint,
        comics.c.full_fingerprint,
        comics.c.previous_fingerprint,
    )
    .join(folders, folders.c.id == comics.c.folder_id)
    .join(libraries, libraries.c.id == comics.c.library_id)
)
