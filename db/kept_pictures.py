"""The files of pictures that may stand for series and comics: `artwork/AB/SHA256.EXT`.

Each is kept once under the SHA-256 of its content, beside it `SHA256-cover.jpg`, which is what
walls show of it. Files appear by renaming and never change; nothing here opens the database.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from db.settings import settings

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/avif": "avif",
    "image/bmp": "bmp",
}
YOUNG_SECONDS = 3600.0  # a file that was used so shortly ago may be about to get its row


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept of a picture: its kind, its size in pixels and in bytes.

    `sha256` is of the content that it was made from, in hexadecimal.
    """

    sha256: str
    media_type: str
    width: int
    height: int
    size: int


def picture_file(sha256: str, media_type: str) -> Path:
    """Where a picture is kept."""
    return _folder(sha256) / f"{sha256}.{EXTENSIONS[media_type]}"


def cover_file(sha256: str) -> Path:
    """Where the small picture is that walls show of it."""
    return _folder(sha256) / f"{sha256}-cover.jpg"


def are_there(sha256: str, media_type: str) -> bool:
    """Whether a picture's files are there; nobody but a person removes them."""
    return picture_file(sha256, media_type).exists() and cover_file(sha256).exists()


def put(file: Path, content: bytes) -> None:
    """Write a file, unless it is there; it is complete as soon as it is seen."""
    if not touch(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.rename(file)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


def touch(file: Path) -> bool:
    """Say that a file is about to be used, and keep it from being pruned; False if it is not
    there."""
    try:
        os.utime(file)
    except OSError:
        return False
    return True


def by_folder() -> Iterator[dict[str, list[Path]]]:
    """All files that are not young, a folder of them at a time: SHA-256 → its files."""
    limit = time.time() - YOUNG_SECONDS
    for folder in sorted(settings().artwork.glob("??")):
        files: dict[str, list[Path]] = {}
        for file in folder.iterdir():
            with suppress(OSError):
                if file.stat().st_mtime < limit:
                    files.setdefault(file.name[:64], []).append(file)
        yield files


def _folder(sha256: str) -> Path:
    return settings().artwork / sha256[:2]
