"""One person's reading data as a JSON file, and taking such a file in.

The file names comics by their library, path, size and pages' fingerprint, so that another server
knows them too. What it does not know yet is kept until it turns up. Taking a file in combines it
with what is there and loses nothing; taking it in again changes nothing.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, select

from db.reading import awaited, entries, marks, subjects, words
from db.reading.awaited import Awaited
from db.reading.entries import Entry, Kind, Value
from db.reading.journal import Deed
from db.reading.subjects import Subject
from db.schema import reading_awaited, users
from db.times import iso, now

FORMAT = "longbox-reading"
VERSION = 1
MOST_ENTRIES = 500_000
LONGEST_TEXT = 20_000
LARGEST_NUMBER = 2**53
YEAR = 365 * 24 * 3600  # seconds

_UNFIT = re.compile("[\0\ud800-\udfff]")  # what no text in a database has


class BadFile(ValueError):
    """The file is none that can be taken in; the message is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a file; `subject` is None for what is about no comic and no series."""

    kind: Kind
    subject: Subject | None
    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Place:
    """A comic or a series of this catalogue; neither for what is about none."""

    comic_id: int | None = None
    series_id: int | None = None


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file's entries: changed what is there, said the same, or wait."""

    changed: int = 0
    same: int = 0
    awaited: int = 0

    def __add__(self, other: Taken) -> Taken:
        return Taken(
            self.changed + other.changed, self.same + other.same, self.awaited + other.awaited
        )


def exported(connection: Connection, user_id: int) -> dict[str, Any]:
    """All reading data of a user, as the JSON document of this format."""
    found = list(entries.of_user(connection, user_id))
    comics = subjects.of_comics(connection, (one.comic_id for one, _ in found if one.comic_id))
    series = subjects.of_series(connection, (one.series_id for one, _ in found if one.series_id))
    name = connection.execute(select(users.c.name).where(users.c.id == user_id)).scalar_one()
    waiting = connection.execute(
        select(reading_awaited)
        .where(reading_awaited.c.user_id == user_id)
        .order_by(reading_awaited.c.id)
    )
    return {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": iso(now()),
        "user": name,
        "entries": [
            *(
                _told(
                    one.kind,
                    comics.get(one.comic_id or 0) or series.get(one.series_id or 0),
                    one.name,
                    value,
                )
                for one, value in found
            ),
            *(
                _told(
                    Kind(row.kind),
                    Subject(row.library or "", row.path, row.size, row.fingerprint),
                    row.name,
                    entries.from_json(row.value) or {},
                )
                for row in waiting
            ),
        ],
    }


def read(document: Any) -> list[Item]:
    """The entries of a document of this format; raises BadFile."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadFile("This is no file of reading data that Longbox has written.")
    if document.get("version") != VERSION:
        raise BadFile("This file is of another version of Longbox, which this one cannot read.")
    listed = document.get("entries")
    if not isinstance(listed, list) or len(listed) > MOST_ENTRIES:
        raise BadFile(f"The file needs “entries”, a list of at most {MOST_ENTRIES:,}.")
    items = [_item(one, number) for number, one in enumerate(listed, 1)]
    return sorted(items, key=lambda one: one.kind is Kind.LIST_ITEM)  # lists before what is in them


def locate(connection: Connection, items: Sequence[Item]) -> dict[Subject, Place]:
    """Where the comics and series of a file are in this catalogue; only looks."""
    wanted = {one.subject for one in items if one.subject is not None}
    comics = subjects.find_comics(connection, [one for one in wanted if one.size is not None])
    series = {one: subjects.find_series(connection, one) for one in wanted if one.size is None}
    return {
        one: Place(comics.get(one), series.get(one))
        for one in wanted
        if comics.get(one) is not None or series.get(one) is not None
    }


def take_in(
    connection: Connection,
    deed: Deed,
    items: Sequence[Item],
    located: Mapping[Subject, Place],
) -> Taken:
    """Take some entries in, in the caller's transaction: a few hundred at a time."""
    here: dict[Entry, Value] = {}
    elsewhere: list[Awaited] = []
    for one in items:
        where = located.get(one.subject) if one.subject else NOWHERE
        if where is not None:
            here[Entry(one.kind, where.comic_id, where.series_id, one.name)] = one.value
        elif one.subject is not None:
            elsewhere.append(Awaited(one.subject, one.kind, one.name, one.value))
    changed = awaited.take_in(connection, deed, here)
    new = awaited.keep(connection, deed, elsewhere)
    return Taken(changed, len(items) - changed - new, new)


def _told(kind: Kind, subject: Subject | None, name: str, value: Value) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": kind}
    if name:
        told["name"] = name
    if subject is not None:
        told["comic" if subject.size is not None else "series"] = _subject_told(subject)
    return told | {"value": dict(value)}


def _subject_told(subject: Subject) -> dict[str, Any]:
    told: dict[str, Any] = {"library": subject.library}
    path = subject.path.rstrip(b"/")  # of a comic whose place another one took
    try:
        told["path"] = path.decode()
    except UnicodeDecodeError:
        told["path_base64"] = base64.b64encode(path).decode()
    if subject.size is not None:
        told["size"] = subject.size
    if subject.fingerprint is not None:
        told["fingerprint"] = subject.fingerprint.hex()
    return told


def _item(told: Any, number: int) -> Item:
    try:
        kind, name, value = Kind(told["kind"]), told.get("name", ""), told["value"]
        of = next((one for one in ("comic", "series") if one in told), None)
        subject = _subject(told[of], is_comic=of == "comic") if of else None
        store = entries.store_of(kind, f"{of}_id" if of else None)
        if not _is_text(name) or not isinstance(value, dict):
            raise ValueError
        store.named(name)
        return Item(kind, subject, name, {one.name: _value(value, one) for one in store.values})
    except (ValueError, TypeError, LookupError, AttributeError):
        raise BadFile(f"Entry {number} of the file is not as it should be.") from None


def _subject(told: Mapping[str, Any], *, is_comic: bool) -> Subject:
    if "path_base64" in told:
        path = base64.b64decode(told["path_base64"], validate=True)
    else:
        path = told["path"].encode()
    library, size = told["library"], told.get("size")
    fingerprint = bytes.fromhex(told["fingerprint"]) if "fingerprint" in told else None
    if not _is_text(library) or (is_comic and not _is_number(size, int)):
        raise ValueError
    return Subject(library, path, size if is_comic else None, fingerprint if is_comic else None)


def _value(value: Mapping[str, Any], column: Column[Any]) -> Any:
    one = value[column.name]
    if one is None and column.nullable:
        return None
    kind = column.type.python_type
    fits = _is_text(one) if kind is str else _is_number(one, kind)
    low, high = _LIMITS.get(column.name, (-LARGEST_NUMBER, LARGEST_NUMBER))
    if not fits or (kind is not str and not low <= one <= high):
        raise ValueError
    return one


_LIMITS = {"page": (0, words.LARGEST_PAGE), "stars": (1, marks.MOST_STARS), "seconds": (0, YEAR)}


def _is_text(one: Any) -> bool:
    return isinstance(one, str) and len(one) <= LONGEST_TEXT and not _UNFIT.search(one)


def _is_number(one: Any, kind: type) -> bool:
    if kind is bool:
        return isinstance(one, bool)
    wanted = int if kind is int else (int, float)
    return isinstance(one, wanted) and not isinstance(one, bool) and math.isfinite(one)
