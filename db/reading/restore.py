"""Bringing somebody's reading data back to how it was, from what the journal says.

A restore is a deed like any other: it is in the journal, and can be taken back itself. What was
read and when (the sittings) is history and stays.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from db.reading import awaited, entries, journal, ledger, lists, subjects
from db.reading.awaited import Awaited
from db.reading.combine import combined
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Change, Deed, Line
from db.reading.subjects import NotThere, Subject
from db.schema import reading_progress


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore would change; `unfound` lines are about comics that are not here now."""

    changes: list[Change]
    unfound: int


@dataclass(frozen=True, slots=True)
class Had:
    """What a user had who was removed: of comics and series that are here, and of others."""

    here: dict[Entry, Value]
    elsewhere: list[Awaited]

    def __len__(self) -> int:
        return len(self.here) + len(self.elsewhere)


def plan(connection: Connection, user_id: int, moment: float) -> Plan:
    """What it takes to bring a user's reading data back to a moment (epoch seconds)."""
    since = list(journal.lines(connection, user_id, after=moment))
    located, unfound = _located(connection, since)
    wanted: dict[Entry, Value | None] = {}
    for entry, line in located:
        if entry not in wanted and entry.kind is not Kind.SESSION:
            wanted[entry] = _as_it_was(connection, user_id, entry, line.change.before, moment)
    for entry, value in _read_on(connection, user_id, moment):
        if entry not in wanted:
            wanted[entry] = _as_it_was(connection, user_id, entry, value, moment)
    return Plan(_changes(connection, user_id, wanted), len(unfound))


def carry_out(connection: Connection, deed: Deed, planned: Plan) -> None:
    """Make the changes of a plan, in the transaction in which it was made."""
    ledger.apply(connection, deed, [_stamped(one, deed.at) for one in planned.changes])


def undo(connection: Connection, deed: Deed, undone: str) -> tuple[int, int]:
    """Take a deed back; answers how much of it was, and how much has been changed since.

    What somebody has changed since stays as it is. Raises NotThere when there is no such deed.
    """
    lines = list(journal.lines(connection, deed.user_id, deed=undone))
    if not lines:
        raise NotThere("There is no such change in your journal.")
    located, _ = _located(connection, lines)
    before = {entry: line.change.before for entry, line in reversed(located)}
    after = {entry: line.change.after for entry, line in located}
    there = entries.get_all(connection, deed.user_id, after)
    untouched = {
        one: before[one]
        for one in after
        if ledger.is_same(there.get(one), after[one])
        or _reads_on(connection, deed.user_id, one, undone)
    }
    changes = _changes(connection, deed.user_id, untouched)
    ledger.apply(connection, deed, [_stamped(one, deed.at) for one in changes])
    return len(changes), len(lines) - len(untouched)


def _reads_on(connection: Connection, user_id: int, entry: Entry, undone: str) -> bool:
    """Whether a comic was only read on since a deed: in one sitting, the journal leaves out steps,
    so that no later line could take them back."""
    if entry.kind is not Kind.PROGRESS:
        return False
    last = journal.last_line(connection, user_id, entry)
    return last is not None and last.deed == undone


def _located(
    connection: Connection, lines: Iterable[Line]
) -> tuple[list[tuple[Entry, Line]], list[Line]]:
    """The lines by the entries that they are about now, and those about what is not here.

    A comic that was purged and came back has got another id. A series' id may have been given to
    another one since, which then came later than the line was written.
    """
    known = list(lines)
    about = [line.change.entry for line in known]
    comics = subjects.of_comics(connection, (one.comic_id for one in about if one.comic_id))
    came = subjects.series_came(connection, {one.series_id for one in about if one.series_id})
    located: list[tuple[Entry, Line]] = []
    open_: list[Line] = []
    for line in known:
        entry = line.change.entry
        if (
            entry.comic_id in comics
            or came.get(entry.series_id or 0, math.inf) <= line.at
            or (line.subject is None and entry.comic_id is None and entry.series_id is None)
        ):
            located.append((entry, line))
        else:
            open_.append(line)
    found = _found(connection, {line.subject for line in open_ if line.subject is not None})
    order = {line.id: place for place, line in enumerate(known)}
    located += [
        (replace(line.change.entry, comic_id=ids[0], series_id=ids[1]), line)
        for line in open_
        if (ids := found.get(line.subject)) is not None
    ]
    located.sort(key=lambda one: order[one[1].id])
    return located, [line for line in open_ if line.subject not in found]


def _found(
    connection: Connection, wanted: Collection[Subject]
) -> dict[Subject | None, tuple[int | None, int | None]]:
    """The ids of those of the comics (first) and series (second) that are here."""
    comics = subjects.find_comics(connection, (one for one in wanted if one.size is not None))
    series = {one: subjects.find_series(connection, one) for one in wanted if one.size is None}
    found: dict[Subject | None, tuple[int | None, int | None]] = {}
    found |= {one: (comic_id, None) for one, comic_id in comics.items()}
    found |= {one: (None, series_id) for one, series_id in series.items() if series_id is not None}
    return found


def _as_it_was(
    connection: Connection, user_id: int, entry: Entry, value: Value | None, moment: float
) -> Value | None:
    """The value of an entry at a moment, from the first value known of it after that.

    Only of reading the journal leaves out steps: a value that is from after the moment gives way
    to the last line before.
    """
    if entry.kind is not Kind.PROGRESS or value is None or value["changed_at"] <= moment:
        return value
    line = journal.last_line(connection, user_id, entry, until=moment)
    return None if line is None else line.change.after


def _read_on(connection: Connection, user_id: int, moment: float) -> list[tuple[Entry, Value]]:
    """The progress that has changed since a moment, whether the journal has a line of it or not."""
    ids = connection.execute(
        select(reading_progress.c.comic_id).where(
            reading_progress.c.user_id == user_id, reading_progress.c.changed_at > moment
        )
    ).scalars()
    wanted = [Entry(Kind.PROGRESS, comic_id=one) for one in ids]
    return list(entries.get_all(connection, user_id, wanted).items())


def _changes(
    connection: Connection, user_id: int, wanted: Mapping[Entry, Value | None]
) -> list[Change]:
    there = entries.get_all(connection, user_id, wanted)
    possible = lists.with_free_names(
        connection, user_id, awaited.without_stray_items(connection, user_id, wanted)
    )
    return [
        Change(entry, there.get(entry), value)
        for entry, value in possible.items()
        if not ledger.is_same(there.get(entry), value)
    ]


def _stamped(change: Change, at: float) -> Change:
    if change.after is None or "changed_at" not in change.after:
        return change
    return replace(change, after={**change.after, "changed_at": at})


def of_removed(connection: Connection, name: str) -> Had:
    """What the user who was last removed under a name had; raises NotThere."""
    lines = list(journal.of_removed(connection, name))
    if not lines:
        raise NotThere(f"Nobody named {name} has been removed.")
    located, unfound = _located(connection, lines)
    here: dict[Entry, Value] = {}
    for entry, line in located:
        if line.change.before is not None:
            here[entry] = combined(entry.kind, here.get(entry), line.change.before)
    elsewhere = [
        Awaited(line.subject, line.change.entry.kind, line.change.entry.name, line.change.before)
        for line in unfound
        if line.subject is not None and line.change.before is not None
    ]
    return Had(here, elsewhere)


def give(connection: Connection, deed: Deed, had: Had) -> int:
    """Give the deed's user what another had; answers how many entries are new or changed."""
    changed = awaited.take_in(connection, deed, had.here)
    return changed + awaited.keep(connection, deed, had.elsewhere)
