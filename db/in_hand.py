"""The path that a shard's stage has open, kept in a small file that outlives the process.

A stage writes it before it opens anything; whoever finds the stage dead reads it and knows which
file to name. It costs no transaction, and nothing when all goes well.
"""

from __future__ import annotations

import os
from mmap import mmap
from pathlib import Path

from db.settings import settings

ROOM = 8192  # bytes of the file: two of length, a path, which Linux bounds at 4096


class InHand:
    """The writing end, held by the shard's stage.

    The file is mapped into memory: what is put there outlives a process that is killed, and costs
    no system call for each comic.
    """

    def __init__(self, shard_id: int) -> None:
        self._file = _file(shard_id)
        handle = os.open(self._file, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
        try:
            # Written, and not only given its length: a full disk is to be noticed here, where it
            # is an error, and not at a page of the map, where it is a signal.
            os.write(handle, bytes(ROOM))
            self._map = mmap(handle, ROOM)
        finally:
            os.close(handle)

    def take(self, path: bytes) -> None:
        """Write the path (below the library's root) that is about to be opened."""
        end = 2 + len(path)
        self._map[:end] = len(path).to_bytes(2, "little") + path

    def close(self) -> None:
        """Remove the file: the stage ends by itself."""
        self._map.close()
        self._file.unlink(missing_ok=True)


class NotKept:
    """In the place of `InHand` where there is no shard, and nobody reads what was open."""

    def take(self, path: bytes) -> None:
        pass

    def close(self) -> None:
        pass


def read(shard_id: int) -> bytes | None:
    """The path that was open when a shard's stage died; None when there was none."""
    try:
        content = _file(shard_id).read_bytes()
    except FileNotFoundError:
        return None
    length = int.from_bytes(content[:2], "little")
    return content[2 : 2 + length] or None


def forget_all() -> None:
    """Remove what stages that were killed have left; nobody may be at work."""
    for file in settings().run.glob("shard-*.in-hand"):
        file.unlink(missing_ok=True)


def _file(shard_id: int) -> Path:
    return settings().run / f"shard-{shard_id}.in-hand"
