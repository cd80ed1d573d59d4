"""Taking in reading data that another server has: whose comics are here is known by now.

What is here and newer stays, what a person has taken away since is not brought back, and what
belongs to comics that are not here is kept until they come. Doing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from db.reading import awaited, entries, journal, ledger
from db.reading.awaited import Awaited
from db.reading.combine import combined
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Deed
from db.reading.subjects import Subject


class Outcome(StrEnum):
    """What becomes of a row."""

    BROUGHT = "brought"
    SAME = "same"  # it, or something newer, is here already
    KEPT = "kept"  # until its comic turns up
    KEPT_BEFORE = "kept_before"
    TAKEN_AWAY = "taken_away"  # by its owner, here, since


@dataclass(frozen=True, slots=True)
class Here:
    """An entry of a comic or series that is here, or of none."""

    entry: Entry
    value: Value


Row = Here | Awaited


def outcomes(connection: Connection, user_id: int, rows: Sequence[Row]) -> list[Outcome]:
    """What would become of rows of one user; only looks."""
    parted = _parted(connection, user_id, rows)
    wanted = awaited.united(connection, user_id, parted.here)
    changed = {one.entry for one in ledger.planned(connection, user_id, wanted)}
    return parted.outcomes(changed, awaited.new_of(connection, user_id, parted.elsewhere))


def take_in(connection: Connection, deed: Deed, rows: Sequence[Row]) -> list[Outcome]:
    """Take some hundred rows of one user in, in the caller's transaction."""
    parted = _parted(connection, deed.user_id, rows)
    new = awaited.new_of(connection, deed.user_id, parted.elsewhere)
    wanted = awaited.united(connection, deed.user_id, parted.here)
    changed = {one.entry for one in ledger.change(connection, deed, wanted)}
    awaited.keep(connection, deed, new)
    return parted.outcomes(changed, new)


@dataclass(frozen=True, slots=True)
class _Parted:
    rows: Sequence[Row]
    here: Mapping[Entry, Value]
    elsewhere: Sequence[Awaited]
    taken_away: frozenset[Entry]

    def outcomes(self, changed: set[Entry], new: Sequence[Awaited]) -> list[Outcome]:
        kept_now = {_key(one) for one in new}
        return [self._outcome(one, changed, kept_now) for one in self.rows]

    def _outcome(self, row: Row, changed: set[Entry], kept_now: set[Key]) -> Outcome:
        if isinstance(row, Awaited):
            return Outcome.KEPT if _key(row) in kept_now else Outcome.KEPT_BEFORE
        if row.entry in self.taken_away:
            return Outcome.TAKEN_AWAY
        return Outcome.BROUGHT if row.entry in changed else Outcome.SAME


def _parted(connection: Connection, user_id: int, rows: Sequence[Row]) -> _Parted:
    here: dict[Entry, Value] = {}
    elsewhere: dict[Key, Awaited] = {}
    for row in rows:
        if isinstance(row, Awaited):
            elsewhere[_key(row)] = row
        else:
            here[row.entry] = combined(row.entry.kind, here.get(row.entry), row.value)
    there = entries.get_all(connection, user_id, here)
    gone = frozenset(
        entry
        for entry, at in journal.taken_away(connection, user_id).items()
        if entry in here and entry not in there and at > _said_at(here[entry])
    )
    left = {entry: value for entry, value in here.items() if entry not in gone}
    return _Parted(rows, left, list(elsewhere.values()), gone)


def _said_at(value: Value) -> float:
    """When a value was last said, epoch seconds."""
    return max((value.get(name) or 0.0 for name in _SAID), default=0.0)


_SAID = ("changed_at", "rated_at", "favourite_at", "wanted_at", "added_at")

Key = tuple[Subject, Kind, str, str | None]


def _key(one: Awaited) -> Key:
    return one.subject, one.kind, one.name, entries.as_json(one.value)
