"""Worker slots: each long-lived process of the pipeline holds the lock file of its slot.

The kernel lets go of a lock when its process ends, however it ends, so a lock that is free means
that the shards of that slot have nobody. A slot is named as honcho names its processes
(`worker.1`, `covers.1`).
"""

from __future__ import annotations

import fcntl
import os
import time

from db.settings import settings

PATIENCE = 10.0  # seconds; the one before may still be on its way out


class SlotTakenError(RuntimeError):
    """Another process holds the slot; the message says what to do."""


def take(kind: str, number: int = 1) -> str:
    """Hold this process's slot until it ends, and answer the slot's name.

    `number` tells the children of one parent apart. Waits for one that is leaving; raises
    SlotTakenError.
    """
    name = os.environ.get("HONCHO_PROCESS_NAME", f"{kind}.1")
    if number > 1:
        name += f".{number}"
    handle = os.open(_file(name), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + PATIENCE
    while not _lock(handle):
        if time.monotonic() > deadline:
            raise SlotTakenError(
                f"Another Longbox process already holds the slot {name} of {settings().data}. "
                "Stop it before you start a second one."
            )
        time.sleep(0.1)
    return name


def take_if_free(name: str) -> bool:
    """Hold a slot that one process at a time may have until this one ends; False if it is held."""
    handle = os.open(_file(name), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    if _lock(handle):
        return True
    os.close(handle)
    return False


class Duty:
    """What one of several processes does until it ends, and then another one."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_ours = False

    @property
    def is_ours(self) -> bool:
        """Whether it is this process that does it, from now on."""
        self._is_ours = self._is_ours or take_if_free(self._name)
        return self._is_ours


def is_held(name: str) -> bool:
    """Whether some process of this machine holds the slot."""
    try:
        handle = os.open(_file(name), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        return not _lock(handle)
    finally:
        os.close(handle)


def any_held(kind: str) -> bool:
    """Whether any process of a kind (`worker`, `covers`) is alive on this machine."""
    return any(is_held(file.stem) for file in settings().run.glob(f"{kind}.*.lock"))


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _file(name: str) -> str:
    return str(settings().run / f"{name}.lock")
