"""The files of covers: `covers/NN/ID-VERSION.jpg`, and the marker beside one that failed.

The name holds the comic's version, so a file is right for as long as it is asked for by that name.
Whoever makes covers puts them here by renaming; nothing here opens the database.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from db.settings import settings
from db.states import ErrorClass


@dataclass(frozen=True, slots=True)
class CoverFailure:
    """Why a cover could not be made; `message` is the sentence for the user."""

    error_class: ErrorClass
    message: str


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


def by_comic() -> Iterator[dict[int, list[Path]]]:
    """All files of covers, a folder of them at a time: comic's id → its files."""
    for folder in sorted(settings().covers.glob("[0-9][0-9]")):
        files: dict[int, list[Path]] = {}
        for file in folder.iterdir():
            comic_id = file.name.partition("-")[0]
            if comic_id.isascii() and comic_id.isdigit():
                files.setdefault(int(comic_id), []).append(file)
        yield files


def _folder(comic_id: int) -> Path:
    # A hundred folders: a million covers make ten thousand files in each.
    return settings().covers / f"{comic_id % 100:02d}"
