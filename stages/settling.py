"""Waits until the files in folders that have changed are still.

A file that somebody is still writing grows, or has its time stamp changed; a folder is still when
two looks at the files in it, some seconds apart, are the same, and nothing happened in between.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from db.paths import join

MOST = 1_000  # folders that are waited for each by itself
LONGEST = 3600.0  # seconds; what changes all the time is not waited for for ever

EVERYTHING = b""  # the path of the library's root

Files = frozenset[tuple[bytes, int, int]]  # name, size, mtime_ns


@dataclass(slots=True)
class Waiting:
    """A folder in which something happened: since when it waits, and when to look again."""

    since: float
    due: float
    files: Files | None = None


class Settling:
    """The folders below a root that are waited for, by their paths; `stillness` is seconds."""

    def __init__(self, root: bytes, stillness: float) -> None:
        self._root = root
        self._stillness = stillness
        self._waiting: dict[bytes, Waiting] = {}

    def touch(self, folder: bytes) -> None:
        """Say that something happened in a folder; of very many, all is waited for as one."""
        if len(self._waiting) >= MOST:
            self._waiting.clear()
            folder = EVERYTHING
        moment = time.monotonic()
        one = self._waiting.setdefault(folder, Waiting(moment, moment))
        one.due = moment + self._stillness / 2

    def still(self) -> list[bytes]:
        """The folders that are still now, which are not waited for any more.

        One within another that is waited for is not named: it is scanned with that one.
        """
        moment = time.monotonic()
        found = [path for path, one in self._waiting.items() if self._is_still(path, one, moment)]
        outer = [path for path in found if not any(map(path.startswith, self._prefixes(path)))]
        for path in found:
            del self._waiting[path]
        return outer

    def _is_still(self, path: bytes, one: Waiting, moment: float) -> bool:
        if moment - one.since > LONGEST:
            return True
        if one.due > moment or any(self._below(path)):
            return False
        before, one.files = one.files, self._files(path)
        one.due = moment + self._stillness / 2
        return one.files == before

    def _below(self, folder: bytes) -> Iterator[bytes]:
        """The folders within another that are waited for."""
        prefix = join(folder, b"")
        return (path for path in self._waiting if path != folder and path.startswith(prefix))

    def _prefixes(self, folder: bytes) -> Iterator[bytes]:
        """What the paths begin with that lie in another folder that is waited for."""
        return (join(path, b"") for path in self._waiting if path != folder)

    def _files(self, folder: bytes) -> Files:
        """The files in a folder as they are; none where there is no folder."""
        found = []
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:
                for entry in entries:
                    if not entry.is_dir():
                        status = entry.stat(follow_symlinks=False)
                        found.append((entry.name, status.st_size, status.st_mtime_ns))
        except OSError:
            return frozenset(found)
        return frozenset(found)
