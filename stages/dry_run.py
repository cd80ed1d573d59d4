"""The dry run: what a scan would add, change, move, bring back and mark missing.

Nothing is written. A program of its own (`python -m stages.dry_run`), which walks as discover does.
It gets its order as a line of JSON on standard input, which its parent holds open, and answers on
standard output with lines of JSON, each an object with one of these:

- `progress`: `{"library", "folders", "comics"}`, again and again;
- `group`: `{"change", "library", "folder", "many", "comics"}`, the comics of one folder with one
  fate, of a `moved` one as `[before, after]`; beyond `most` comics of a library none is named;
- `result`: what it comes to in one library, the last of it;
- `problem`: a sentence, in the place of a library's result;
- `end`: true, the last line.

Paths are shown, not bytes. It ends with its parent, and when nobody can read its answers any more.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from db import folders, libraries, moves, worklists
from db.engine import reading
from db.moves import Known
from db.paths import display
from db.scan_options import ScanOptions, merged
from db.settings import settings
from db.states import Change, ScanKind
from stages import foreseen, jail
from stages.foreseen import Place
from stages.inventory import Inventory
from stages.losses import Loss
from stages.walking import RootUnreadableError, walking

BATCH = 500  # folders
FAILURES_NAMED = 200
LOOKS = 0.5  # seconds between looks at whether somebody still waits

Tell = Callable[..., None]


@dataclass(slots=True)
class Walked:
    """What a walk saw, compared with what was known."""

    new: list[Place] = field(default_factory=list)
    changed: list[Place] = field(default_factory=list)
    back: list[Place] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)
    failures: list[tuple[str, str]] = field(default_factory=list)
    many_failures: int = 0
    left: int = 0


class Teller:
    """Writes answers, and knows when the last of them was."""

    def __init__(self) -> None:
        self.at = time.monotonic()
        self._lock = threading.Lock()

    def __call__(self, **answer: Any) -> None:
        with self._lock:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
            self.at = time.monotonic()

    def watch(self) -> None:
        """End the process when nobody waits for it, or when the disk does not answer."""
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        threading.Thread(target=_end_with_the_parent, daemon=True).start()
        while True:
            time.sleep(LOOKS)
            if os.fstat(sys.stdout.fileno()).st_nlink == 0:  # the file of answers was removed
                os._exit(1)
            silent = time.monotonic() - self.at
            if silent > settings().file_timeout:
                self(problem=f"The disk has not answered for {silent:.0f} seconds.")
                self(end=True)
                os._exit(1)


def _end_with_the_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def look(
    library_id: int, options: ScanOptions, starts: Sequence[bytes], most: int, tell: Tell
) -> None:
    """Tell what a scan of one library would do."""
    inventory = Inventory(library_id, starts, options.ignore)
    with reading() as connection:
        library = libraries.get(connection, library_id)
    try:
        walked = _walk(inventory, library, options, tell)
    except RootUnreadableError as error:
        tell(problem=f"{display(library.path)} cannot be looked at: {error}")
        return
    loss = _loss(inventory, library.path, walked)
    another_disk = inventory.library.root_device not in (None, os.stat(library.path).st_dev)
    reason = loss.doubt(another_disk=another_disk, confirmed=set())

    opened = 0

    def opening() -> None:
        nonlocal opened
        opened += 1
        if opened % 100 == 1:
            tell(progress=_progress(library.name, len(inventory.visited), inventory.found))

    told = foreseen.sort(library.path, library_id, walked.new, walked.changed, walked.gone, opening)
    counts = _tell_groups(library.name, told, walked.back, most, tell)
    tell(
        result={
            "library": library.name,
            **counts,
            "found": inventory.found,
            "folders": len(inventory.visited),
            "read": _to_read(library_id, options, inventory, told),
            "left": walked.left,
            "held": reason,
            "question": reason and loss.question(reason, display(library.path)),
            "failures": walked.failures,
            "many_failures": walked.many_failures,
        }
    )


def _walk(
    inventory: Inventory, library: libraries.Library, options: ScanOptions, tell: Tell
) -> Walked:
    walked = Walked()
    order = inventory.order(library.path, options, shard_id=None, avoid=())
    with walking(order) as reports:
        for report in reports:
            listings, before = inventory.take(report)
            for listing in listings:
                old = before.get(listing.path, {})
                for file in listing.files:
                    known = old.get(file.name)
                    place = Place(listing.path, file.name, file.size, file.mtime_ns)
                    if known is None:
                        walked.new.append(place)
                    elif known.missing:
                        walked.back.append(place)
                    elif (known.size, known.mtime_ns) != (file.size, file.mtime_ns):
                        walked.changed.append(place._replace(comic_id=known.comic_id))
                walked.gone.update(
                    known.comic_id for _name, known in inventory.gone_from(listing, before)
                )
            named = FAILURES_NAMED - len(walked.failures)
            walked.failures += [
                (display(path), message) for path, _class, message in report.failures[:named]
            ]
            walked.many_failures += len(report.failures)
            walked.left += len(report.left)
            tell(progress=_progress(library.name, report.folders, report.comics))
    return walked


def _loss(inventory: Inventory, root: bytes, walked: Walked) -> Loss:
    """What would be missing, as discover sees it: it asks before anything has been opened."""
    gone_folders = inventory.gone_folders()
    for start in range(0, len(gone_folders), BATCH):
        with reading() as connection:
            walked.gone.update(folders.present_ids(connection, gone_folders[start : start + BATCH]))
    with reading() as connection:
        known = moves.known(connection, walked.gone)
    found = inventory.found + (inventory.elsewhere() if os.listdir(root) else 0)
    new = Counter((place.size, place.mtime_ns) for place in walked.new)
    elsewhere = set()
    for row in known.values():
        stamp = row.size, row.mtime_ns
        if new[stamp] > 0:
            new[stamp] -= 1
            elsewhere.add(row.id)
    return Loss(sorted(walked.gone), inventory.comics_known, found, elsewhere)


def _to_read(
    library_id: int, options: ScanOptions, inventory: Inventory, told: foreseen.Sorted
) -> int:
    """How many comics the scan would open."""
    if not options.reads_comics:
        return 0
    if options.kind is ScanKind.METADATA and inventory.is_whole:
        return inventory.found
    with reading() as connection:
        waiting = worklists.unread(connection, library_id)
    waiting -= {one.id for one in told.gone}
    waiting |= {one.comic_id for one in told.changed}
    return len(waiting) + len(told.new) + len(told.moved)


def _tell_groups(
    library: str, told: foreseen.Sorted, back: Sequence[Place], most: int, tell: Tell
) -> dict[str, int]:
    """Tell what becomes of the comics, folder by folder; answers how many there are of each."""
    moved = [
        (display(one.place.folder), [_named(one, library), display(one.place.path)])
        for one in told.moved
    ]
    every: dict[Change, Iterable[tuple[str, Any]]] = {
        Change.NEW: map(_shown, told.new),
        Change.UPDATED: map(_shown, told.changed),
        Change.MOVED: moved,
        Change.BACK: map(_shown, back),
        Change.MISSING: map(_shown_gone, told.gone),
    }
    counts = {}
    for change, comics in every.items():
        counts[change.value] = 0
        for folder, group in groupby(sorted(comics), itemgetter(0)):
            names = [name for _folder, name in group]
            room = max(0, most - counts[change.value])
            counts[change.value] += len(names)
            tell(
                group={
                    "change": change,
                    "library": library,
                    "folder": folder,
                    "many": len(names),
                    "comics": names[:room],
                }
            )
    return counts


def _shown(place: Place) -> tuple[str, str]:
    return display(place.folder), display(place.name)


def _shown_gone(row: Known) -> tuple[str, str]:
    folder, _slash, name = row.path.rpartition(b"/")
    return display(folder), display(name)


def _named(move: foreseen.Move, library: str) -> str:
    """Where a comic was; in another library, with that one's name."""
    path = display(move.before)
    return path if move.library == library else f"{move.library}: {path}"


def _progress(library: str, folders_seen: int, comics: int) -> dict[str, Any]:
    return {"library": library, "folders": folders_seen, "comics": comics}


def _orders(line: str) -> Iterator[tuple[int, ScanOptions, list[bytes], int]]:
    order = json.loads(line)
    for one in order["libraries"]:
        starts = [os.fsencode(path) for path in one["folders"]]
        yield one["id"], merged(one["options"]), starts, order["most"]


def main() -> None:
    jail.enter()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; we go with it
    orders = list(_orders(sys.stdin.readline()))
    tell = Teller()
    tell.watch()
    for library_id, options, starts, most in orders:
        look(library_id, options, starts, most, tell)
    tell(end=True)


if __name__ == "__main__":
    main()
