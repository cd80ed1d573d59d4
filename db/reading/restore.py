"""Bringing somebody's reading data back to how it was, from what the journal says.

A restore is a deed like any other: it is in the journal, and can be taken back itself. What was
read and when (the sittings) is history and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from db.reading import awaited, entries, journal, ledger, lists, subjects
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Change, Deed, Line
from db.reading.subjects import NotThere
from db.schema import reading_progress


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restore would change; `unfound` lines are about comics that are not here now."""

    changes: list[Change]
    unfound: int


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
    return Plan(_changes(connection, user_id, wanted), unfound)


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
    untouched = {one: before[one] for one in after if ledger.is_same(there.get(one), after[one])}
    changes = _changes(connection, deed.user_id, untouched)
    ledger.apply(connection, deed, [_stamped(one, deed.at) for one in changes])
    return len(changes), len(lines) - len(untouched)


def _located(connection: Connection, lines: Iterable[Line]) -> tuple[list[tuple[Entry, Line]], int]:
    """The lines by the entries that they are about now: comics may have got other ids since."""
    known = list(lines)
    ids = {line.change.entry.comic_id for line in known} - {None}
    comics = subjects.of_comics(connection, (one for one in ids if one is not None))
    gone = [
        line.subject
        for line in known
        if line.change.entry.comic_id not in {*comics, None} and line.subject is not None
    ]
    found = subjects.find_comics(connection, gone) if gone else {}
    located: list[tuple[Entry, Line]] = []
    unfound = 0
    for line in known:
        entry = line.change.entry
        if entry.comic_id is not None and entry.comic_id not in comics:
            comic_id = found.get(line.subject) if line.subject else None
            if comic_id is None:
                unfound += 1
                continue
            entry = replace(entry, comic_id=comic_id)
        if entry.series_id is not None:
            series_id = subjects.find_series(connection, line.subject) if line.subject else None
            if series_id is None:
                unfound += 1
                continue
            entry = replace(entry, series_id=series_id)
        located.append((entry, line))
    return located, unfound


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


def of_removed(connection: Connection, name: str) -> dict[Entry, Value]:
    """What the user who was last removed under a name had; raises NotThere."""
    lines = list(journal.of_removed(connection, name))
    if not lines:
        raise NotThere(f"Nobody named {name} has been removed.")
    located, _ = _located(connection, lines)
    return {entry: line.change.before for entry, line in located if line.change.before is not None}
