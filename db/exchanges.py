"""Files that change hands between the rows of `comics`, so that each comic keeps its id.

A row has what belongs to the comic (its id, and all that hangs on it) and what belongs to the file
(its place, and what was read out of it). An exchange gives the latter to other rows, whole, in the
transaction of whoever asks for it; who gets what is decided in `stages/settlement.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from db import folders as shelves
from db.dialect import Row, bulk, bulk_insert, put_in_search, renumber_in_search
from db.moves import TAKEN, Known
from db.paths import display
from db.reading import entries, keep
from db.schema import (
    artwork_files,
    comic_credits,
    comic_pages,
    comic_tags,
    comics,
    job_changes,
    job_errors,
    scan_jobs,
)
from db.shards import Claim
from db.shown_covers import refresh_comics
from db.states import Change, ComicState, WorkState
from db.times import now

# What belongs to the comic; every other column belongs to the file.
OF_THE_COMIC = frozenset({"id", "added_job_id", "added_at", "cover_artwork_id", "cover_chosen"})
OF_THE_FILE = tuple(column.name for column in comics.c if column.name not in OF_THE_COMIC)
READ_FROM_THE_FILE: tuple[Table, ...] = (comic_credits, comic_tags, comic_pages)
ABOUT_THE_FILE: tuple[Table, ...] = (job_errors, artwork_files)

NewOwners = Mapping[int, int]  # a row that has a file → the row that gets it


@dataclass(frozen=True, slots=True)
class Exchange:
    """Files that change hands.

    `takes` says whose row's file each comic takes, and `moved` which of them were known before.
    `newcomer` was new: what hangs on it goes to the comic that takes its file, and it is forgotten
    unless it takes a file itself. The file of `displaced` goes to another, its own is nowhere. The
    file of `orphan` goes to nobody and gets a row of its own.
    """

    takes: Mapping[int, int]
    moved: Collection[int]
    newcomer: int | None = None
    displaced: int | None = None
    orphan: int | None = None

    @property
    def ids(self) -> set[int]:
        return {*self.takes, *self.takes.values()}


def carry_out(
    connection: Connection,
    claim: Claim,
    exchanges: Iterable[Exchange],
    seen: Mapping[int, Known],
    with_cover: Collection[int],
) -> None:
    """Let files change hands, and write down what has moved.

    An exchange among rows that are no longer as they were `seen` is left out. `with_cover` are the
    comics whose covers are there under the versions of the files that they take.
    """
    current = _rows(connection, {one for each in exchanges for one in each.ids})
    sound = [
        one for one in exchanges if all(_is_as_seen(current.get(row), seen[row]) for row in one.ids)
    ]
    if not sound:
        return
    involved = {one for each in sound for one in each.ids}
    owners = {source: comic for each in sound for comic, source in each.takes.items()}
    _tell(connection, claim, sound, seen, current)
    # No two rows may ever be in one place, not even half-way.
    connection.execute(_PARK, [{"comic": one, "nowhere": b"%d/" % one} for one in involved])
    owners |= _adopt_orphans(connection, claim, sound, current)
    read = {one for one in owners if current[one]["index_state"] == WorkState.DONE}
    _hand_over(connection, involved, owners, read)
    _merge_newcomers(connection, sound, owners)
    files = [
        _file(claim, current[comic], current[source], comic in with_cover)
        for each in sound
        for comic, source in each.takes.items()
    ]
    files += [
        _nowhere(connection, claim, current[each.displaced], seen[each.displaced])
        for each in sound
        if each.displaced is not None
    ]
    bulk(connection, _WRITE, _WRITE_NAMES, files)
    refresh_comics(connection, involved)
    shelves.recount(connection, {current[one]["series_id"] for one in involved})


def _rows(connection: Connection, comic_ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    rows = connection.execute(select(comics).where(comics.c.id.in_(comic_ids))).mappings()
    return {row["id"]: dict(row) for row in rows}


def _is_as_seen(row: Mapping[str, Any] | None, seen: Known) -> bool:
    return row is not None and (
        row["state"],
        row["folder_id"],
        row["file_name"],
        row["fingerprint"],
        row["previous_fingerprint"],
    ) == (seen.state, seen.folder_id, seen.file_name, seen.fingerprint, seen.before)


def _adopt_orphans(
    connection: Connection,
    claim: Claim,
    exchanges: Iterable[Exchange],
    current: Mapping[int, Mapping[str, Any]],
) -> dict[int, int]:
    owners = {}
    for one in exchanges:
        if one.orphan is not None:
            values = {name: current[one.orphan][name] for name in OF_THE_FILE}
            values |= {"previous_fingerprint": None, "thumbnail_state": WorkState.PENDING}
            values |= {"added_job_id": claim.job_id, "added_at": now()}
            made = connection.execute(insert(comics).values(values).returning(comics.c.id))
            owners[one.orphan] = made.scalar_one()
    return owners


def _hand_over(
    connection: Connection, involved: Collection[int], owners: NewOwners, read: Collection[int]
) -> None:
    """Give what was `read` from files, and what is said of them, to their new owners.

    What nobody takes was read from files that are gone.
    """
    for table in READ_FROM_THE_FILE:
        others = [column for column in table.c if column is not table.c.comic_id]
        rows = connection.execute(
            select(table.c.comic_id, *others).where(table.c.comic_id.in_(read))
        )
        moved = [(owners[comic_id], *values) for comic_id, *values in rows]
        connection.execute(delete(table).where(table.c.comic_id.in_(involved)))
        names = ("comic_id", *(column.name for column in others))
        bulk_insert(connection, table.name, names, moved)
    for table in ABOUT_THE_FILE:
        found = connection.execute(
            select(table.c.id, table.c.comic_id).where(table.c.comic_id.in_(owners))
        ).all()
        if found:
            connection.execute(
                update(table)
                .where(table.c.id == bindparam("row"))
                .values(comic_id=bindparam("owner")),
                [{"row": row, "owner": owners[comic_id]} for row, comic_id in found],
            )
    renumber_in_search(connection, "comic_search", involved, owners)


def _merge_newcomers(
    connection: Connection, exchanges: Iterable[Exchange], owners: NewOwners
) -> None:
    """Let those who read a comic while it looked like a new one have read the one that it is."""
    newcomers = {one.newcomer: one for one in exchanges if one.newcomer is not None}
    read = {
        entry.comic_id
        for _user, entry, _value in entries.of_subjects(connection, "comic_id", newcomers)
    }
    for newcomer in sorted(newcomers.keys() & read):
        keep.merge(connection, newcomer, owners[newcomer])
    forgotten = [newcomer for newcomer, one in newcomers.items() if newcomer not in one.takes]
    connection.execute(delete(comics).where(comics.c.id.in_(forgotten)))


def _file(
    claim: Claim, comic: Mapping[str, Any], source: Mapping[str, Any], has_cover: bool
) -> Row:
    is_read = source["index_state"] == WorkState.DONE
    values = {name: source[name] for name in OF_THE_FILE} if is_read else _unread(source)
    values |= {
        "changed_job_id": claim.job_id,
        "previous_fingerprint": None,
        "thumbnail_state": (WorkState.DONE if has_cover else WorkState.PENDING).value,
    }
    chooser = source if source["cover_chosen"] and not comic["cover_chosen"] else comic
    return _bound(comic, values, chooser)


def _nowhere(connection: Connection, claim: Claim, comic: Mapping[str, Any], seen: Known) -> Row:
    """What is left to say of a comic whose place is another's and whose content is gone."""
    values = _unread(comic) | {
        "file_name": free_name(connection, comic["folder_id"], comic["file_name"] + TAKEN),
        "fingerprint": seen.lost,
        "state": ComicState.MISSING.value,
        "missing_since": now(),
        "changed_job_id": claim.job_id,
        "index_state": WorkState.PENDING.value,
        "thumbnail_state": WorkState.PENDING.value,
    }
    stem = display(comic["file_name"].rpartition(b".")[0] or comic["file_name"])
    put_in_search(connection, "comic_search", ("title",), [(comic["id"], stem)])
    return _bound(comic, values, comic)


def _unread(row: Mapping[str, Any]) -> dict[str, Any]:
    """A file of which nothing is known but that it was there."""
    return {name: None if comics.c[name].nullable else row[name] for name in OF_THE_FILE}


def free_name(connection: Connection, folder_id: int, name: bytes) -> bytes:
    """A name that no comic of the folder has: this one, with as many slashes behind as it takes."""
    here = select(comics.c.id).where(comics.c.folder_id == folder_id)
    while connection.execute(here.where(comics.c.file_name == name)).first():
        name += TAKEN
    return name


def _tell(
    connection: Connection,
    claim: Claim,
    exchanges: Iterable[Exchange],
    seen: Mapping[int, Known],
    current: Mapping[int, Mapping[str, Any]],
) -> None:
    """Write down who moved and who is missing; who moved is neither new, nor changed, nor gone."""
    told: list[dict[str, Any]] = []
    moved: set[int] = set()
    involved: set[int] = set()
    no_more_new: Counter[int] = Counter()
    counted: Counter[str] = Counter()
    for one in exchanges:
        moved |= set(one.moved)
        involved |= one.ids
        told += [_change(seen[comic], seen[one.takes[comic]]) for comic in one.moved]
        if one.newcomer is not None and one.newcomer not in one.takes:
            no_more_new[current[one.newcomer]["added_job_id"]] += 1
        if one.displaced is not None:
            taker = next(comic for comic, source in one.takes.items() if source == one.displaced)
            why = f"{_shown(seen[one.displaced])} is now what was {_shown(seen[taker])}"
            told.append(_row(one.displaced, Change.MISSING, why))
        counted["comics_new"] += one.orphan is not None
    of_them = (job_changes.c.job_id == claim.job_id, job_changes.c.comic_id.in_(involved))
    for change, ids in (
        (Change.MISSING, moved),
        (Change.BACK, moved),
        (Change.UPDATED, involved),
    ):
        counted[f"comics_{change}"] -= connection.execute(
            delete(job_changes).where(
                *of_them, job_changes.c.comic_id.in_(ids), job_changes.c.change == change
            )
        ).rowcount
    for row in told:
        counted[f"comics_{row['change']}"] += 1
    connection.execute(insert(job_changes), [{"job_id": claim.job_id} | row for row in told])
    connection.execute(
        update(scan_jobs)
        .where(scan_jobs.c.id == claim.job_id)
        .values({name: scan_jobs.c[name] + many for name, many in counted.items()})
    )
    for job_id, many in no_more_new.items():
        connection.execute(
            update(scan_jobs)
            .where(scan_jobs.c.id == job_id)
            .values(comics_new=scan_jobs.c.comics_new - many)
        )


def _change(comic: Known, file: Known) -> dict[str, Any]:
    """A comic that is in another place than before, or back in its own that was another's."""
    if (comic.library_id, comic.path) == (file.library_id, file.path):
        return _row(comic.id, Change.BACK, "")
    if comic.library_id == file.library_id:
        where = f"{_shown(comic)} → {_shown(file)}"
    else:
        where = f"{comic.library}: {_shown(comic)} → {file.library}: {_shown(file)}"
    left = comic.series_id if comic.series_id != file.series_id else None
    return _row(comic.id, Change.MOVED, where, left)


def _row(
    comic_id: int, change: Change, detail: str, left_series_id: int | None = None
) -> dict[str, Any]:
    return {
        "comic_id": comic_id,
        "change": change,
        "detail": detail,
        "left_series_id": left_series_id,
    }


def _shown(comic: Known) -> str:
    return display(comic.path)


def _bound(comic: Mapping[str, Any], values: Mapping[str, Any], chooser: Mapping[str, Any]) -> Row:
    """The values of _WRITE_NAMES, in that order; the cover is as chosen for the row `chooser`."""
    cover = chooser["cover_artwork_id"], chooser["cover_chosen"]
    return (*(values[name] for name in OF_THE_FILE), *cover, comic["id"])


_PARK = (
    update(comics).where(comics.c.id == bindparam("comic")).values(file_name=bindparam("nowhere"))
)
_WRITE_NAMES = (*(f"new_{name}" for name in OF_THE_FILE), "artwork", "chosen", "comic")
_WRITE = (
    update(comics)
    .where(comics.c.id == bindparam("comic"))
    .values(
        {name: bindparam(f"new_{name}") for name in OF_THE_FILE}
        | {"cover_artwork_id": bindparam("artwork"), "cover_chosen": bindparam("chosen")}
    )
)
