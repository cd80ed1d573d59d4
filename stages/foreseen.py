"""Which comics a scan would find elsewhere, told before it has read anything into the catalogue.

The scan itself knows a comic by its pages once it has opened every new file (`settlement.py`). Here
only files are opened that have the size of a comic which is gone, so a comic that was moved and
packed anew as well is told as gone and new; and one that has the size that it had is just changed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from db import moves
from db.engine import reading
from db.moves import Known
from db.paths import join
from db.states import ComicState
from stages import jail, settlement
from stages.formats import FormatError, open_comic


class Place(NamedTuple):
    """A comic's file as it is on the disk; `comic_id` is that of the comic known there, or 0."""

    folder: bytes
    name: bytes
    size: int
    mtime_ns: int
    comic_id: int = 0

    @property
    def path(self) -> bytes:
        return join(self.folder, self.name)


class Move(NamedTuple):
    """A comic that is at another path now; `library` is the one that it was in."""

    library: str
    before: bytes
    place: Place


@dataclass(slots=True)
class Sorted:
    """What is new, changed, moved and gone, once moves are told from the rest."""

    new: list[Place]
    changed: list[Place]
    moved: list[Move]
    gone: list[Known]


def sort(
    root: bytes,
    library_id: int,
    new: Sequence[Place],
    changed: Sequence[Place],
    gone: Collection[int],
    told: Callable[[], None],
) -> Sorted:
    """Tell moves from what is new, changed and gone; `told` is called for each file opened."""
    with reading() as connection:
        elsewhere = moves.lost(connection, library_id).keys() - set(gone)
        known = moves.known(connection, {*gone, *elsewhere, *(one.comic_id for one in changed)})
    places = dict(enumerate((*new, *changed), 1))
    sizes = {one.size for one in places.values()}
    replaced = {
        number: place
        for number, place in places.items()
        if place.comic_id and known[place.comic_id].size != place.size
    }
    # One that was packed anew in its place has lost nothing, whoever else has its pages now.
    in_doubt = {
        number: place for number, place in replaced.items() if known[place.comic_id].size in sizes
    }
    contents = _contents(root, in_doubt, told)
    displaced = {
        places[number].comic_id
        for number, content in contents.items()
        if content != known[places[number].comic_id].fingerprint
    }
    lost = _lost(known, gone, elsewhere, displaced)
    sizes = {known[row.id].size for _content, row in lost}
    contents |= _contents(
        root,
        {
            number: place
            for number, place in places.items()
            if place.size in sizes
            and number not in contents
            and (number in replaced or not place.comic_id)
        },
        told,
    )
    files = [
        _as_file(number, places[number], content)
        for number, content in contents.items()
        if not places[number].comic_id or content != known[places[number].comic_id].fingerprint
    ]
    pairs = _pairs(lost, files)
    return _sorted(places, known, pairs, gone, len(new))


def _contents(
    root: bytes, places: Mapping[int, Place], told: Callable[[], None]
) -> dict[int, bytes]:
    """The fingerprints of files, by their numbers; those that cannot be read are left out."""
    found = {}
    for number, place in places.items():
        jail.next_item()
        told()
        try:
            with open_comic(os.path.join(root, place.path)) as comic:
                found[number] = comic.fingerprint
        except FormatError:
            continue  # the scan finds it new, and says what is wrong with it
    return found


def _lost(
    known: Mapping[int, Known],
    gone: Collection[int],
    elsewhere: Collection[int],
    displaced: Collection[int],
) -> list[tuple[bytes, Known]]:
    """The comics that are no longer at their places, each with its content."""
    found = []
    for comic_id, row in sorted(known.items()):
        if comic_id in gone:
            row = row._replace(state=ComicState.MISSING)
        elif comic_id in displaced:
            row = row._replace(before=row.before or row.fingerprint)
        elif comic_id not in elsewhere:
            continue
        if row.lost:
            found.append((row.lost, row.as_it_was))
    return found


def _as_file(number: int, place: Place, content: bytes) -> Known:
    return Known(
        id=-number,
        library_id=0,
        library="",
        folder_id=0,
        series_id=0,
        folder=place.folder,
        file_name=place.name,
        size=place.size,
        mtime_ns=place.mtime_ns,
        version=0,
        cover_page=0,
        state=ComicState.PRESENT,
        fingerprint=content,
        full_fingerprint=None,
        before=None,
    )


def _pairs(lost: Sequence[tuple[bytes, Known]], files: Sequence[Known]) -> dict[int, int]:
    """Which comic is which file now: the comic's id → the file's number."""
    groups: dict[bytes, tuple[list[Known], list[Known]]] = defaultdict(lambda: ([], []))
    for content, row in lost:
        groups[content][0].append(row)
    for file in files:
        if file.fingerprint in groups:
            groups[file.fingerprint][1].append(file)
    return {
        comic: -file
        for comics, found in groups.values()
        for comic, file in settlement.pair(comics, found).items()
    }


def _sorted(
    places: Mapping[int, Place],
    known: Mapping[int, Known],
    pairs: Mapping[int, int],
    gone: Collection[int],
    many_new: int,
) -> Sorted:
    taken = set(pairs.values())
    told = Sorted(
        new=[],
        changed=[],
        moved=[Move(known[one].library, known[one].path, places[at]) for one, at in pairs.items()],
        gone=[known[one] for one in sorted(gone) if one not in pairs],
    )
    for number, place in places.items():
        has_left = place.comic_id in pairs
        if number in taken:
            if place.comic_id and not has_left:  # what was here is nowhere
                told.gone.append(known[place.comic_id])
        elif number <= many_new or has_left:
            told.new.append(place)
        else:
            told.changed.append(place)
    return told
