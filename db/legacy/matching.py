"""Finding the comics of another server in our catalogue, by their paths there.

A comic is the one at its path, as that is or as roots say it is now; else the one at its path below
the library; else the one of its file's name and size. Where two would do, none is taken. Series are
found through their comics.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Connection, select

from db.legacy.vibe import Comic, Vibe
from db.paths import below, join
from db.reading.subjects import Subject
from db.schema import comics, folders, libraries

K = TypeVar("K")
V = TypeVar("V")

UNKNOWN_SIZE = -1  # of a comic that is awaited: no file has it
_ROWS_AT_ONCE = 5_000
_ASKED = 1_000  # comics that have a say in where all are; those of rare names tell most


class Rule(StrEnum):
    """By which sign a comic was found."""

    PATH = "path"
    RELATIVE = "path below the library"
    NAME_AND_SIZE = "name and size"
    ID = "id"  # of a row whose comic the other server has forgotten


@dataclass(frozen=True, slots=True)
class Root:
    """What was below `old` there is below `new` here; both absolute, without a slash at the end."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Ours:
    """A comic of our catalogue."""

    id: int
    series_id: int
    library: str
    path: str  # absolute
    relative: str  # below the library
    size: int


@dataclass(frozen=True, slots=True)
class Match:
    """A comic that was found, and how."""

    comic: Ours
    rule: Rule


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found of a database: comics by their id there, series likewise.

    What was not found has a subject to wait under; `ambiguous` are the comics, and
    `ambiguous_series` the series, of which two of ours would do.
    """

    roots: tuple[Root, ...]
    is_guess: bool
    comics: Mapping[str, Match]
    ambiguous: frozenset[str]
    awaited: Mapping[str, Subject]
    series: Mapping[int, int]
    ambiguous_series: frozenset[int]
    awaited_series: Mapping[int, Subject]


def match(connection: Connection, vibe: Vibe, roots: Sequence[Root]) -> Matches:
    """Find the comics of a database; without roots, where they are is guessed if it can be."""
    here = _Catalogue(connection, vibe)
    is_guess = not roots and len(here.libraries) == 1
    known = tuple(_guessed(vibe.comics, here) if is_guess else roots)
    there = _There(vibe, known, here, is_guess=is_guess)
    found: dict[str, Match] = {}
    ambiguous: set[str] = set()
    for comic in vibe.comics:
        candidates, rule = there.candidates(comic)
        if len(candidates) == 1:
            found[comic.id] = Match(candidates[0], rule)
        elif candidates:
            ambiguous.add(comic.id)
    found |= _by_id(connection, _forgotten(vibe), there)
    awaited = {one.id: there.subject(one) for one in vibe.comics if one.id not in found}
    return _with_series(vibe, found, frozenset(ambiguous), awaited, known, is_guess)


class _Catalogue:
    """The libraries, and the comics whose files have a name that is looked for."""

    def __init__(self, connection: Connection, vibe: Vibe) -> None:
        self.libraries = {
            row.name: os.fsdecode(row.path).rstrip("/")
            for row in connection.execute(
                select(libraries.c.name, libraries.c.path).where(libraries.c.removed_at.is_(None))
            )
        }
        names = {_plain(_name(one.path)) for one in vibe.comics}
        self._by_name: dict[str, list[Ours]] = defaultdict(list)
        self._by_path: dict[str, list[Ours]] = defaultdict(list)
        self._by_relative: dict[str, list[Ours]] = defaultdict(list)
        self._by_size: dict[tuple[str, int], list[Ours]] = defaultdict(list)
        for one in _all_of_ours(connection):
            name = _plain(_name(one.path))
            if name in names:
                self._by_name[name].append(one)
                self._by_path[_plain(one.path)].append(one)
                self._by_relative[_plain(one.relative)].append(one)
                self._by_size[name, one.size].append(one)

    def named_as(self, path: str) -> list[Ours]:
        """Those whose files have the name that a path ends in."""
        return self._by_name.get(_plain(_name(path)), [])

    def at(self, path: str) -> list[Ours]:
        return self._by_path.get(_plain(path), [])

    def below(self, relative: str) -> list[Ours]:
        """Those at a path below any library."""
        return self._by_relative.get(_plain(relative), [])

    def sized(self, path: str, size: int) -> list[Ours]:
        """Those whose files have that size, and the name that a path ends in."""
        return self._by_size.get((_plain(_name(path)), size), [])


class _There:
    """The other server's paths, and what they are here."""

    def __init__(
        self, vibe: Vibe, roots: Sequence[Root], here: _Catalogue, *, is_guess: bool
    ) -> None:
        self.roots = sorted(roots, key=lambda one: len(one.old), reverse=True)
        self._here = here
        said = {*vibe.roots, *(() if is_guess else (one.old for one in roots))}
        self._tops = sorted(said or {_common_folder(vibe.comics)}, key=len, reverse=True)
        self._alike = Counter((_name(one.path), one.size) for one in vibe.comics)

    def candidates(self, comic: Comic) -> tuple[Sequence[Ours], Rule]:
        """Those of our comics that may be this one, by the first rule by which any may."""
        size = self._telling_size(comic)
        by_size = [] if size is None else self._here.sized(comic.path, size)
        for fitting, rule in (
            (self._here.at(self.moved(comic.path)), Rule.PATH),
            (self._here.below(self._relative(comic.path)), Rule.RELATIVE),
            (by_size, Rule.NAME_AND_SIZE),
        ):
            if fitting:
                return fitting, rule
        return (), Rule.PATH

    def subject(self, comic: Comic) -> Subject:
        """What a comic that is not here waits under."""
        library, path = self._place(comic.path)
        size = self._telling_size(comic)
        return Subject(library, os.fsencode(path), UNKNOWN_SIZE if size is None else size)

    def _telling_size(self, comic: Comic) -> int | None:
        """A comic's size, unless another there has the same name and size."""
        return comic.size if self._alike[_name(comic.path), comic.size] == 1 else None

    def moved(self, path: str) -> str:
        """The path as it is here, as far as the roots say."""
        for root in self.roots:
            if _is_below(path, root.old):
                return root.new + path.removeprefix(root.old)
        return path

    def _place(self, path: str) -> tuple[str, str]:
        """The library that a path should lie in, "" for any, and where in it."""
        moved = self.moved(path)
        for name, top in self._here.libraries.items():
            if _is_below(moved, top):
                return name, moved.removeprefix(top + "/")
        return "", self._relative(path)

    def _relative(self, path: str) -> str:
        for top in self._tops:
            if _is_below(path, top):
                return path.removeprefix(top + "/")
        return path.lstrip("/")

    def old_paths(self, one: Ours) -> list[str]:
        """The paths that a comic of ours may have had there."""
        back = [
            root.old + one.path.removeprefix(root.new)
            for root in self.roots
            if _is_below(one.path, root.new)
        ]
        return [*back, one.path, *(f"{top}/{one.relative}" for top in self._tops)]


def _guessed(theirs: Sequence[Comic], here: _Catalogue) -> list[Root]:
    """The root that most comics speak for, by the longest end that their paths share with ours.

    A file's name alone is no such end.
    """
    votes: Counter[Root] = Counter()
    namesakes = {one.id: len(here.named_as(one.path)) for one in theirs}
    telling = sorted(
        (one for one in theirs if namesakes[one.id]), key=lambda one: namesakes[one.id]
    )
    for comic in telling[:_ASKED]:
        shared = [(_shared_end(comic.path, one.path), one) for one in here.named_as(comic.path)]
        longest = max((many for many, _ in shared), default=0)
        best = [one for many, one in shared if many == longest]
        if len(best) == 1 and longest > 1:
            parts = min(longest, best[0].relative.count("/") + 1)  # the library's own name stays
            votes[Root(_without_end(comic.path, parts), _without_end(best[0].path, parts))] += 1
    if not votes:
        return []
    ((root, many),) = votes.most_common(1)
    return [root] if many * 2 > votes.total() and root.old != root.new else []


def _by_id(connection: Connection, wanted: set[str], there: _There) -> dict[str, Match]:
    """Comics that only their ids are known of, which are the MD5 of a path that a comic had."""
    if not wanted:
        return {}
    found = {}
    for one in _all_of_ours(connection):
        for path in there.old_paths(one):
            comic_id = hashlib.md5(os.fsencode(path), usedforsecurity=False).hexdigest()
            if comic_id in wanted:
                found[comic_id] = Match(one, Rule.ID)
    return found


def _forgotten(vibe: Vibe) -> set[str]:
    """The comics that rows speak of and that are in no list of comics any more."""
    known = {one.id for one in vibe.comics}
    said = {one.comic_id for one in vibe.progress}
    said |= {one.comic_id for one in vibe.bookmarks} | {one.comic_id for one in vibe.notes}
    return said - known


def _with_series(
    vibe: Vibe,
    found: Mapping[str, Match],
    ambiguous: frozenset[str],
    awaited: Mapping[str, Subject],
    roots: tuple[Root, ...],
    is_guess: bool,
) -> Matches:
    """The series that most of a series' comics are in here or, where none is, will be in."""
    ours: dict[int, Counter[int]] = defaultdict(Counter)
    places: dict[int, Counter[Subject]] = defaultdict(Counter)
    for comic in vibe.comics:
        if comic.series_id is None:
            continue
        if comic.id in found:
            ours[comic.series_id][found[comic.id].comic.series_id] += 1
        else:
            subject = awaited[comic.id]
            folder = Subject(subject.library, subject.path.rpartition(b"/")[0])
            places[comic.series_id][folder] += 1
    series, split = _majorities(ours)
    folders_, scattered = _majorities({one: places[one] for one in places.keys() - ours.keys()})
    return Matches(roots, is_guess, found, ambiguous, awaited, series, split | scattered, folders_)


def _majorities(votes: Mapping[K, Counter[V]]) -> tuple[dict[K, V], frozenset[K]]:
    """What most speak for, and those of which two things have as many."""
    decided, undecided = {}, set()
    for key, counted in votes.items():
        (first, *others) = counted.most_common(2)
        if others and others[0][1] == first[1]:
            undecided.add(key)
        else:
            decided[key] = first[0]
    return decided, frozenset(undecided)


def _all_of_ours(connection: Connection) -> Iterable[Ours]:
    rows = connection.execute(
        select(
            comics.c.id,
            comics.c.series_id,
            comics.c.file_name,
            comics.c.size,
            folders.c.path.label("folder"),
            libraries.c.name.label("library"),
            libraries.c.path.label("root"),
        )
        .join(folders, folders.c.id == comics.c.folder_id)
        .join(libraries, libraries.c.id == comics.c.library_id)
        .where(libraries.c.removed_at.is_(None))
        .order_by(comics.c.id),
        execution_options={"yield_per": _ROWS_AT_ONCE},
    )
    for row in rows:
        relative = join(row.folder, row.file_name)
        yield Ours(
            row.id,
            row.series_id,
            row.library,
            os.fsdecode(below(row.root, relative)),
            os.fsdecode(relative),
            row.size,
        )


def _common_folder(theirs: Sequence[Comic]) -> str:
    """The folder that all comics lie in folders of."""
    folders_ = {_folder(one.path) or "/" for one in theirs}
    try:
        common = os.path.commonpath(sorted(folders_)).rstrip("/")
    except ValueError:  # none, or on several drives
        return ""
    return _folder(common) if common in folders_ else common


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder + "/")


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _plain(text: str) -> str:
    """A path as every system spells it."""
    return unicodedata.normalize("NFC", text)


def _shared_end(one: str, other: str) -> int:
    """How many parts two paths have in common, counted from their ends."""
    pairs = zip(reversed(one.split("/")), reversed(other.split("/")), strict=False)
    many = 0
    for mine, yours in pairs:
        if _plain(mine) != _plain(yours):
            break
        many += 1
    return many


def _without_end(path: str, parts: int) -> str:
    return "/".join(path.split("/")[:-parts])
