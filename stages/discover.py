"""The discover stage: one walk over a library that finds folders, series and comics.

No archive is opened. What is found of some hundred folders is committed at once, so that comics
are on the page while the walk goes on. What is gone is looked at only after the walk, when it is
known how much of it there is; see `stages/losses.py`.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import translate
from operator import itemgetter
from typing import NamedTuple

from db import errors, folders, shards, worklists
from db.engine import reading
from db.errors import Failure
from db.folders import FoundFile, KnownFile, KnownFolder, Listing
from db.states import ErrorClass, Phase, ScanKind
from stages import losses, series_json, shard
from stages.formats import COMIC_SUFFIXES
from stages.formats.natural import natural_key, natural_keys

FIRST_BATCH = 500  # comics; small, so that something is on the page at once
BATCH = 3_000  # comics; written in about 50 ms
BATCH_FOLDERS = 2_000
TRUSTED_AFTER_NS = 2_000_000_000  # a younger time stamp may not tell of the next change

SKIPPED_NAMES = frozenset({b"@eaDir", b"__MACOSX", b"#recycle", b"$RECYCLE.BIN", b"lost+found"})
YEAR = re.compile(r"\((1[89]\d\d|20\d\d)\b[^()]*\)")  # "Saga (2012)", "Tintin (1929-1976)"
ARTICLE = re.compile(r"^(?:the|an?)\s+(?=\S)", re.IGNORECASE)


class Step(NamedTuple):
    """A folder to be looked at; `above` has the (device, inode) of the folders it lies in."""

    path: bytes
    above: tuple[tuple[int, int], ...]
    linked: bool


@dataclass(slots=True)
class Tally:
    """What the walk has come across so far."""

    comics: int = 0
    folders: int = 0
    ignored_folders: int = 0
    ignored_comics: int = 0


@dataclass(slots=True)
class Batch:
    """What was found since the last commit."""

    listings: list[Listing] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    mended: list[int] = field(default_factory=list)  # errors that did not come again
    comics: int = 0


class Walk:
    """One walk: what is known from before, what is found, what could not be looked at."""

    def __init__(self, held: shard.Shard) -> None:
        self.held = held
        self.claim = held.claim
        self.full = held.claim.kind == ScanKind.FULL
        with reading() as connection:
            self.library = folders.library(connection, self.claim.library_id)
            self.known = folders.known_folders(connection, self.claim.library_id)
            open_errors = errors.listing(
                connection, library_id=self.claim.library_id, phase=Phase.DISCOVER
            )
        self.children = _children(self.known)
        self.errors_in = _by_folder(open_errors)
        self.ignored = _matcher(self.library.ignore_patterns)
        self.tally = Tally()
        self.batch = Batch()
        self.visited: set[bytes] = set()
        # Folders that could not be looked at: nothing below them counts as gone. A folder that
        # this job's stage died of is among them from the start.
        self.unseen: set[bytes] = {
            error.path
            for error in open_errors
            if error.error_class is ErrorClass.CRASHED and error.job_id == self.claim.job_id
        }
        self.lost: list[int] = []  # comics that are gone from folders that were listed
        self.size = FIRST_BATCH

    def run(self) -> None:
        """Walk the whole tree, committing as it goes."""
        stack = [Step(b"", (), linked=False)]
        while stack:
            step = stack.pop()
            if step.path not in self.unseen:
                stack.extend(self._look_at(step))
            if self.batch.comics >= self.size or len(self.batch.listings) >= BATCH_FOLDERS:
                self.commit()
            if self.held.stopping:
                self.commit()
                self.held.stop_if_asked()
        self.commit()

    def fail(self, path: bytes, error_class: ErrorClass, message: str) -> None:
        self.batch.failures.append(Failure(path, error_class, message))

    def commit(self) -> None:
        """Write the batch with its folders' time stamps and the job's counters."""
        batch, self.batch, self.size = self.batch, Batch(), BATCH
        before = self._files_before(batch.listings)
        for listing in batch.listings:
            names = {file.name for file in listing.files}
            gone = before.get(listing.path, {}).items()
            self.lost += [
                old.comic_id for name, old in gone if name not in names and not old.missing
            ]
        with self.held.transaction() as connection:
            if batch.listings:
                counts = folders.store(connection, self.claim, batch.listings, before)
                folders.count(connection, self.claim.job_id, counts)
            if batch.failures:
                claim = self.claim
                errors.report(
                    connection, claim.job_id, claim.library_id, Phase.DISCOVER, batch.failures
                )
            errors.resolve(connection, self.claim.job_id, batch.mended)
            shards.tell(
                connection,
                self.claim,
                batch.listings[-1].path if batch.listings else b"",
                discover_done=self.tally.comics,
                comics_found=self.tally.comics,
                folders_found=self.tally.folders,
                folders_ignored=self.tally.ignored_folders,
                comics_ignored=self.tally.ignored_comics,
            )

    def _files_before(self, listings: list[Listing]) -> dict[bytes, dict[bytes, KnownFile]]:
        paths = {self.known[one.path].id: one.path for one in listings if one.path in self.known}
        if not paths:
            return {}
        with reading() as connection:
            files = folders.known_files(connection, paths)
        return {paths[folder_id]: known for folder_id, known in files.items()}

    def _look_at(self, step: Step) -> Iterator[Step]:
        """List one folder, unless its time stamp says that nothing changed in it."""
        absolute = os.path.join(self.held.root, step.path) if step.path else self.held.root
        self.held.in_hand.take(step.path)
        try:
            status = os.stat(absolute)
            identity = (status.st_dev, status.st_ino)
            if step.linked and identity in step.above:
                sentence = (
                    "This link leads back to a folder that it lies in, so it is not followed."
                )
                self.fail(step.path, ErrorClass.LINK_LOOP, sentence)
                return
            self.visited.add(step.path)
            self.tally.folders += 1
            above = (*step.above, identity)
            before = self.known.get(step.path)
            if before and before.mtime_ns == status.st_mtime_ns and not self.full:
                self.tally.comics += before.comic_count
                for path in self.children.get(step.path, ()):
                    yield Step(path, above, linked=False)
            else:
                for path, linked in self._list(step.path, absolute, status.st_mtime_ns):
                    yield Step(path, above, linked)
        except OSError as error:
            self.unseen.add(step.path)
            self.fail(step.path, *_explain(error))

    def _list(self, path: bytes, absolute: bytes, mtime_ns: int) -> list[tuple[bytes, bool]]:
        """Read one folder into the batch; answers its sub-folders, the last by name first."""
        listed_at = time.time_ns()
        prefix = path + b"/" if path else b""
        earlier_failures = len(self.batch.failures)
        below: list[tuple[bytes, bool]] = []
        found: list[tuple[bytes, os.stat_result]] = []
        series_file = b""
        with os.scandir(absolute) as entries:
            for entry in entries:
                name = entry.name
                if entry.is_dir():
                    if self._skips(name, prefix):
                        self.tally.ignored_folders += 1
                    else:
                        below.append((prefix + name, entry.is_symlink()))
                elif name[name.rfind(b".") :].lower() in COMIC_SUFFIXES:
                    if self._skips(name, prefix):
                        self.tally.ignored_comics += 1
                    elif status := self._status(entry, prefix):
                        found.append((name, status))
                elif name == b"series.json":
                    series_file = entry.path
                elif entry.is_symlink():
                    self._status(entry, prefix)
        trusted = listed_at - mtime_ns > TRUSTED_AFTER_NS
        listing = self._listing(path, mtime_ns if trusted else None, _in_order(found))
        if series_file and found:
            self._read_series_json(listing, series_file)
        self._note_mended(path, self.batch.failures[earlier_failures:])
        self.tally.comics += len(found)
        self.batch.comics += len(found)
        self.batch.listings.append(listing)
        return sorted(below, reverse=True)

    def _status(self, entry: os.DirEntry[bytes], prefix: bytes) -> os.stat_result | None:
        try:
            return entry.stat()
        except OSError as error:
            if isinstance(error, FileNotFoundError) and entry.is_symlink():
                self.fail(
                    prefix + entry.name, ErrorClass.BROKEN_LINK, "This link points to nothing."
                )
            else:
                self.fail(prefix + entry.name, *_explain(error))
            return None

    def _read_series_json(self, listing: Listing, file: bytes) -> None:
        path = os.path.join(listing.path, b"series.json")
        self.held.in_hand.take(path)
        try:
            listing.series_json = series_json.read(file)
        except series_json.SeriesJsonError as error:
            self.fail(path, error.error_class, str(error))

    def _note_mended(self, path: bytes, failures: list[Failure]) -> None:
        """Take down which of the folder's errors from before did not come again."""
        again = {failure.path for failure in failures}
        self.batch.mended += [
            error for where, error in self.errors_in.get(path, ()) if where not in again
        ]

    def _listing(self, path: bytes, mtime_ns: int | None, files: list[FoundFile]) -> Listing:
        """A folder's listing, with the series' names as its path tells them."""
        parts = path.decode("utf-8", "replace").split("/") if path else []
        name = parts[-1] if parts else self.library.name
        return Listing(
            path,
            mtime_ns,
            name=name,
            sort_name=natural_key(ARTICLE.sub("", name)),
            year=int(years[-1]) if (years := YEAR.findall(name)) else None,
            category=parts[0] if len(parts) > 1 else "",
            subcategory=" / ".join(parts[1:-1]),
            files=files,
        )

    def _skips(self, name: bytes, prefix: bytes) -> bool:
        if name.startswith(b".") or name in SKIPPED_NAMES:
            return True
        if self.ignored is None:
            return False
        text = name.decode("utf-8", "replace")
        whole = prefix.decode("utf-8", "replace") + text
        return bool(self.ignored(text) or self.ignored(whole))


def discover(held: shard.Shard) -> None:
    """Walk the library, deal with what is gone, and end the shard."""
    walk = Walk(held)
    known = sum(folder.comic_count for folder in walk.known.values())
    try:
        device = os.stat(held.root).st_dev
        os.scandir(held.root).close()
    except OSError as error:
        losses.root_unreadable(held, _explain(error)[1], known)
        return
    if walk.full:
        with held.transaction() as connection:
            worklists.put_back_failed(connection, held.claim.library_id)
    walk.run()
    gone = [
        folder.id
        for path, folder in walk.known.items()
        if folder.comic_count and path not in walk.visited and not _lies_below(path, walk.unseen)
    ]
    same_device = walk.library.root_device in (None, device)
    loss = losses.of(walk.lost, gone, known, walk.tally.comics, same_device)
    losses.settle(held, loss, device)


def _in_order(found: list[tuple[bytes, os.stat_result]]) -> list[FoundFile]:
    """A folder's comics in the natural order of their names."""
    keys = natural_keys([name.decode("utf-8", "replace") for name, _ in found])
    files = [
        FoundFile(name, key, status.st_size, status.st_mtime_ns)
        for (name, status), key in zip(found, keys, strict=True)
    ]
    files.sort(key=itemgetter(1))
    return files


def _children(known: dict[bytes, KnownFolder]) -> dict[bytes, list[bytes]]:
    children: dict[bytes, list[bytes]] = {}
    for path in sorted(known, reverse=True):
        if path:
            children.setdefault(path.rpartition(b"/")[0], []).append(path)
    return children


def _by_folder(open_errors: list[errors.ItemError]) -> dict[bytes, list[tuple[bytes, int]]]:
    """The open errors that listing a folder may show to be mended: its own, and its files'."""
    by_folder: dict[bytes, list[tuple[bytes, int]]] = {}
    for error in open_errors:
        for folder in {error.path, error.path.rpartition(b"/")[0]}:
            by_folder.setdefault(folder, []).append((error.path, error.id))
    return by_folder


def _matcher(patterns: tuple[str, ...]) -> Callable[[str], object] | None:
    if not patterns:
        return None
    return re.compile("|".join(map(translate, patterns)), re.IGNORECASE).match


def _lies_below(path: bytes, folders_above: set[bytes]) -> bool:
    """Whether a path is one of some folders or lies below one."""
    while path not in folders_above:
        if not path:
            return False
        path = path.rpartition(b"/")[0]
    return True


def _explain(error: OSError) -> tuple[ErrorClass, str]:
    match error:
        case FileNotFoundError() | NotADirectoryError():
            return ErrorClass.VANISHED, "It went away while the library was being looked at."
        case PermissionError():
            return ErrorClass.DENIED, "Longbox may not read it."
        case _:
            reason = error.strerror or "unknown fault"
            return ErrorClass.DAMAGED, f"The disk could not read it: {reason}."


if __name__ == "__main__":
    shard.run(discover)
