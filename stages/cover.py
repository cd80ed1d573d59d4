"""Makes the file of one cover, from a comic or a picture of it that another program has made, once,
whoever else may be asked for it just then.

Which comic, which page and which file is the caller's to say, and so is what becomes of an error.
Nothing here knows of the database, so that a process which only draws covers stays small.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from stages import motion
from stages.formats import Comic, ErrorClass, FormatError, open_comic
from stages.formats.errors import bare, from_exception
from stages.formats.metadata_file import MetadataFormat
from stages.formats.picture_kinds import size_of
from stages.formats.pictures import cover_jpeg

log = logging.getLogger(__name__)

PAGES_TRIED = 5  # of a comic whose cover's page is broken; not all of a hundred broken ones
SMALLEST = 200  # pixels across that another program's picture needs to do for a cover
LARGEST = 4 << 20  # bytes that it may have


def make(comic: bytes, cover: Path, page: int | None) -> bool:
    """Write the cover of the comic file; False when it is there, or being made by another process.

    `page` counts from 0; None asks the comic's own ComicInfo.xml. Raises FormatError when the comic
    gives no cover, and OSError when the cover cannot be written.
    """
    return _written(cover, lambda: motion.at_rest(comic, lambda: _jpeg(comic, page)))


def make_from_picture(picture: Path, cover: Path) -> bool:
    """Write a cover from a picture of the comic; False and raising as `make`.

    A picture that is small, or not whole, is damaged: the comic itself gives a better cover.
    """
    return _written(cover, lambda: _of_picture(picture))


def _written(cover: Path, made: Callable[[], bytes]) -> bool:
    if cover.exists():
        return False
    cover.parent.mkdir(exist_ok=True)
    part = cover.with_suffix(".part")
    with open(part, "ab") as file:
        if not _ours(file, part):
            return False
        try:
            if cover.exists():
                return False
            jpeg = made()
            file.truncate(0)  # it may have been left by a process that was killed
            file.write(jpeg)
            file.flush()
            part.rename(cover)
            return True
        finally:
            part.unlink(missing_ok=True)


def _ours(file: IO[bytes], part: Path) -> bool:
    """Whether nobody else is making this cover, and nobody can until we close the file."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between our opening and locking it, another may have finished and renamed it.
        return os.path.samestat(os.fstat(file.fileno()), part.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _jpeg(comic: bytes, page: int | None) -> bytes:
    try:
        with open_comic(comic) as opened:
            return _first_jpeg(opened, _cover_page(opened) if page is None else page)
    except Exception as error:
        failure = from_exception(error, comic)
        if failure.error_class is ErrorClass.INTERNAL:
            log.exception("No cover of %s", os.fsdecode(comic))
        raise failure from error


def _of_picture(picture: Path) -> bytes:
    try:
        with picture.open("rb") as file:
            data = file.read(LARGEST + 1)
        width, _ = size_of(data) or (0, 0)
        if width < SMALLEST or len(data) > LARGEST or not _is_whole(data):
            raise FormatError(ErrorClass.DAMAGED, "It is no picture that does for a cover.")
        return cover_jpeg(data)
    except Exception as error:
        raise from_exception(error, os.fsencode(picture)) from error


def _is_whole(data: bytes) -> bool:
    """Whether a JPEG, PNG or WebP ends where such a file does."""
    if data.startswith(b"RIFF"):
        return int.from_bytes(data[4:8], "little") + 8 <= len(data)
    return data.endswith((b"\xff\xd9", b"IEND\xaeB`\x82"))


def _first_jpeg(comic: Comic, page: int) -> bytes:
    """The cover from that page or, where it is broken, from the first one that is not."""
    chosen = page if page < len(comic.pages) else 0
    others = [number for number in range(len(comic.pages)) if number != chosen]
    errors = []
    for number in [chosen, *others][:PAGES_TRIED]:
        try:
            return cover_jpeg(comic.read(comic.pages[number]))
        except FormatError as error:
            errors.append(bare(error))
    raise errors[0]


def _cover_page(comic: Comic) -> int:
    from stages.formats import comicinfo  # few covers are asked for before their comic is indexed

    try:
        for file in comic.metadata():
            if file.format is MetadataFormat.COMICINFO and isinstance(file.data, bytes):
                return comicinfo.parse(file.data).cover_page or 0
    except FormatError:
        pass
    return comic.cover_page
