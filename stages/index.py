"""The index stage: opens each new or changed comic once and writes down what it is.

For every comic of its slice that waits for it: pages, fingerprint, ComicInfo. A batch is read
outside any transaction and written in one, counters last.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Collection
from dataclasses import dataclass, field
from operator import attrgetter
from stat import S_ISDIR

from db import errors, file_versions, indexing, shards, worklists
from db.engine import reading
from db.errors import Failure
from db.file_versions import version_of
from db.indexing import GivenUp, Indexed
from db.paths import display
from db.states import ErrorClass, Phase
from db.worklists import Item
from stages import motion, moves, shard
from stages.formats import COMIC_SUFFIXES, Comic, open_comic
from stages.formats.errors import from_exception
from stages.formats.metadata_file import MetadataFile, MetadataFormat
from stages.formats.precedence import Described, describe

log = logging.getLogger(__name__)

BATCH = 800  # comics; written in about 50 ms
FEW = 100  # comics of a batch while people read
BATCH_SECONDS = 2.0  # a batch of slow files is written after this time, so that progress shows


@dataclass(slots=True)
class Batch:
    """What was read since the last commit."""

    items: list[Item] = field(default_factory=list)
    indexed: list[Indexed] = field(default_factory=list)
    given_up: list[GivenUp] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    changed: list[tuple[int, int, int]] = field(default_factory=list)  # size, mtime_ns, comic

    def forget(self, items: list[Item]) -> None:
        """Take back what was said of comics that are to be read again."""
        paths = {item.path for item in items}
        ids = {item.id for item in items}
        self.failures = [one for one in self.failures if one.path not in paths]
        self.given_up = [one for one in self.given_up if one.comic_id not in ids]

    def keep(self, there: Collection[int]) -> None:
        """Drop what was read of comics other than these, which somebody has removed meanwhile."""
        if len(there) == len(self.items):
            return
        self.indexed = [one for one in self.indexed if one.comic_id in there]
        self.given_up = [one for one in self.given_up if one.comic_id in there]
        self.failures = [one for one in self.failures if one.comic_id in there]
        self.changed = [one for one in self.changed if one[2] in there]

    def complain(self, item: Item, error: Exception) -> None:
        """Take down what is wrong with a comic, or that we failed over it."""
        failure = from_exception(error)
        error_class = ErrorClass(failure.error_class)
        if error_class is ErrorClass.INTERNAL:
            log.error("Longbox failed over %s", display(item.path), exc_info=error)
        for place, before in enumerate(self.failures):
            if before.path == item.path:  # a comic has one row; what came first weighs more
                both = f"{before.message} {failure}"
                self.failures[place] = before._replace(message=both)
                return
        self.failures.append(Failure(item.path, error_class, str(failure), item.id))


@dataclass(slots=True)
class Opened:
    """A comic as its archive's directory shows it, its metadata files not yet parsed."""

    item: Item
    container: str
    page_count: int
    fingerprint: bytes
    full_fingerprint: bytes
    page_sums: bytes
    metadata: list[MetadataFile]
    page_names: list[str]
    cover_page: int = 0  # as the container names it


def index(held: shard.Shard) -> None:
    """Index the shard's slice and end it."""
    claim = held.claim
    writer = indexing.Index()
    with reading() as connection:
        known_errors = errors.open_by_path(connection, claim.library_id, Phase.INDEX)
    first = claim.first
    while True:
        with reading() as connection:
            items = worklists.next_items(
                connection,
                Phase.INDEX,
                claim.job_id,
                first,
                claim.last,
                _at_once(claim.options.nice),
            )
        if not items:
            break
        batch = _read(held, items)
        _write(held, writer, batch, known_errors)
        held.stop_if_asked()
        first = batch.items[-1].id + 1
    moves.finish(held)


def _at_once(asked: int) -> int:
    """How many comics are written at once by a stage that was asked to be as nice as that.

    The worker makes it nicer while people read. Then it comes to the processor seldom, and whoever
    turns a page waits for the end of its turn to write, which therefore has to be short.
    """
    usual = os.getpriority(os.PRIO_PROCESS, os.getppid()) + asked
    return BATCH if os.nice(0) <= usual else FEW


def _read(held: shard.Shard, items: list[Item]) -> Batch:
    """Read comics until the batch is full, has taken long, or the stage is to stop."""
    batch = Batch()
    until = time.monotonic() + BATCH_SECONDS
    opened = []
    for item in items:
        held.take_in_hand(item.path)
        batch.items.append(item)
        if one := _open(held.root, item, batch):
            opened.append(one)
        if held.stopping or time.monotonic() > until:
            break
    opened = _settled(held, batch, opened)
    # Parsing is a loop of its own: in turn with opening, each makes the other a fifth slower.
    for one in opened:
        held.take_in_hand(one.item.path)
        batch.indexed.append(_indexed(one, batch))
    return batch


def _settled(held: shard.Shard, batch: Batch, opened: list[Opened]) -> list[Opened]:
    """What was opened, with the comics in it that somebody wrote meanwhile read again.

    One that is not left alone stays on the work list, for the next scan.
    """
    failed = {failure.path for failure in batch.failures}
    moving = [item for item in batch.items if not _as_found(held.root, item, item.path in failed)]
    if not moving:
        return opened
    batch.forget(moving)
    ids = {item.id for item in moving}
    settled = [one for one in opened if one.item.id not in ids]
    for attempt, pause in enumerate(motion.PAUSES):
        if not moving or held.stopping:
            break
        time.sleep(pause)
        moving = [
            item for item in moving if not _read_again(held, item, batch, settled, attempt > 0)
        ]
    if not held.stopping:
        for item in moving:
            batch.complain(item, motion.changing())
    return settled


def _as_found(root: bytes, item: Item, failed: bool) -> bool:
    """Whether the file is still the one that discover saw; an error in a fresh one is doubted."""
    try:
        status = os.stat(root + b"/" + item.path)
    except OSError:
        return False
    if version_of(status.st_size, status.st_mtime_ns) != item.version:
        return S_ISDIR(status.st_mode)  # a folder of pictures, whose own stamp says nothing
    return not (failed and 0 <= time.time_ns() - status.st_mtime_ns < motion.FRESH_NS)


def _read_again(
    held: shard.Shard, item: Item, batch: Batch, opened: list[Opened], again: bool
) -> bool:
    """Read a comic that was written; False, and nothing kept, if that still goes on."""
    held.take_in_hand(item.path)
    path = held.root + b"/" + item.path
    attempt = Batch()
    before = motion.stamp(path)
    one = _open(held.root, item, attempt)
    if not motion.believable(path, before, failed=bool(attempt.failures), again=again):
        return False
    if before and version_of(before.size, before.mtime_ns) != item.version:
        batch.changed.append((before.size, before.mtime_ns, item.id))
    batch.given_up += attempt.given_up
    batch.failures += attempt.failures
    if one:
        opened.append(one)
    return True


def _open(root: bytes, item: Item, batch: Batch) -> Opened | None:
    """What the comic's file says; None, and a failure in the batch, when it cannot be read."""
    try:
        with open_comic(root + b"/" + item.path) as comic:
            if comic.complaint:
                batch.complain(item, comic.complaint)
            files = comic.metadata()
            return Opened(
                item,
                comic.container,
                comic.page_count,
                comic.fingerprint,
                comic.full_fingerprint,
                comic.page_sums,
                files,
                _page_names(comic, files),
                comic.cover_page,
            )
    except Exception as error:  # one file's fault, or ours over it, is one row in the list
        batch.given_up.append(_given_up(item))
        batch.complain(item, error)
        return None


def _given_up(item: Item) -> GivenUp:
    stem = _stem(item.path)
    named = describe([], stem, item.series).metadata
    return GivenUp(item.id, item.series, stem, named.number, named.sort_number)


def _write(
    held: shard.Shard, writer: indexing.Index, batch: Batch, known_errors: dict[bytes, int]
) -> None:
    failed = {failure.path for failure in batch.failures}
    mended = [
        known_errors[item.path]
        for item in batch.items
        if item.path in known_errors and item.path not in failed
    ]
    unfinished = [
        item.id
        for item in batch.items
        if item.path in failed and motion.is_young(held.root + b"/" + item.path)
    ]
    writer.learn(held.transaction, batch.indexed)
    with held.transaction(in_bulk=True) as connection:
        batch.keep(indexing.there(connection, [item.id for item in batch.items]))
        file_versions.store(connection, held.claim.job_id, batch.changed)
        writer.store(connection, batch.indexed)
        indexing.give_up(connection, batch.given_up)
        if unfinished:
            file_versions.list_again(connection, unfinished)
        claim = held.claim
        errors.report(connection, claim.job_id, claim.library_id, claim.phase, batch.failures)
        errors.resolve(connection, mended)
        shards.count(
            connection,
            claim,
            done=len(batch.indexed),
            failed=len(batch.given_up),
            current=batch.items[-1].path,
        )


def _indexed(opened: Opened, batch: Batch) -> Indexed:
    """The comic's row, with everything that its metadata and its name tell."""
    item = opened.item
    stem = _stem(item.path)
    known = describe(opened.metadata, stem, item.series)
    for error in known.errors:
        batch.complain(item, error)
    told = known.metadata
    return Indexed(
        comic_id=item.id,
        again=item.indexed,
        container=opened.container,
        page_count=opened.page_count,
        cover_page=_cover_page(opened, known),
        fingerprint=opened.fingerprint,
        full_fingerprint=opened.full_fingerprint,
        page_sums=opened.page_sums,
        sources=known.sources,
        fields=_values_of(told),
        publisher=told.publisher,
        imprint=told.imprint,
        credits=told.credits,
        tags=told.tags,
        arc_numbers=dict(told.story_arcs),
        search=_words(item.series, stem, known),
    )


_values_of = attrgetter(*indexing.FIELDS)


def _cover_page(opened: Opened, known: Described) -> int:
    """The index of the front cover: the container's own where the metadata tells none that there
    is."""
    page, name = known.metadata.cover_page, known.metadata.cover_name
    if page is None and name in opened.page_names:
        page = opened.page_names.index(name)
    return page if page is not None and page < opened.page_count else opened.cover_page


def _words(series: str, stem: str, known: Described) -> tuple[str, str, str]:
    """What the comic is searched for by: its series' names, its title, its number.

    Where nobody gave it a title, the file's name stands for it.
    """
    told = known.metadata
    named = told.series_title
    both = f"{series} {named}" if named and named not in series else series
    return both, (known.is_titled and told.title) or stem, told.number or ""


def _page_names(comic: Comic, files: list[MetadataFile]) -> list[str]:
    """The names of the pages' files, where metadata may tell the cover by its name."""
    for file in files:
        if file.format is MetadataFormat.COMET:
            return [page.name for page in comic.pages]
    return []


def _stem(path: bytes) -> str:
    """A file's name without a comic's suffix; a folder's name may hold a dot."""
    name = path.rpartition(b"/")[2]
    stem, dot, suffix = name.rpartition(b".")
    return (stem if dot + suffix.lower() in COMIC_SUFFIXES else name).decode("utf-8", "replace")


if __name__ == "__main__":
    shard.run(index)
