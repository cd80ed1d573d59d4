"""The stopwatch of a stage: how long each path is in hand, and which were slowest.

It costs some tenths of a microsecond for each path; only what is slow enough to be told costs more.
"""

from __future__ import annotations

from heapq import heappushpop

from db.slowest import Slow

MOST = 20  # of each kind that are told
SWIFT_FILE = 0.01  # seconds; what takes less is not worth naming
SWIFT_FOLDER = 0.1


class Longest:
    """The longest times of one kind of thing; what does not exceed `least` is none of them."""

    def __init__(self, swift: float, *, is_folder: bool) -> None:
        self.least = swift
        self._is_folder = is_folder
        self._heap = [swift] * MOST
        self._fresh: list[Slow] = []

    def add(self, path: bytes, seconds: float, files: int) -> None:
        heappushpop(self._heap, seconds)
        self.least = self._heap[0]
        self._fresh.append(Slow(path, seconds, self._is_folder, files))

    def told(self) -> list[Slow]:
        """Those that were added since this was asked last."""
        fresh, self._fresh = self._fresh, []
        return fresh


class Stopwatch:
    """Measures one path after another; a folder is over when a path of another one comes."""

    def __init__(self) -> None:
        self.path = b""
        self.since = 0.0  # seconds of the monotonic clock
        self._files = Longest(SWIFT_FILE, is_folder=False)
        self._folder: bytes | None = None  # with the slash behind it; None while nothing is in hand
        self._folder_since = 0.0
        self._folder_files = 0
        self._folders = Longest(SWIFT_FOLDER, is_folder=True)

    def take(self, path: bytes, moment: float) -> None:
        """The path (below the library) that is in hand from a moment on; b"" for none."""
        if moment - self.since > self._files.least and self.path:
            self._files.add(self.path, moment - self.since, 1)
        folder = path[: path.rfind(b"/") + 1] if path else None
        if folder != self._folder:
            seconds = moment - self._folder_since
            if seconds > self._folders.least and self._folder is not None:
                self._folders.add(self._folder[:-1], seconds, self._folder_files)
            self._folder, self._folder_since, self._folder_files = folder, moment, 0
        self._folder_files += 1
        self.path, self.since = path, moment

    def told(self) -> list[Slow]:
        """What was slow since this was asked last."""
        return self._files.told() + self._folders.told()
