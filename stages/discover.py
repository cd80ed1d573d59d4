"""The discover stage: brings the catalogue to what is on the disk, folder by folder.

The walk itself is a program beside it (`stages/walk.py`), so that the disk is read while the
database is written. What is found of some hundred folders is committed at once, and comics are on
the page while the walk goes on; what is gone is looked at after the walk (`stages/losses.py`). No
archive is opened.
"""

from __future__ import annotations

import os
from typing import Any

from db import (
    artwork,
    errors,
    folders,
    job_folders,
    job_log,
    kept_pictures,
    shards,
    slowest,
    worklists,
)
from db.engine import reading
from db.errors import Failure
from db.slowest import Slow
from db.states import ErrorClass, Phase, ScanKind
from stages import covers_again, losses, shard, walk
from stages.inventory import Inventory
from stages.walking import RootUnreadableError, walking

READ_AGAIN = 2_000  # comics that are put back in one transaction


class Discovery:
    """One discovery: what is known from before, and what of it was not found again."""

    def __init__(self, held: shard.Shard) -> None:
        self.held = held
        self.claim = held.claim
        with held.transaction() as connection:
            in_hand = job_folders.take(connection, self.claim.job_id, self.claim.shard_id)
            self.is_first = not job_folders.is_any_walked(connection, self.claim.job_id)
        ignored = self.claim.options.ignore
        self.inventory = Inventory(self.claim.library_id, in_hand, ignored)
        with reading() as connection:
            open_errors = errors.listing(
                connection, library_id=self.claim.library_id, phase=Phase.DISCOVER
            )
        self.open_errors = [one for one in open_errors if self.inventory.is_to_walk(one.path)]
        self.errors_in = _by_folder(self.open_errors)
        self.lost: list[int] = []  # comics that are gone from folders that were listed
        self.left = 0  # folders and comics that the scan was told to leave

    @property
    def order(self) -> dict[str, Any]:
        """What the walk is asked to do: the fields of `walk.Order`."""
        died_of = {
            error.path
            for error in self.open_errors
            if error.error_class in (ErrorClass.CRASHED, ErrorClass.TIMEOUT)
            and error.job_id == self.claim.job_id
        }
        return self.inventory.order(
            self.held.root,
            self.claim.options,
            shard_id=self.claim.shard_id,
            avoid=tuple(died_of),
        )

    def store(self, report: walk.Report) -> None:
        """Write what was reported, with its folders' time stamps and the job's counters."""
        listings, before = self.inventory.take(report)
        doubted: list[bytes] = []
        for listing in listings:
            if not doubted and self.inventory.changed_unnoticed(self.held.root, listing, before):
                doubted.append(listing.path)
            gone = [old.comic_id for _name, old in self.inventory.gone_from(listing, before)]
            if gone:  # until that is settled, the folder is listed again whatever its stamp says
                listing.mtime_ns = None
            self.lost += gone
        self.left += len(report.left)
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
            for path in doubted:
                folders.doubt_stamps(connection, claim.library_id, path)
            errors.report(connection, claim.job_id, claim.library_id, Phase.DISCOVER, failures)
            errors.resolve(connection, self._mended(report))
            slow = [Slow(path, seconds, True, 0) for path, seconds in report.slow]
            slowest.store(connection, claim.job_id, claim.phase, slow)
            last = report.visited[-1] if report.visited else b""
            shards.tell(connection, claim, last, **self._counters(report))

    def loss(self) -> losses.Loss:
        """What was not found again; the comics in folders that were not to be walked are there,
        unless nothing at all is."""
        known = self.inventory
        elsewhere = known.elsewhere() if os.listdir(self.held.root) else 0
        return losses.of(
            self.claim.job_id,
            self.lost,
            known.gone_folders(),
            known.comics_known,
            known.found + elsewhere,
        )

    def errors_of_the_gone(self) -> list[int]:
        """The open errors of folders that are no longer there, which no listing can mend."""
        return [
            error.id
            for error in self.open_errors
            if not {error.path, error.path.rpartition(b"/")[0]} & self.inventory.visited
            and not self.inventory.may_be_there(error.path)
        ]

    def _counters(self, report: walk.Report) -> dict[str, int]:
        """What the job tells of the walk; what it walks later is counted at the end alone."""
        if not self.is_first and not self.inventory.is_whole:
            return {}
        return {
            "discover_done": report.comics,
            "comics_found": report.comics,
            "folders_found": report.folders,
            "folders_ignored": report.ignored_folders,
            "comics_ignored": report.ignored_comics,
        }

    def _mended(self, report: walk.Report) -> list[int]:
        """The errors in the folders listed now that did not come again."""
        again = {path for path, _class, _message in report.failures}
        return [
            error_id
            for listed in report.listings
            for path, error_id in self.errors_in.get(listed[0], ())
            if path not in again and not self.inventory.may_be_there(path)
        ]


def discover(held: shard.Shard) -> None:
    """Walk the library, write down what is there, deal with what is gone, and end the shard."""
    if not held.claim.options.walks:
        covers_again.put_back(held)
        return
    discovery = Discovery(held)
    is_whole = discovery.inventory.is_whole
    if held.claim.options.kind is ScanKind.FULL and is_whole:
        _put_back(held)
    try:
        with walking(discovery.order) as reports:
            for report in reports:
                discovery.store(report)
                held.stop_if_asked()
    except RootUnreadableError as error:
        losses.root_unreadable(held, str(error), discovery.inventory.comics_known)
        return
    if held.claim.options.kind is ScanKind.METADATA and is_whole:
        _read_again(held)
    if discovery.left:
        _say_what_was_left(held, discovery.left)
    losses.settle(
        held,
        discovery.loss(),
        discovery.inventory.library.root_device,
        discovery.errors_of_the_gone(),
        is_whole=is_whole,
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


def _read_again(held: shard.Shard) -> None:
    """Have every comic opened again that was read before."""
    after: int | None = 0
    while after is not None:
        with held.transaction() as connection:
            after = worklists.put_back_read(connection, held.claim.library_id, after, READ_AGAIN)
        held.stop_if_asked()


def _say_what_was_left(held: shard.Shard, many: int) -> None:
    with held.transaction() as connection:
        sentence = f"Left as told, with what is known there: {many:,} folders and comics."
        job_log.of_shard(connection, held.claim.shard_id, sentence)


def _by_folder(open_errors: list[errors.ItemError]) -> dict[bytes, list[tuple[bytes, int]]]:
    """The open errors that listing a folder may show to be mended: its own, and its files'."""
    by_folder: dict[bytes, list[tuple[bytes, int]]] = {}
    for error in open_errors:
        for folder in {error.path, error.path.rpartition(b"/")[0]}:
            by_folder.setdefault(folder, []).append((error.path, error.id))
    return by_folder


if __name__ == "__main__":
    shard.run(discover)
