"""What a card on a wall says: of a series or of a comic, with a cover or in place of one.

The words are chosen here so that the template, which draws sixty cards a page, has nothing left to
decide. Which colour a card has while there is no cover follows from its series.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import request

from db.catalogue import Comic, Series
from db.reading.progress import Progress
from db.states import ComicState, WorkState
from stages.formats import filename

WHOLE = 100  # per cent
AWAITED = {WorkState.PENDING, WorkState.DROPPED}
TONES = 12  # the classes .tone-0 … of library.css

_YEAR_AT_THE_END = re.compile(r"\s*\((\d{4})\)$")


@dataclass(frozen=True, slots=True)
class Card:
    """A card. `title` and `number` stand on it until there is a cover; `name` and `note` below.

    The cover is to be asked for when there is none and it has not failed, and never where the
    picture `artwork_id` stands in its place. `percent` is how much of
    it the visitor has read; None for nothing.
    """

    address: str
    tone: int
    title: str
    number: str
    name: str
    note: str
    is_series: bool
    is_missing: bool
    cover_id: int | None
    cover_version: int | None
    cover_state: WorkState | None
    artwork_id: int | None
    percent: int | None = None

    @property
    def picture(self) -> str:
        """The address of the cover, if there is one."""
        if self.artwork_id is not None:
            return f"{request.script_root}/api/artwork/{self.artwork_id}"
        if self.cover_state != WorkState.DONE:
            return ""
        return f"{request.script_root}/api/cover/{self.cover_id}?v={self.cover_version}"

    @property
    def is_awaited(self) -> bool:
        return self.cover_state in AWAITED and self.artwork_id is None

    @property
    def is_read(self) -> bool:
        return self.percent == WHOLE


def of_series(series: Series, read: int = 0) -> Card:
    """The card of a series on the wall, of whose comics so many are read."""
    name, year = split_year(series.name)
    year = year or str(series.year or "")
    many = count_of_comics(series.comic_count) if series.comic_count else "Files missing"
    return Card(
        address=f"{request.script_root}/series/{series.id}",
        tone=series.id % TONES,
        title=name,
        number=year,
        name=name,
        note=f"{year} · {many}" if year else many,
        is_series=True,
        is_missing=not series.comic_count,
        cover_id=series.cover_id,
        cover_version=series.cover_version,
        cover_state=series.cover_state,
        artwork_id=series.cover_artwork_id,
        percent=_percent(read / series.comic_count) if read and series.comic_count else None,
    )


def of_comic(comic: Comic, *, in_series: bool = False, read: Progress | None = None) -> Card:
    """The card of a comic; among those of its own series it does not say the series' name."""
    series_name, _ = split_year(comic.series_name)
    number = number_of(comic)
    issue = f"#{number}" if number else comic.title or comic.stem
    title = comic.title or "" if number else ""
    missing = comic.state == ComicState.MISSING
    said = "File missing" if missing else title if comic.can_be_read else "Cannot be read"
    if in_series:
        name, note = issue, said
    else:
        name, note = series_name, f"{issue} · {said}" if said else issue
    return Card(
        address=f"{request.script_root}/comic/{comic.id}",
        tone=comic.series_id % TONES,
        title=series_name if number else issue,
        number=number,
        name=name,
        note=note,
        is_series=False,
        is_missing=missing,
        cover_id=comic.id,
        cover_version=comic.version,
        cover_state=comic.thumbnail_state,
        artwork_id=comic.cover_artwork_id,
        percent=None if read is None else WHOLE if read.completed else _percent(read.share),
    )


def number_of(comic: Comic) -> str:
    """The comic's number; before it has been indexed, the one in its file's name."""
    if comic.number or comic.index_state == WorkState.DONE:
        return comic.number or ""
    return filename.parse(comic.stem, folder=comic.series_name).number or ""


def split_year(name: str) -> tuple[str, str]:
    """A series' name without the year that folders have at the end, and that year."""
    year = _YEAR_AT_THE_END.search(name)
    return (name[: year.start()], year[1]) if year and year.start() else (name, "")


def _percent(share: float) -> int:
    """A share in per cent; what is begun is never nothing, and what is not over never all."""
    return WHOLE if share >= 1 else min(max(round(share * WHOLE), 1), WHOLE - 1)


def count_of_comics(many: int) -> str:
    return "1 comic" if many == 1 else f"{many:,} comics"
