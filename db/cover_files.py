"""The files of covers: `covers/NN/ID-VERSION.jpg`, and the marker beside one that failed.

The name holds the comic's version, so a file is right for as long as it is asked for by that name.
Whoever makes covers puts them here by renaming; nothing here opens the database.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from db.settings import settings
from db.states import ErrorClass

SEEN_EVERY = 3600.0  # seconds; that a cover was looked at is written down no more often


@dataclass(frozen=True, slots=True)
class CoverFailure:
    """Why a cover could not be made; `message` is the sentence for the user."""

    error_class: ErrorClass
    message: str


@dataclass(frozen=True, slots=True)
class CoverFile:
    """A file among the covers: a cover, a marker, or what a process that was killed has left.

    `seen_at` is when it was last looked at, about; `changed_at` when it came to its name.
    """

    path: Path
    comic_id: int
    version: int | None
    size: int
    seen_at: float
    changed_at: float

    @property
    def is_cover(self) -> bool:
        return self.path.suffix == ".jpg"


def took_too_long() -> CoverFailure:
    """The failure of a cover that was not done within the limit of time."""
    limit = f"{settings().cover_timeout:g} seconds"
    return CoverFailure(ErrorClass.TIMEOUT, f"Its cover was not made within {limit}.")


def cover_file(comic_id: int, version: int) -> Path:
    """Where the cover of that version of a comic is, or will be."""
    return _folder(comic_id) / f"{comic_id}-{version}.jpg"


def marker_file(comic_id: int, version: int) -> Path:
    """What stands there instead when that cover could not be made."""
    return _folder(comic_id) / f"{comic_id}-{version}.failed"


def read(comic_id: int, version: int) -> bytes:
    """A cover, for somebody who looks at it; raises OSError when it is not there."""
    with open(cover_file(comic_id, version), "rb") as file:
        if time.time() - os.fstat(file.fileno()).st_mtime > SEEN_EVERY:
            with suppress(OSError):
                os.utime(file.fileno())
        return file.read()


def call_unseen(comic_id: int, version: int) -> None:
    """Say that nobody has looked at a cover yet, so that it goes before those that were."""
    with suppress(OSError):
        os.utime(cover_file(comic_id, version), (0, 0))


def mark_failed(comic_id: int, version: int, failure: CoverFailure) -> None:
    """Leave the marker; it is complete as soon as it is seen."""
    marker = marker_file(comic_id, version)
    marker.parent.mkdir(exist_ok=True)
    draft = marker.with_suffix(f".failing-{secrets.token_hex(4)}")  # two may fail over it at once
    draft.write_text(json.dumps(asdict(failure)))
    draft.rename(marker)


def read_failure(comic_id: int, version: int) -> CoverFailure | None:
    """What the marker says; None when there is none, or none that can be read."""
    try:
        content = json.loads(marker_file(comic_id, version).read_bytes())
        return CoverFailure(ErrorClass(content["error_class"]), str(content["message"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget_failure(comic_id: int, version: int) -> None:
    """Take the marker away, because the cover is to be tried again; whoever tries says why not."""
    with suppress(OSError):
        marker_file(comic_id, version).unlink()


def rename(versions: Iterable[tuple[int, int]], comic_id: int, version: int) -> bool:
    """Give a comic the first cover there is of others `(id, version)` of the same page, unless it
    has one; answers whether it has one now."""
    cover = cover_file(comic_id, version)
    for other in versions:
        if cover.exists():
            return True
        with suppress(OSError):
            cover.parent.mkdir(exist_ok=True)
            cover_file(*other).rename(cover)
    return cover.exists()


def remove(comic_id: int, version: int) -> None:
    """Remove the cover of that version of a comic, which is to be made anew."""
    with suppress(OSError):
        cover_file(comic_id, version).unlink()


def remove_others(comic_id: int, version: int) -> None:
    """Remove what is left of a comic's other versions."""
    kept = f"{comic_id}-{version}"
    for file in _folder(comic_id).glob(f"{comic_id}-*"):
        if file.stem != kept:
            file.unlink(missing_ok=True)


def by_folder() -> Iterator[list[CoverFile]]:
    """All files among the covers, a folder of them at a time."""
    for folder in sorted(settings().covers.glob("[0-9][0-9]")):
        with os.scandir(folder) as entries:
            found = [_described(entry) for entry in entries]
        yield [one for one in found if one is not None]


def _described(entry: os.DirEntry[str]) -> CoverFile | None:
    comic_id, _, rest = entry.name.partition("-")
    version = rest.partition(".")[0]
    if not comic_id.isascii() or not comic_id.isdigit():
        return None
    try:
        status = entry.stat()
    except FileNotFoundError:
        return None
    return CoverFile(
        Path(entry.path),
        int(comic_id),
        int(version) if version.isascii() and version.isdigit() else None,
        status.st_size,
        status.st_mtime,
        status.st_ctime,
    )


def _folder(comic_id: int) -> Path:
    # A hundred folders: a million covers make ten thousand files in each.
    return settings().covers / f"{comic_id % 100:02d}"
