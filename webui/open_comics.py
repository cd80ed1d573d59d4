"""The comics that are being read, kept open: a page turn then costs one read of the disk.

Only ZIP archives, EPUBs among them, are opened in the web process; listing them takes no decoder.
Everything else is opened by children (`webui/page_makers.py`).
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from stages.formats import Comic, FormatError, open_comic
from stages.formats.container import container_of
from stages.formats.errors import from_os_error

MOST = 32  # comics open at once; one takes a file descriptor and some 100 kB
READ_HERE = frozenset({"zip", "epub"})

Identity = tuple[int, int, int]


class OpenComic:
    """One file as it was when it was opened.

    `sound` has the media types, by entry, of the pages whose CRC was seen to be right. `comic` is
    None for a container that is not read here.
    """

    def __init__(self, path: bytes, status: os.stat_result) -> None:
        self.identity = identity(status)
        self.status = status
        self.sound: dict[int, str] = {}
        self.readers = 0
        self._path = path
        self._lock = threading.Lock()
        self._opened = False
        self._comic: Comic | None = None

    @property
    def comic(self) -> Comic | None:
        """The comic, opened by whoever comes first; raises FormatError."""
        with self._lock:
            if not self._opened:
                if container_of(self._path) in READ_HERE:
                    self._comic = open_comic(self._path)
                self._opened = True
            return self._comic

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._comic:
                self._comic.close()


class OpenComics:
    """The comics read last, by path; one that changed on the disk is opened anew."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: OrderedDict[bytes, OpenComic] = OrderedDict()

    @contextmanager
    def borrow(self, path: bytes) -> Iterator[OpenComic]:
        """The comic at a path as it is now; it stays open within the context.

        Raises FormatError when the file is not there or cannot be looked at.
        """
        try:
            status = os.stat(path)
        except OSError as error:
            raise from_os_error(error, path) from error
        with self._lock:
            found = self._open.pop(path, None)
            if found and found.identity != identity(status):
                self._put_away(found)
                found = None
            self._open[path] = found = found or OpenComic(path, status)
            found.readers += 1
            while len(self._open) > MOST:
                self._put_away(self._open.popitem(last=False)[1])
        try:
            yield found
        except FormatError:
            self._forget(path, found)  # it may be mended the next time
            raise
        finally:
            with self._lock:
                found.readers -= 1
                if not found.readers and self._open.get(path) is not found:
                    found.close()

    def _forget(self, path: bytes, one: OpenComic) -> None:
        with self._lock:
            if self._open.get(path) is one:
                del self._open[path]

    @staticmethod
    def _put_away(one: OpenComic) -> None:
        if not one.readers:
            one.close()


def identity(status: os.stat_result) -> Identity:
    """What is another for every other file that was ever at a path."""
    return status.st_size, status.st_mtime_ns, status.st_ino
