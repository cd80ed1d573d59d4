"""A line of the journal in words: what was changed. Pages count from 1 here, as on screen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from db.paths import display
from db.reading.entries import Kind, Value
from db.reading.journal import Cause, Change, Line
from db.reading.subjects import Subject

CAUSES = {
    Cause.READ: "reading",
    Cause.PERSON: "by hand",
    Cause.IMPORT: "brought in",
    Cause.RESTORE: "restored",
    Cause.UNDO: "taken back",
    Cause.PURGE: "the comic was purged",
    Cause.RETURN: "the comic came back",
    Cause.MERGE: "two comics became one",
    Cause.REMOVAL: "the user was removed",
}


def subject_of(line: Line) -> str:
    """What a line is about: the path of a comic or a series; "" for neither."""
    return path_of(line.subject)


def path_of(subject: Subject | None) -> str:
    return "" if subject is None else display(subject.path.rstrip(b"/"))


def words(change: Change) -> str:
    """What was changed, such as “page 5 → page 8”."""
    entry, before, after = change.entry, change.before, change.after
    if entry.kind is Kind.PROGRESS:
        return _progress(before, after)
    if entry.kind is Kind.MARKS:
        return _marks(before or {}, after or {})
    what = _NAMES[entry.kind](entry.name, after or before or {})
    if before is None:
        return f"{what} added"
    return f"{what} removed" if after is None else f"{what} changed"


def _progress(before: Value | None, after: Value | None) -> str:
    old, new = _place(before), _place(after)
    return f"{old} → {new}" if old != new else new


def _place(value: Value | None) -> str:
    if value is None or value["started_at"] is None:
        return "unread"
    return "read" if value["completed"] else f"page {value['page'] + 1}"


def _marks(before: Value, after: Value) -> str:
    told = []
    if before.get("stars") != after.get("stars"):
        stars = after.get("stars")
        told.append("rating taken back" if stars is None else _count(stars, "star"))
    for name, mark in (("favourite_at", "favourite"), ("wanted_at", "want to read")):
        if (before.get(name) is None) != (after.get(name) is None):
            told.append(mark if after.get(name) is not None else f"no longer {mark}")
    return ", ".join(told) or "unchanged"


def _setting(name: str, value: Value) -> str:
    return f"setting {name} ({_plain(value.get('value'))})"


def _plain(text: Any) -> str:
    value = json.loads(text) if isinstance(text, str) else text
    return value if isinstance(value, str) else json.dumps(value)


_NAMES: dict[Kind, Callable[[str, Value], str]] = {
    Kind.SESSION: lambda _, value: f"sitting of {_count(value.get('pages', 0), 'page')}",
    Kind.BOOKMARK: lambda name, _: f"bookmark on page {int(name) + 1}",
    Kind.NOTE: lambda _, value: f"note on page {value['page'] + 1}",
    Kind.READER: _setting,
    Kind.PREFERENCE: _setting,
    Kind.LIST: lambda _, value: f"list “{value['name']}”",
    Kind.LIST_ITEM: lambda _, __: "place in a list",
}


def _count(many: int, what: str) -> str:
    return f"1 {what}" if many == 1 else f"{many:,} {what}s"
