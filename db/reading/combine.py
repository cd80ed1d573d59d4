"""How two values of one entry become one: an import into what is there, two comics into one.

Nothing is lost that both could have said side by side, and of what excludes each other the later
wins. Combining the same value in a second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace

from db.reading.entries import Kind, Value
from db.reading.progress import Progress


def combined(kind: Kind, there: Value | None, new: Value) -> Value:
    """What an entry's value is when `new` is taken into what is there."""
    return dict(new) if there is None else _RULES[kind](there, new)


def _progress(there: Value, new: Value) -> Value:
    both = sorted((Progress(**there), Progress(**new)), key=_turned)
    reset_at = _latest(*(one.reset_at for one in both))
    counted = [one for one in both if one.is_begun and not _is_before(one, reset_at)]
    if not counted:
        return asdict(replace(both[-1], reset_at=reset_at))
    return asdict(
        replace(
            counted[-1],
            completed=any(one.completed for one in counted),
            seconds_read=max(one.seconds_read for one in both),
            started_at=_earliest(*(one.started_at for one in counted)),
            finished_at=_earliest(*(one.finished_at for one in counted)),
            reset_at=reset_at,
        )
    )


def _session(there: Value, new: Value) -> Value:
    first = min(there, new, key=lambda one: one["started_at"])
    least, most = ("started_at", "lowest_page"), ("ended_at", "highest_page", "pages", "seconds")
    return (
        dict(first)
        | {name: min(there[name], new[name]) for name in least}
        | {name: max(there[name], new[name]) for name in (*most, "sequence")}
    )


def _bookmark(there: Value, new: Value) -> Value:
    later = _later(there, new)
    created_at = min(there["created_at"], new["created_at"])
    note = later["note"] or there["note"] or new["note"]
    return {**later, "note": note, "created_at": created_at}


def _marks(there: Value, new: Value) -> Value:
    rated = max(there, new, key=lambda one: one["rated_at"] or 0)
    return {
        "stars": rated["stars"],
        "rated_at": rated["rated_at"],
        "favourite_at": _earliest(there["favourite_at"], new["favourite_at"]),
        "wanted_at": _earliest(there["wanted_at"], new["wanted_at"]),
    }


def _later(there: Value, new: Value) -> Value:
    return new if new["changed_at"] > there["changed_at"] else there


def _there(there: Value, _new: Value) -> Value:
    return there


_RULES: dict[Kind, Callable[[Value, Value], Value]] = {
    Kind.PROGRESS: _progress,
    Kind.SESSION: _session,
    Kind.BOOKMARK: _bookmark,
    Kind.NOTE: _later,
    Kind.MARKS: _marks,
    Kind.READER: _later,
    Kind.PREFERENCE: _later,
    Kind.LIST: _later,
    Kind.LIST_ITEM: _there,
}


def _turned(one: Progress) -> tuple[float, int, str]:
    return one.read_at, one.page, one.session


def _is_before(one: Progress, reset_at: float | None) -> bool:
    return reset_at is not None and one.reset_at != reset_at and one.read_at <= reset_at


def _earliest(*moments: float | None) -> float | None:
    return min((one for one in moments if one is not None), default=None)


def _latest(*moments: float | None) -> float | None:
    return max((one for one in moments if one is not None), default=None)
