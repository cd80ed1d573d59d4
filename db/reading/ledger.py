"""The one way to change reading data: the rows and the journal, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from db.reading import entries, journal
from db.reading.entries import Entry, Value
from db.reading.journal import Change, Deed

STAMPS = frozenset({"changed_at"})  # which alone make no change


def change(
    connection: Connection, deed: Deed, wanted: Mapping[Entry, Value | None]
) -> list[Change]:
    """Make entries of the deed's user these values, None for none; answers what has changed."""
    changes = planned(connection, deed.user_id, wanted)
    apply(connection, deed, changes)
    return changes


def planned(
    connection: Connection, user_id: int, wanted: Mapping[Entry, Value | None]
) -> list[Change]:
    """What making a user's entries these values would change; only looks."""
    before = entries.get_all(connection, user_id, wanted)
    return [
        Change(entry, before.get(entry), value)
        for entry, value in wanted.items()
        if not is_same(before.get(entry), value)
    ]


def apply(connection: Connection, deed: Deed, changes: Sequence[Change]) -> None:
    """Write changes whose `before` was read in this transaction."""
    entries.put_all(connection, deed.user_id, ((one.entry, one.after) for one in changes))
    journal.record(connection, deed, changes)


def is_same(old: Value | None, new: Value | None) -> bool:
    """Whether two values say the same, but for when they were written."""
    if old is None or new is None:
        return old is new
    names = (old.keys() & new.keys()) - STAMPS
    return all(old[name] == new[name] for name in names)
