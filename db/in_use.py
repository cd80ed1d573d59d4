"""Who uses the data folder: all who have its database open together, or one who has it alone.

Together it is held by every process of Longbox, alone by whoever puts another database in its
place or packs it anew. The kernel lets go of a hold when its process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TAKEN = (
    "This data folder is being restored, packed or checked just now. Try again when that is done."
)


class InUse(RuntimeError):
    """The data folder is held in a way that leaves no room; the message says what to do."""


def hold(run: Path) -> int | None:
    """Hold the data folder together with others, until the descriptor is closed.

    None where the folder of locks cannot be used: then there is nothing to hold yet. Raises InUse
    while somebody has the folder alone.
    """
    try:
        handle = os.open(_file(run), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    if not _lock(handle, fcntl.LOCK_SH):
        os.close(handle)
        raise InUse(_TAKEN)
    return handle


@contextmanager
def together(run: Path) -> Iterator[None]:
    """Hold the data folder together with others, for the block; raises InUse as `hold`."""
    handle = hold(run)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


@contextmanager
def alone(data: Path, run: Path) -> Iterator[None]:
    """Have the data folder alone, for the block; raises InUse while anybody uses it."""
    run.mkdir(parents=True, exist_ok=True)
    handle = os.open(_file(run), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        if not _lock(handle, fcntl.LOCK_EX):
            raise InUse(f"Longbox is at work in {data}. Stop it first: all its processes.")
        yield
    finally:
        os.close(handle)


def _lock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file(run: Path) -> Path:
    return run / "in-use.lock"
