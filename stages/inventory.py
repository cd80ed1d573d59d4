"""What the catalogue knew of a library before a walk, and what of it the walk has not found again.

Nothing is written here: discover writes what it makes of a walk, the dry run only tells it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from typing import Any

from db import file_systems, folders, job_folders
from db.artwork import FoundPicture
from db.engine import reading
from db.folders import FoundFile, KnownFile, Listing
from db.paths import below, join
from db.scan_options import ScanOptions
from db.states import ScanKind
from stages import walk
from stages.formats.natural import natural_key
from stages.passed_over import fitting

ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)
YEAR = re.compile(r"\((1[89]\d\d|20\d\d)\b[^()]*\)")  # "Saga (2012)", "Tintin (1929-1976)"

FilesBefore = dict[bytes, dict[bytes, KnownFile]]  # folder's path → file's name → what is known


class Inventory:
    """A library before a walk over some of its folders, or over b"", which is all there is.

    Names that fit the patterns of `left` the walk says nothing of.
    """

    def __init__(
        self, library_id: int, asked: Collection[bytes], left: tuple[str, ...] = ()
    ) -> None:
        with reading() as connection:
            self.library = folders.library(connection, library_id)
            known = folders.known_folders(connection, library_id)
        self.starts = self._starts(asked)
        self.comics_known = sum(folder.comic_count for folder in known.values())
        if not self.is_whole:
            known = {path: one for path, one in known.items() if self.is_to_walk(path)}
        self.known = known
        self.found = 0
        self.visited: set[bytes] = set()
        self.unseen: set[bytes] = set()  # of what lies there nothing is known
        self._is_left = fitting(left)

    @property
    def is_whole(self) -> bool:
        """Whether all of the library is walked."""
        return self.starts == (job_folders.EVERYTHING,)

    def order(
        self, root: bytes, options: ScanOptions, *, shard_id: int | None, avoid: tuple[bytes, ...]
    ) -> dict[str, Any]:
        """What the walk is asked to do: the fields of `walk.Order`.

        Of folders that somebody named, each is listed, whatever its time stamp says; so is every
        one where time stamps are not to be trusted.
        """
        doubt = self.library.stamps_doubt or file_systems.why_no_stamps(root)
        return {
            "root": root,
            "shard_id": shard_id,
            "full": options.kind is ScanKind.FULL or not self.is_whole or doubt is not None,
            "ignore_patterns": self.library.ignore_patterns,
            "known": {path: (one.mtime_ns, one.comic_count) for path, one in self.known.items()},
            "avoid": avoid,
            "loose_folders": self.library.loose_folders,
            "starts": self.starts,
            "passed_over": options.ignore,
            "most_folders": options.max_folders,
            "pictures": not options.skip_assets,
        }

    def is_to_walk(self, path: bytes) -> bool:
        return any(job_folders.lies_in(path, start) for start in self.starts)

    def take(self, report: walk.Report) -> tuple[list[Listing], FilesBefore]:
        """The folders of a report, and what their files were before it."""
        self.unseen.update(report.unseen)
        self.unseen.update(report.left)
        self.visited.update(report.visited)
        self.found = report.comics
        listings = [self._listing(*listed) for listed in report.listings]
        return listings, self._files_before(listings)

    def gone_from(self, listing: Listing, before: FilesBefore) -> Iterator[tuple[bytes, KnownFile]]:
        """The comics that a folder no longer has, by their files' names."""
        names = {file.name for file in listing.files}
        for name, old in before.get(listing.path, {}).items():
            is_gone = name not in names and not old.missing
            if is_gone and not self.may_be_there(join(listing.path, name)):
                yield name, old

    def changed_unnoticed(self, root: bytes, listing: Listing, before: FilesBefore) -> bool:
        """Whether a comic came into a folder, or went, and the folder's time stamp stayed as it
        was: by that, no scan would have seen it."""
        known = self.known.get(listing.path)
        if known is None or listing.mtime_ns is None or known.mtime_ns != listing.mtime_ns:
            return False
        folder = below(root, listing.path)
        if any(
            not os.path.lexists(join(folder, name)) for name, _ in self.gone_from(listing, before)
        ):
            return True
        files = before.get(listing.path, {})
        new = [join(folder, file.name) for file in listing.files if file.name not in files]
        # One that was there already, and no comic to an earlier version of ours, proves nothing.
        return any(_changed_at(file) > listing.mtime_ns for file in new)

    def may_be_there(self, path: bytes) -> bool:
        """Whether a path lies where the walk could not look, or did not."""
        while path not in self.unseen:
            if not path:
                return False
            folder, slash, name = path.rpartition(b"/")
            if self._is_left(name, folder + slash):
                return True
            path = folder
        return True

    def gone_folders(self) -> list[int]:
        """The folders that held comics and that the walk did not come across."""
        return [
            folder.id
            for path, folder in self.known.items()
            if folder.comic_count and path not in self.visited and not self.may_be_there(path)
        ]

    def elsewhere(self) -> int:
        """How many comics are known in folders that were not to be walked."""
        return self.comics_known - sum(folder.comic_count for folder in self.known.values())

    def _starts(self, asked: Collection[bytes]) -> tuple[bytes, ...]:
        """The folders to walk; one of loose pictures is a comic of the folder that it is in."""
        if self.library.loose_folders:
            asked = job_folders.outermost({path.rpartition(b"/")[0] for path in asked})
        return tuple(asked)

    def _listing(
        self,
        path: bytes,
        mtime_ns: int | None,
        below: list[bytes],
        files: list[walk.File],
        pictures: list[walk.Picture],
        said: dict[str, Any],
    ) -> Listing:
        """A folder as it was listed, with the series' names as its path tells them."""
        parts = path.decode("utf-8", "replace").split("/") if path else []
        name = parts[-1] if parts else self.library.name
        years = YEAR.findall(name)
        return Listing(
            path,
            mtime_ns,
            name=name,
            sort_name=natural_key(ARTICLE.sub("", name)),
            year=int(years[-1]) if years else None,
            category=parts[0] if len(parts) > 1 else "",
            subcategory=" / ".join(parts[1:-1]),
            below=below,
            files=list(map(FoundFile._make, files)),
            artwork=list(map(FoundPicture._make, pictures)),
            series_json=said,
        )

    def _files_before(self, listings: list[Listing]) -> FilesBefore:
        paths = {self.known[one.path].id: one.path for one in listings if one.path in self.known}
        if not paths:
            return {}
        with reading() as connection:
            files = folders.known_files(connection, paths)
        return {paths[folder_id]: known for folder_id, known in files.items()}


def _changed_at(file: bytes) -> int:
    """When a file was made, moved, written or given other rights last, in ns; 0 if it is gone."""
    try:
        return os.lstat(file).st_ctime_ns
    except OSError:
        return 0
