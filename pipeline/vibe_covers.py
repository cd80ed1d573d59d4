"""Taking over the covers that a Vibe CBR Reader has drawn, for comics that have none here yet.

Its cache has them as `X/ID.EXT`, X being the id's first character, or as `ID.EXT` in older ones.
They are pictures of somebody else's: one child in a jail opens them, and draws ours from them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import islice
from math import ceil
from pathlib import Path

from db import cover_files, covers
from db.covers import Made
from db.engine import reading, writing
from db.legacy.matching import Match, Matches
from db.legacy.vibe import Comic, Vibe
from db.settings import settings
from pipeline.child import Child, ChildDied, ChildHung

AT_ONCE = 200  # comics
BESIDE = "cache"  # the folder beside the database, unless its owner said otherwise
_ENDINGS = ("webp", "jpg", "jpeg", "png")


class Unwritable(RuntimeError):
    """There is no place for covers; the message says why."""


class Became(StrEnum):
    """What became of a cover."""

    TAKEN = "taken over"
    DRAWN = "drawn here already"  # or of another page, or of a comic that is not indexed
    UNFIT = "no picture that does for a cover"
    GONE = "not in the folder"


Covers = Counter[Became]


def take_over(vibe: Vibe, found: Matches, folder: Path, *, dry_run: bool) -> Covers:
    """Take over the covers in a cache folder; a dry run takes every picture for a fitting one."""
    became = Covers()
    child = Child("stages.thumbnail", "--serve", ceil(settings().cover_timeout) + 2)
    try:
        for some in _portions(vibe, found):
            pictures = {one.comic.id: _picture(folder, comic) for comic, one in some}
            with reading() as connection:
                undrawn = covers.undrawn_first_pages(connection, list(pictures))
            wanted = {one.comic_id: one for one in undrawn}
            made = []
            for comic_id, picture in pictures.items():
                cover = wanted.get(comic_id)
                result = _result(cover, picture)
                if result is Became.TAKEN and cover and picture and not dry_run:
                    result = _drawn(child, picture, cover)
                    made += [cover] if result is Became.TAKEN else []
                became[result] += 1
            if made:
                with writing() as connection:
                    covers.record(connection, made, [])
    finally:
        child.end()
    return became


def _portions(vibe: Vibe, found: Matches) -> Iterator[Sequence[tuple[Comic, Match]]]:
    left = (
        (one, found.comics[one.id])
        for one in vibe.comics
        if one.has_thumbnail and one.id in found.comics
    )
    while some := list(islice(left, AT_ONCE)):
        yield some


def _result(cover: Made | None, picture: Path | None) -> Became:
    """What is to become of a cover, if its picture does for one."""
    if cover is None or cover_files.cover_file(*cover).exists():
        return Became.DRAWN
    return Became.TAKEN if picture else Became.GONE


def _drawn(child: Child, picture: Path, cover: Made) -> Became:
    request = {"picture": str(picture), "cover": str(cover_files.cover_file(*cover))}
    try:
        answer = child.ask(request, settings().cover_timeout)
    except (ChildHung, ChildDied):
        return Became.UNFIT
    if "unwritable" in answer:
        raise Unwritable(f"Covers cannot be written: {answer['unwritable']}")
    if "error_class" in answer:
        return Became.UNFIT
    return Became.TAKEN if answer["made"] else Became.DRAWN


def _picture(folder: Path, comic: Comic) -> Path | None:
    if not re.fullmatch(r"[0-9a-f]{32}", comic.id):
        return None
    names = [f"{comic.id}.{end}" for end in _ENDINGS]
    places = (where / name for name in names for where in (folder / comic.id[0], folder))
    return next((one for one in places if one.is_file()), None)
