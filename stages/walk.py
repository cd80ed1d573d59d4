"""The walk over a library's folders: what is on the disk, without a word to the database.

A program of its own (`python -m stages.walk`), started by the discover stage, which writes down
what it finds: the disk is read while the database is written. It gets its order on standard input
and answers on standard output; both speak `marshal`, each message behind its length. It ends when
nobody reads its answers.
"""

from __future__ import annotations

import marshal
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from stat import S_ISREG
from typing import IO, Any, NamedTuple

from db.in_hand import InHand, NotKept
from db.states import ErrorClass
from stages import jail, series_json
from stages.formats import COMIC_SUFFIXES, FormatError, artwork_names
from stages.formats.container import COMPRESSED_SUFFIXES, has_comic_name
from stages.formats.entry_names import is_page_name
from stages.formats.errors import from_os_error
from stages.formats.folder_comic import is_comic
from stages.formats.natural import natural_keys
from stages.formats.volumes import later_parts
from stages.passed_over import fitting, passed_over

FIRST_REPORT = 500  # comics; small, so that something is on the page at once
REPORT = 3_000  # comics; written in about 50 ms
REPORT_FOLDERS = 2_000
REPORT_SECONDS = 2.0
SWIFT = 0.05  # seconds; a folder that takes less to list is not worth naming
TRUSTED_AFTER_NS = 2_000_000_000  # a younger time stamp may not tell of the next change

Found = tuple[bytes, int, int]  # name, size, mtime_ns
File = tuple[bytes, str, int, int]  # name, natural key, size, mtime_ns
Picture = tuple[bytes, str, bytes, int, int]  # name, role, its comic's name, size, mtime_ns


@dataclass(frozen=True, slots=True)
class Order:
    """What to walk. `known` has the folders of the last scan that a quick one need not list while
    their time stamps are the same: path → (mtime_ns or None, comics in it)."""

    root: bytes
    shard_id: int | None  # None of a walk that is no job's
    full: bool
    ignore_patterns: tuple[str, ...]
    known: dict[bytes, tuple[int | None, int]]
    avoid: tuple[bytes, ...]  # folders that a walk died of
    loose_folders: bool = False  # whether a folder of loose pictures is a comic
    starts: tuple[bytes, ...] = (b"",)  # the folders to walk; b"" is all there is
    passed_over: tuple[str, ...] = ()  # patterns of names of which this walk says nothing
    most_folders: int | None = None  # that are listed; those beyond are left
    pictures: bool = True  # whether the pictures beside comics are looked at


@dataclass(slots=True)
class Report:
    """What was found since the last report; the counters are those of the whole walk.

    `listings` holds (path, mtime_ns or None when it is not to be trusted, sub-folders, files in
    natural order, pictures whose names say what they are, what the series.json says). Paths are
    below the root. `unseen` are folders that could not be looked at, so that nothing is known of
    what lies below them; `left` are folders and comics that this walk was told to leave;
    `slow` folders that took long, with the seconds.
    """

    listings: list[
        tuple[bytes, int | None, list[bytes], list[File], list[Picture], dict[str, Any]]
    ] = field(default_factory=list)
    failures: list[tuple[bytes, str, str]] = field(default_factory=list)
    visited: list[bytes] = field(default_factory=list)
    unseen: list[bytes] = field(default_factory=list)
    left: list[bytes] = field(default_factory=list)
    slow: list[tuple[bytes, float]] = field(default_factory=list)
    comics: int = 0
    folders: int = 0
    ignored_folders: int = 0
    ignored_comics: int = 0
    last: bool = False


class Step(NamedTuple):
    """A folder to be looked at; `above` has the (device, inode) of the folders it lies in.

    `listed` says that its name was read just now; else the last scan knew it.
    """

    path: bytes
    above: tuple[tuple[int, int], ...]
    linked: bool
    listed: bool


def send(stream: IO[bytes], message: Any) -> None:
    """Write one message of plain values (marshal knows no others)."""
    content = marshal.dumps(message)
    stream.write(len(content).to_bytes(4, "little") + content)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one message; raises EOFError when the other side has ended."""
    length = stream.read(4)
    content = stream.read(int.from_bytes(length, "little"))
    if len(length) < 4 or not content:
        raise EOFError
    return marshal.loads(content)  # noqa: S302 - from a child or parent of our own


class Walk:
    """One walk over one library."""

    def __init__(self, order: Order, tell: Callable[[Report], None]) -> None:
        self.order = order
        self.tell = tell
        self.children = _children(order.known)
        self._skips = passed_over(order.ignore_patterns)
        self._is_left = fitting(order.passed_over)
        self.leaves_out = self._leaves_out if order.passed_over else self._skips
        self.listed = 0  # folders
        self.in_hand = NotKept() if order.shard_id is None else InHand(order.shard_id)
        self.report = Report(unseen=list(order.avoid))
        self.gathered = 0  # comics in the report
        self.enough = FIRST_REPORT
        self.told_at = time.monotonic()

    def run(self) -> None:
        """Walk the whole tree, reporting as it goes; raises OSError when the root is not there."""
        avoid = set(self.order.avoid)
        os.scandir(self.order.root).close()
        stack = [step for start in reversed(self.order.starts) for step in self._first(start)]
        begun = time.monotonic()
        while stack:
            step = stack.pop()
            if step.path not in avoid:
                stack.extend(self._look_at(step))
            moment = time.monotonic()
            if moment - begun > SWIFT:
                self.report.slow.append((step.path, moment - begun))
            if (
                self.gathered >= self.enough
                or len(self.report.visited) >= REPORT_FOLDERS
                or moment - self.told_at > REPORT_SECONDS
            ):
                self._tell()
                moment = time.monotonic()
            begun = moment
        self.report.last = True
        self.in_hand.close()
        self._tell()

    def _first(self, start: bytes) -> Iterator[Step]:
        """The step that a walk begins with; none where what it is in is passed over."""
        parts = start.split(b"/") if start else []
        above: list[tuple[int, int]] = []
        for depth, name in enumerate(parts):
            prefix = b"/".join(parts[:depth])
            if self._skips(name, prefix + b"/" if prefix else b""):
                return
            with suppress(OSError):  # what is not there has nothing in it
                status = os.stat(os.path.join(self.order.root, prefix))
                above.append((status.st_dev, status.st_ino))
        linked = bool(start) and os.path.islink(os.path.join(self.order.root, start))
        yield Step(start, tuple(above), linked, listed=not start)

    def _tell(self) -> None:
        told = self.report
        self.tell(told)
        self.report = Report(
            comics=told.comics,
            folders=told.folders,
            ignored_folders=told.ignored_folders,
            ignored_comics=told.ignored_comics,
        )
        self.gathered, self.enough, self.told_at = 0, REPORT, time.monotonic()

    def _fail(self, path: bytes, error_class: ErrorClass, message: str) -> None:
        self.report.failures.append((path, error_class.value, message))

    def _refused(self, path: bytes, error: OSError) -> None:
        """Take down what the system says of a folder or file."""
        refusal = from_os_error(error, os.path.join(self.order.root, path))
        self._fail(path, ErrorClass(refusal.error_class), str(refusal))

    def _look_at(self, step: Step) -> Iterator[Step]:
        """List one folder, unless its time stamp says that nothing changed in it."""
        absolute = os.path.join(self.order.root, step.path) if step.path else self.order.root
        self.in_hand.take(step.path)
        jail.next_item()
        try:
            status = os.stat(absolute)
            identity = (status.st_dev, status.st_ino)
            if step.linked and identity in step.above:
                sentence = "This link leads back to a folder that it lies in; it is not followed."
                self._fail(step.path, ErrorClass.LINK_LOOP, sentence)
                return
            above = (*step.above, identity)
            mtime_ns, comics = self.order.known.get(step.path, (None, 0))
            if mtime_ns == status.st_mtime_ns and self._trusts(step.path):
                self.report.comics += comics
                yield from self._known_below(step.path, above)
            elif self.listed == self.order.most_folders:
                self.report.left.append(step.path)
                self.report.comics += comics
                yield from self._known_below(step.path, above)
                return
            else:
                for path, linked in self._list(step.path, absolute, status.st_mtime_ns):
                    yield Step(path, above, linked, listed=True)
            self.report.visited.append(step.path)
            self.report.folders += 1
        except OSError as error:
            if isinstance(error, FileNotFoundError) and not step.listed:
                return  # gone since the last scan, which is no fault
            self.report.unseen.append(step.path)
            self._refused(step.path, error)

    def _known_below(self, path: bytes, above: tuple[tuple[int, int], ...]) -> Iterator[Step]:
        """The sub-folders of a folder that is not listed, as the last scan knew them."""
        for child in self.children.get(path, ()):
            name = os.path.basename(child)
            if not self.leaves_out(name, child[: -len(name)]):
                yield Step(child, above, linked=False, listed=False)

    def _trusts(self, path: bytes) -> bool:
        """Whether a folder whose time stamp is the same need not be listed."""
        # A sub-folder that has become a comic since then changes nothing about this one.
        may_hold_comics = self.order.loose_folders and path in self.children
        return not (self.order.full or may_hold_comics)

    def _list(self, path: bytes, absolute: bytes, mtime_ns: int) -> list[tuple[bytes, bool]]:
        """Read one folder into the report; answers its sub-folders, the last by name first."""
        listed_at = time.time_ns()
        self.listed += 1
        prefix = path + b"/" if path else b""
        earlier_failures = len(self.report.failures)
        below: list[tuple[bytes, bool]] = []
        found: list[Found] = []
        pictures: list[os.DirEntry[bytes]] = []
        series_file = b""
        with os.scandir(absolute) as entries:
            for entry in entries:
                name = entry.name
                if _is_folder(entry):
                    if self.leaves_out(name, prefix):
                        self.report.ignored_folders += 1
                    else:
                        below.append((prefix + name, entry.is_symlink()))
                elif (suffix := name[name.rfind(b".") :].lower()) in COMIC_SUFFIXES or (
                    suffix in COMPRESSED_SUFFIXES and has_comic_name(name)
                ):
                    if self.leaves_out(name, prefix):
                        self.report.ignored_comics += 1
                    elif (status := self._status(entry, prefix)) and S_ISREG(status.st_mode):
                        found.append((name, status.st_size, status.st_mtime_ns))
                elif name == b"series.json" and entry.is_file():
                    series_file = entry.path
                else:
                    if self.order.pictures and is_page_name(name):
                        pictures.append(entry)
                    if entry.is_symlink():
                        self._status(entry, prefix)
        loose = self._loose_comics(below) if self.order.loose_folders else []
        found = [*_without_later_parts(found), *loose]
        said = self._read_series_json(prefix, series_file) if series_file and found else {}
        all_well = len(self.report.failures) == earlier_failures
        all_told = self.order.pictures and not self.order.passed_over
        # Pictures that come and go in a folder within this one leave its time stamp as it is.
        settled = not loose and listed_at - mtime_ns > TRUSTED_AFTER_NS
        trusted = all_well and all_told and settled
        self.report.listings.append(
            (
                path,
                mtime_ns if trusted else None,
                [folder for folder, _linked in below],
                _in_order(found),
                self._artwork(path, pictures, found) if pictures and found else [],
                said,
            ),
        )
        self.report.comics += len(found)
        self.gathered += len(found)
        return sorted(below, reverse=True)

    def _artwork(
        self, path: bytes, pictures: list[os.DirEntry[bytes]], found: list[Found]
    ) -> list[Picture]:
        """The pictures beside comics whose names say what they are of; none is opened."""
        prefix = path + b"/" if path else b""
        folder = os.path.basename(path or self.order.root)
        comics = {artwork_names.spelling(_stem(name)): name for name, _, _ in found}
        artwork = []
        for entry in pictures:
            role = artwork_names.role_of(entry.name, comics, folder)
            if role is None or self._skips(entry.name, prefix):
                continue
            if (status := self._status(entry, prefix)) and S_ISREG(status.st_mode):
                artwork.append((entry.name, *role, status.st_size, status.st_mtime_ns))
        return artwork

    def _loose_comics(self, below: list[tuple[bytes, bool]]) -> list[Found]:
        """The folders of loose pictures among sub-folders, which are taken out of the list."""
        comics = []
        for folder, linked in list(below):
            self.in_hand.take(folder)
            measured = None if folder in self.order.avoid else self._measured(folder)
            if measured:
                below.remove((folder, linked))
                comics.append((os.path.basename(folder), *measured))
        return comics

    def _measured(self, folder: bytes) -> tuple[int, int] | None:
        """Size and time stamp of a folder of loose pictures; None for any other folder."""
        absolute = os.path.join(self.order.root, folder)
        try:
            with os.scandir(absolute) as entries:
                files = self._files_of_a_leaf(entries, folder + b"/")
            if not is_comic(entry.name for entry in files):
                return None
            statuses = [entry.stat(follow_symlinks=False) for entry in files]
            newest = max(status.st_mtime_ns for status in (os.stat(absolute), *statuses))
            return sum(status.st_size for status in statuses), newest
        except FileNotFoundError:
            return None
        except OSError:  # looking at it as at any folder says what is wrong
            self.report.unseen.append(folder)
            return None

    def _files_of_a_leaf(
        self, entries: Iterable[os.DirEntry[bytes]], prefix: bytes
    ) -> list[os.DirEntry[bytes]]:
        """The files that a comic may consist of; none of a folder with comics or sub-folders."""
        files = []
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                if has_comic_name(entry.name):
                    return []
                if is_page_name(entry.name) or entry.name.lower().endswith(b".xml"):
                    files.append(entry)
            elif _is_folder(entry) and not self._skips(entry.name, prefix):
                return []
        return files

    def _status(self, entry: os.DirEntry[bytes], prefix: bytes) -> os.stat_result | None:
        try:
            return entry.stat()
        except OSError as error:
            self._refused(prefix + entry.name, error)
            return None

    def _read_series_json(self, prefix: bytes, file: bytes) -> dict[str, Any]:
        path = prefix + b"series.json"
        self.in_hand.take(path)
        try:
            return series_json.read(file)
        except FormatError as error:
            self._fail(path, ErrorClass(error.error_class), str(error))
            return {}

    def _leaves_out(self, name: bytes, prefix: bytes) -> bool:
        """As `_skips`, and besides what this walk alone passes over, of which it says nothing."""
        if self._skips(name, prefix):
            return True
        if not self._is_left(name, prefix):
            return False
        self.report.left.append(prefix + name)
        return True


def _is_folder(entry: os.DirEntry[bytes]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link of which the system cannot say where it leads
        return False


def _without_later_parts(found: list[Found]) -> list[Found]:
    """Of an archive in several files the first alone is a comic."""
    parts = [name for name, _, _ in found if b".part" in name.lower()]
    later = later_parts(parts) if len(parts) > 1 else ()
    return [file for file in found if file[0] not in later] if later else found


def _stem(name: bytes) -> bytes:
    """A comic's name without its ending; a folder of pictures has none."""
    if not has_comic_name(name):
        return name
    stem, _, ending = name.rpartition(b".")
    return stem[:-4] if b"." + ending.lower() in COMPRESSED_SUFFIXES else stem


def _in_order(found: list[Found]) -> list[File]:
    """A folder's comics in the natural order of their names."""
    keys = natural_keys([name.decode("utf-8", "replace") for name, _, _ in found])
    files = [
        (name, key, size, mtime_ns) for (name, size, mtime_ns), key in zip(found, keys, strict=True)
    ]
    files.sort(key=lambda file: file[1])
    return files


def _children(known: dict[bytes, Any]) -> dict[bytes, list[bytes]]:
    children: dict[bytes, list[bytes]] = {}
    for path in sorted(known, reverse=True):
        if path:
            children.setdefault(path.rpartition(b"/")[0], []).append(path)
    return children


def _plain(report: Report) -> dict[str, Any]:
    return {name: getattr(report, name) for name in Report.__slots__}


def _end_with_the_stage() -> None:
    """Leave when nobody holds our standard input open any more, whatever the disk is at."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    jail.enter()
    try:
        order = Order(**receive(sys.stdin.buffer))
    except EOFError:
        return  # the stage ended before it had an order for us
    threading.Thread(target=_end_with_the_stage, daemon=True).start()
    answers = sys.stdout.buffer
    try:
        Walk(order, lambda report: send(answers, _plain(report))).run()
    except BrokenPipeError:
        os._exit(1)  # the stage has ended; nobody reads on
    except OSError as error:
        send(answers, {"root_unreadable": str(from_os_error(error))})


if __name__ == "__main__":
    main()
