"""What a Vibe CBR Reader knows of its users' reading, in our words: entries of comics here.

A row that says nothing that is true, or that is about nothing that can be found, is told with the
reason for which it is left out. Which comics are which is `db.legacy.matching`'s to know.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from db.legacy.matching import Matches
from db.legacy.vibe import ListItem, Note, Preferences, Progress, Rating, ReadingList, Vibe
from db.reading import words
from db.reading.awaited import Awaited
from db.reading.bringing import Here, Row
from db.reading.entries import Entry, Kind, Value
from db.reading.marks import MOST_STARS
from db.reading.subjects import Subject

NAME = "Vibe CBR Reader"  # what stands in the place of a device


class What(StrEnum):
    """What a row is, for the report."""

    PROGRESS = "progress"
    HISTORY = "history"
    BOOKMARKS = "bookmarks"
    NOTES = "notes"
    RATINGS = "ratings"
    LISTS = "lists"
    LIST_ITEMS = "list items"
    PREFERENCES = "preferences"
    READER = "reader settings"


class Why(StrEnum):
    """Why a row is left out; the words are for the report."""

    NO_USER = "of a user who was deleted there"
    NO_COMIC = "of a comic of which nothing is left there but its id"
    NO_SERIES = "of a series without comics"
    NO_LIST = "of a list that was deleted there"
    NO_PAGES = "“completed” of a comic without pages, which nobody has read"
    NO_WORDS = "a note without words"
    NO_RATING = f"not from 1 to {MOST_STARS} stars"
    TWO_SERIES = "of a series whose comics are here in two series, as many in each"
    NO_NAME = "of a user whose name cannot be one here"
    TAKEN_AWAY = "taken away by its owner here since"


@dataclass(frozen=True, slots=True)
class Told:
    """One row of a user's, or the reason why there is none."""

    what: What
    user_id: int | None
    row: Row | None
    why: Why | None = None


def rows_of(vibe: Vibe, found: Matches) -> list[Told]:
    """All rows of all users: lists, what is in them, and then the rest."""
    known = {None, *(one.id for one in vibe.users)}
    return [
        one if one.user_id in known else Told(one.what, None, None, Why.NO_USER)
        for one in _Translation(vibe, found).rows()
    ]


class _Translation:
    def __init__(self, vibe: Vibe, found: Matches) -> None:
        self._vibe = vibe
        self._found = found
        self._lists = {one.id: one for one in vibe.lists}
        self._chosen = {one.user_id: _chosen(one) for one in vibe.preferences}

    def rows(self) -> Iterator[Told]:
        for list_ in self._vibe.lists:
            entry = Entry(Kind.LIST, name=_list_uid(list_))
            yield Told(What.LISTS, list_.user_id, Here(entry, _list_value(list_)))
        for item in self._vibe.list_items:
            yield self._item(item)
        for progress in self._vibe.progress:
            yield from self._progress(progress)
        for bookmark in self._vibe.bookmarks:
            value = {
                "note": bookmark.note[: words.LONGEST_NOTE],
                "created_at": bookmark.created_at or 0.0,
                "changed_at": bookmark.created_at or 0.0,
            }
            name = str(_page(bookmark.page, None))
            yield self._of_comic(
                What.BOOKMARKS, bookmark.user_id, bookmark.comic_id, Kind.BOOKMARK, name, value
            )
        for note in self._vibe.notes:
            yield self._note(note)
        for rating in self._vibe.ratings:
            yield self._rating(rating)
        for preferences in self._vibe.preferences:
            yield from self._preferences(preferences)
        yield from self._reader_settings()

    def _progress(self, one: Progress) -> Iterator[Told]:
        if one.completed and one.page_count == 0:
            yield Told(What.PROGRESS, one.user_id, None, Why.NO_PAGES)
            return
        page = _page(one.page, one.page_count)
        of = (one.user_id, one.comic_id)
        yield self._of_comic(What.PROGRESS, *of, Kind.PROGRESS, "", _progress_value(one, page))
        if one.read_at is not None:
            value = _sitting(one, one.read_at, page)
            yield self._of_comic(What.HISTORY, *of, Kind.SESSION, NAME, value)

    def _note(self, one: Note) -> Told:
        if not (one.text.strip() or one.highlight.strip()):
            return Told(What.NOTES, one.user_id, None, Why.NO_WORDS)
        value = {
            "page": _page(one.page, None),
            "text": one.text.strip()[: words.LONGEST_NOTE],
            "highlight": one.highlight.strip()[: words.LONGEST_NOTE],
            **dict(zip(("x", "y", "width", "height"), _place(one), strict=True)),
            "created_at": one.created_at or 0.0,
            "changed_at": one.created_at or 0.0,
        }
        name = _uid(one.comic_id, one.id)
        return self._of_comic(What.NOTES, one.user_id, one.comic_id, Kind.NOTE, name, value)

    def _rating(self, one: Rating) -> Told:
        if one.stars not in range(1, MOST_STARS + 1):
            return Told(What.RATINGS, one.user_id, None, Why.NO_RATING)
        value = {
            "stars": one.stars,
            "rated_at": one.rated_at or 0.0,
            "favourite_at": None,
            "wanted_at": None,
        }
        return self._of_series(What.RATINGS, one.user_id, one.series_id, Kind.MARKS, "", value)

    def _item(self, one: ListItem) -> Told:
        list_ = self._lists.get(one.list_id)
        if list_ is None:
            return Told(What.LIST_ITEMS, None, None, Why.NO_LIST)
        value = {"position": one.position, "added_at": one.added_at or 0.0}
        name = _list_uid(list_)
        of = (list_.user_id, one.series_id)
        return self._of_series(What.LIST_ITEMS, *of, Kind.LIST_ITEM, name, value)

    def _preferences(self, one: Preferences) -> Iterator[Told]:
        changed_at = one.changed_at or 0.0
        for name, value in self._chosen[one.user_id].items():
            entry = Entry(Kind.PREFERENCE, name=name)
            yield Told(What.PREFERENCES, one.user_id, Here(entry, _setting(value, changed_at)))

    def _reader_settings(self) -> Iterator[Told]:
        """How the reader was last set in a series, where that is not as its user has it anyway."""
        last: dict[tuple[int, int | Subject, str], Value] = {}
        for one in sorted(self._vibe.progress, key=lambda one: one.read_at or 0.0):
            where = self._series_of(one.comic_id)
            if where is None:
                continue
            usual = _READER_DEFAULTS | self._chosen.get(one.user_id, {})
            for name, value in _reader(one.reader).items():
                key = (one.user_id, where, name)
                last.pop(key, None)
                if value != usual[name]:
                    last[key] = _setting(value, one.read_at or 0.0)
        for (user_id, where, name), value in last.items():
            yield Told(What.READER, user_id, _row(where, "series_id", Kind.READER, name, value))

    def _of_comic(
        self, what: What, user_id: int, comic_id: str, kind: Kind, name: str, value: Value
    ) -> Told:
        match = self._found.comics.get(comic_id)
        where = match.comic.id if match else self._found.awaited.get(comic_id)
        if where is None:
            return Told(what, user_id, None, Why.NO_COMIC)
        return Told(what, user_id, _row(where, "comic_id", kind, name, value))

    def _of_series(
        self, what: What, user_id: int, series_id: int, kind: Kind, name: str, value: Value
    ) -> Told:
        if series_id in self._found.ambiguous_series:
            return Told(what, user_id, None, Why.TWO_SERIES)
        where = self._found.series.get(series_id) or self._found.awaited_series.get(series_id)
        if where is None:
            return Told(what, user_id, None, Why.NO_SERIES)
        return Told(what, user_id, _row(where, "series_id", kind, name, value))

    def _series_of(self, comic_id: str) -> int | Subject | None:
        if match := self._found.comics.get(comic_id):
            return match.comic.series_id
        subject = self._found.awaited.get(comic_id)
        return subject and Subject(subject.library, subject.path.rpartition(b"/")[0])


def _row(where: int | Subject, column: str, kind: Kind, name: str, value: Value) -> Row:
    if isinstance(where, Subject):
        return Awaited(where, kind, name, value)
    return Here(Entry(kind, name=name, **{column: where}), value)


def _progress_value(one: Progress, page: int) -> Value:
    moment = one.read_at or 0.0
    return {
        "page": page,
        "page_count": one.page_count or None,
        "completed": one.completed,
        "seconds_read": one.seconds,
        "device": NAME,
        "session": NAME,
        "sequence": 0,
        "read_at": moment,
        "started_at": moment,
        "finished_at": moment if one.completed else None,
        "reset_at": None,
        "changed_at": moment,
    }


def _sitting(one: Progress, moment: float, page: int) -> Value:
    """All that was read of a comic, as one sitting: when it was last read is all that is known."""
    return {
        "sequence": 0,
        "device": NAME,
        "day": datetime.fromtimestamp(moment, UTC).date().isoformat(),
        "started_at": moment,
        "ended_at": moment,
        "lowest_page": 0,
        "highest_page": page,
        "pages": page + 1,
        "seconds": one.seconds,
    }


def _list_value(one: ReadingList) -> Value:
    created_at = one.created_at or 0.0
    return {
        "name": " ".join(one.name.split())[: words.LONGEST_NAME] or NAME,
        "description": one.description[: words.LONGEST_NOTE],
        "is_public": one.is_public,
        "created_at": created_at,
        "changed_at": one.changed_at or created_at,
    }


def _list_uid(one: ReadingList) -> str:
    return _uid("list", one.id, one.created_at)


def _uid(*parts: object) -> str:
    """The same for the same row of the same database, also when it is read again later."""
    text = "\0".join(map(str, parts))
    return "vibe-" + hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _page(page: int, page_count: int | None) -> int:
    last = page_count - 1 if page_count and page_count > 0 else words.LARGEST_PAGE - 1
    return min(max(page, 0), last, words.LARGEST_PAGE - 1)


def _place(one: Note) -> tuple[float | None, ...]:
    """The marked place, where it is in shares of the page as ours are; else the whole page."""
    x, y, width, height = (_share(value) for value in one.place)
    if x is None or y is None or x + (width or 0) > 1 or y + (height or 0) > 1:
        return (None, None, None, None)
    return (x, y, width or 0.0, height or 0.0)


def _share(value: object) -> float | None:
    fits = isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= 1
    return float(value) if fits and isinstance(value, int | float) else None


_LAYOUTS = {"single": "single", "double": "double", "long": "vertical"}
_FITS = {"fit": "smart", "width": "width", "height": "height"}
_READER_DEFAULTS = {"layout": "single", "direction": "ltr", "fit": "smart"}


def _reader(there: Mapping[str, Any]) -> dict[str, Any]:
    """What its reader is set to, in our words."""
    found = {
        "layout": _LAYOUTS.get(there.get("reader_display", "")),
        "direction": there.get("reader_direction"),
        "fit": _FITS.get(there.get("reader_zoom", "")),
    }
    if found["direction"] not in ("ltr", "rtl"):
        del found["direction"]
    return {name: value for name, value in found.items() if value is not None}


def _chosen(one: Preferences) -> dict[str, Any]:
    """The preferences that are not as everybody's were at first; those say nothing of anybody."""
    there = one.values
    chosen = {
        name: value for name, value in _reader(there).items() if value != _READER_DEFAULTS[name]
    }
    if there.get("ereader") or there.get("theme") == "light":
        chosen["theme"] = "contrast" if there.get("ereader") else "light"
    chosen |= _filters(there)
    every = there.get("auto_advance_interval")
    if isinstance(every, int) and 1 <= every <= 3600 and every != 10:
        chosen["auto_advance"] = every
    return chosen


def _filters(there: Mapping[str, Any]) -> dict[str, Any]:
    """The picture's filters: 1.0 is 100 per cent there, and grey is a tone."""
    shares = {
        name: value if isinstance(value := there.get(name), int | float) else 1.0
        for name in ("brightness", "contrast", "saturation")
    }
    tone = there.get("tone_value")
    tone = min(max(tone, 0.0), 1.0) if isinstance(tone, int | float) else 0.0
    is_sepia = there.get("tone_mode") == "sepia"
    if not is_sepia:
        shares["saturation"] *= 1 - tone
    found: dict[str, Any] = {
        name: min(max(round(value * 100), 0), 400)
        for name, value in shares.items()
        if round(value * 100) != 100
    }
    if tone and is_sepia:
        found["sepia"] = round(tone * 100)
    if isinstance(invert := there.get("invert"), int | float) and invert >= 0.5:
        found["invert"] = True
    return found


def _setting(value: Any, changed_at: float) -> Value:
    return {"value": json.dumps(value), "changed_at": changed_at}
