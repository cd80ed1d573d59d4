"""The discover stage: brings the catalogue to what is on the disk, folder by folder.

The walk itself is a program beside it (`stages/walk.py`), so that the disk is read while the
database is written. What is found of some hundred folders is committed at once, and comics are on
the page while the walk goes on; what is gone is looked at after the walk (`stages/losses.py`). No
archive is opened.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from db import artwork, errors, folders, job_folders, kept_pictures, shards, slowest, worklists
from db.artwork import FoundPicture
from db.engine import reading
from db.errors import Failure
from db.folders import FoundFile, KnownFile, Listing
from db.paths import join
from db.slowest import Slow
from db.states import ErrorClass, Phase, ScanKind
from stages import losses, shard, walk
from stages.formats.natural import natural_key

ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)
YEAR = re.compile(r"\((1[89]\d\d|20\d\d)\b[^()]*\)")  # "Saga (2012)", "Tintin (1929-1976)"


class RootUnreadableError(Exception):
    """The library's root cannot be listed; the message says why."""


class Discovery:
    """One discovery: what is known from before, and what of it was not found again."""

    def __init__(self, held: shard.Shard) -> None:
        self.held = held
        self.claim = held.claim
        with held.transaction() as connection:
            in_hand = job_folders.take(connection, self.claim.job_id, self.claim.shard_id)
            self.is_first = not job_folders.is_any_walked(connection, self.claim.job_id)
        with reading() as connection:
            self.library = folders.library(connection, self.claim.library_id)
            self.starts = self._starts(in_hand)
            known = folders.known_folders(connection, self.claim.library_id)
            open_errors = errors.listing(
                connection, library_id=self.claim.library_id, phase=Phase.DISCOVER
            )
        self.comics_known = sum(folder.comic_count for folder in known.values())
        if self.is_whole:
            self.known, self.open_errors = known, open_errors
        else:
            self.known = {path: one for path, one in known.items() if self._is_to_walk(path)}
            self.open_errors = [one for one in open_errors if self._is_to_walk(one.path)]
        self.errors_in = _by_folder(self.open_errors)
        self.found = 0
        self.visited: set[bytes] = set()
        self.unseen: set[bytes] = set()
        self.lost: list[int] = []  # comics that are gone from folders that were listed

    @property
    def is_whole(self) -> bool:
        """Whether all of the library is walked."""
        return self.starts == (job_folders.EVERYTHING,)

    @property
    def order(self) -> dict[str, Any]:
        """What the walk is asked to do: the fields of `walk.Order`.

        Of folders that somebody named, each is listed, whatever its time stamp says.
        """
        died_of = {
            error.path
            for error in self.open_errors
            if error.error_class in (ErrorClass.CRASHED, ErrorClass.TIMEOUT)
            and error.job_id == self.claim.job_id
        }
        return {
            "root": self.held.root,
            "shard_id": self.claim.shard_id,
            "full": self.claim.options.kind is ScanKind.FULL or not self.is_whole,
            "ignore_patterns": self.library.ignore_patterns,
            "known": {path: (one.mtime_ns, one.comic_count) for path, one in self.known.items()},
            "avoid": tuple(died_of),
            "loose_folders": self.library.loose_folders,
            "starts": self.starts,
        }

    def store(self, report: walk.Report) -> None:
        """Write what was reported, with its folders' time stamps and the job's counters."""
        self.unseen.update(report.unseen)
        listings = [self._listing(*listed) for listed in report.listings]
        before = self._files_before(listings)
        for listing in listings:
            names = {file.name for file in listing.files}
            gone = [
                old.comic_id
                for name, old in before.get(listing.path, {}).items()
                if name not in names
                and not old.missing
                and not _below(join(listing.path, name), self.unseen)  # a folder of pictures
            ]
            if gone:  # until that is settled, the folder is listed again whatever its stamp says
                listing.mtime_ns = None
            self.lost += gone
        failures = [
            Failure(path, ErrorClass(error_class), message)
            for path, error_class, message in report.failures
        ]
        claim = self.claim
        with self.held.transaction() as connection:
            if listings:
                counts = folders.store(connection, claim, listings, before)
                folders.count(connection, claim.job_id, counts)
            folders.store_unseen(connection, claim.library_id, report.unseen)
            errors.report(connection, claim.job_id, claim.library_id, Phase.DISCOVER, failures)
            errors.resolve(connection, self._mended(report))
            slow = [Slow(path, seconds, True, 0) for path, seconds in report.slow]
            slowest.store(connection, claim.job_id, claim.phase, slow)
            last = report.visited[-1] if report.visited else b""
            shards.tell(connection, claim, last, **self._counters(report))
        self.found = report.comics
        self.visited.update(report.visited)

    def loss(self) -> losses.Loss:
        """What was not found again; the comics in folders that were not to be walked are there,
        unless nothing at all is."""
        elsewhere = 0
        if not self.is_whole and os.listdir(self.held.root):
            within = sum(folder.comic_count for folder in self.known.values())
            elsewhere = self.comics_known - within
        return losses.of(
            self.claim.job_id,
            self.lost,
            self.gone_folders(),
            self.comics_known,
            self.found + elsewhere,
        )

    def gone_folders(self) -> list[int]:
        """The folders that held comics and that the walk did not come across."""
        return [
            folder.id
            for path, folder in self.known.items()
            if folder.comic_count and path not in self.visited and not _below(path, self.unseen)
        ]

    def errors_of_the_gone(self) -> list[int]:
        """The open errors of folders that are no longer there, which no listing can mend."""
        return [
            error.id
            for error in self.open_errors
            if not {error.path, error.path.rpartition(b"/")[0]} & self.visited
            and not _below(error.path, self.unseen)
        ]

    def _starts(self, in_hand: list[bytes]) -> tuple[bytes, ...]:
        """The folders to walk; one of loose pictures is a comic of the folder that it is in."""
        if self.library.loose_folders:
            in_hand = job_folders.outermost({path.rpartition(b"/")[0] for path in in_hand})
        return tuple(in_hand)

    def _is_to_walk(self, path: bytes) -> bool:
        return any(job_folders.lies_in(path, start) for start in self.starts)

    def _counters(self, report: walk.Report) -> dict[str, int]:
        """What the job tells of the walk; what it walks later is counted at the end alone."""
        if not self.is_first and not self.is_whole:
            return {}
        return {
            "discover_done": report.comics,
            "comics_found": report.comics,
            "folders_found": report.folders,
            "folders_ignored": report.ignored_folders,
            "comics_ignored": report.ignored_comics,
        }

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

    def _files_before(self, listings: list[Listing]) -> dict[bytes, dict[bytes, KnownFile]]:
        paths = {self.known[one.path].id: one.path for one in listings if one.path in self.known}
        if not paths:
            return {}
        with reading() as connection:
            files = folders.known_files(connection, paths)
        return {paths[folder_id]: known for folder_id, known in files.items()}

    def _mended(self, report: walk.Report) -> list[int]:
        """The errors in the folders listed now that did not come again."""
        again = {path for path, _class, _message in report.failures}
        return [
            error_id
            for listed in report.listings
            for path, error_id in self.errors_in.get(listed[0], ())
            if path not in again and not _below(path, self.unseen)
        ]


def discover(held: shard.Shard) -> None:
    """Walk the library, write down what is there, deal with what is gone, and end the shard."""
    discovery = Discovery(held)
    if held.claim.options.kind is ScanKind.FULL and discovery.is_whole:
        _put_back(held)
    try:
        with _walking(discovery.order) as reports:
            for report in reports:
                discovery.store(report)
                held.stop_if_asked()
    except RootUnreadableError as error:
        losses.root_unreadable(held, str(error), discovery.comics_known)
        return
    losses.settle(
        held,
        discovery.loss(),
        discovery.library.root_device,
        discovery.errors_of_the_gone(),
        is_whole=discovery.is_whole,
    )


def _put_back(held: shard.Shard) -> None:
    """Have the stages behind this one look again at what failed, and at pictures that were lost."""
    library_id = held.claim.library_id
    with reading() as connection:
        pictures = artwork.of_library(connection, library_id)
    lost = [
        one
        for one, kept in pictures.items()
        if not kept_pictures.are_there(kept.sha256, kept.media_type)
    ]
    with held.transaction() as connection:
        worklists.put_back_failed(connection, library_id)
        artwork.put_back_lost(connection, lost)


@contextmanager
def _walking(order: dict[str, Any]) -> Iterator[Iterator[walk.Report]]:
    """The reports of a walk under way; the walk ends when the context is left."""
    program = [sys.executable, "-m", "stages.walk"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as walker:
        assert walker.stdin is not None
        assert walker.stdout is not None
        try:
            walk.send(walker.stdin, order)
            yield _reports(walker.stdout)
        finally:
            walker.kill()


def _reports(answers: IO[bytes]) -> Iterator[walk.Report]:
    while True:
        try:
            answer = walk.receive(answers)
        except EOFError:
            raise RuntimeError("the walk over the folders ended before its time") from None
        if "root_unreadable" in answer:
            raise RootUnreadableError(answer["root_unreadable"])
        report = walk.Report(**answer)
        yield report
        if report.last:
            return


def _by_folder(open_errors: list[errors.ItemError]) -> dict[bytes, list[tuple[bytes, int]]]:
    """The open errors that listing a folder may show to be mended: its own, and its files'."""
    by_folder: dict[bytes, list[tuple[bytes, int]]] = {}
    for error in open_errors:
        for folder in {error.path, error.path.rpartition(b"/")[0]}:
            by_folder.setdefault(folder, []).append((error.path, error.id))
    return by_folder


def _below(path: bytes, folders_above: set[bytes]) -> bool:
    """Whether a path is one of some folders or lies below one."""
    while path not in folders_above:
        if not path:
            return False
        path = path.rpartition(b"/")[0]
    return True


if __name__ == "__main__":
    shard.run(discover)
