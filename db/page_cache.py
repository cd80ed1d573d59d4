"""Pages that had to be unpacked, drawn or made smaller: `pages/NN/ID-VERSION/N[-WIDTH]`.

They can be made again, so the least recently read comics go when there are more bytes than are
meant to be. Pages that the web process reads straight from the comic's file are not kept here.
Nothing here opens the database.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from db.settings import settings
from db.states import ErrorClass

LOOKS = 16  # the part of the budget that may come in until the cache is looked at
FRESH_SECONDS = 60.0  # a comic read within this time goes only when the budget is well exceeded
IN_HAND_SECONDS = 5.0  # one that was read, or written, within this time stays


@dataclass(frozen=True, slots=True)
class PageFailure:
    """Why a page could not be made; `message` is the sentence for the user."""

    error_class: ErrorClass
    message: str


def folder(comic_id: int, version: int) -> Path:
    """Where that version's pages are, or will be."""
    return settings().pages / f"{comic_id % 100:02d}" / f"{comic_id}-{version}"


def page_file(of_comic: Path, page: int, width: int | None) -> Path:
    """A page in a comic's folder, as it is or `width` pixels wide."""
    return of_comic / (f"{page}-{width}" if width else f"{page}")


def failure(of_comic: Path, page: int, width: int | None) -> PageFailure | None:
    """What whoever unpacked the comic left in the place of a page it could not give."""
    for marked in (page_file(of_comic, page, width), page_file(of_comic, page, None)):
        try:
            said = json.loads(marked.with_name(f"{marked.name}.failed").read_bytes())
            return PageFailure(ErrorClass(said["error_class"]), str(said["message"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def touch(of_comic: Path) -> None:
    """Say that the comic is being read."""
    with suppress(OSError):
        os.utime(of_comic)


class Budget:
    """Keeps the cache to its bytes; one to a process, told of everything that is added."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._unseen: int | None = None  # bytes added since the last look; None before the first
        self._is_over = False

    def spend(self, added: int) -> None:
        """Count what was added, and make room when a good part of the budget came in."""
        with self._lock:
            if self._unseen is not None:
                self._unseen += added
                if self._unseen < settings().page_cache_bytes // LOOKS:
                    return
            self._unseen = 0
        self._is_over = not prune(settings().page_cache_bytes)

    def settle(self) -> None:
        """Make the room that could not be made while what took it was being read."""
        with self._lock:
            was_over, self._is_over = self._is_over, False
        if was_over:
            self._is_over = not prune(settings().page_cache_bytes)


def prune(budget: int) -> bool:
    """Remove the comics that were read longest ago until the others fit into `budget` bytes.

    Answers whether they do: those that are being read stay.
    """
    kept = []
    for of_comic in settings().pages.glob("??/*"):
        with suppress(OSError):
            kept.append((of_comic.stat().st_mtime, _bytes_in(of_comic), of_comic))
    used = sum(size for _read, size, _folder in kept)
    for read_at, size, of_comic in sorted(kept):
        spared = FRESH_SECONDS if used <= budget + budget // LOOKS else IN_HAND_SECONDS
        if used <= budget or time.time() - read_at < spared:
            break
        shutil.rmtree(of_comic, ignore_errors=True)
        used -= size
    return used <= budget


def _bytes_in(of_comic: Path) -> int:
    with os.scandir(of_comic) as files:
        return sum(file.stat().st_size for file in files)
