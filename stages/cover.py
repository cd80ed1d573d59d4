"""Makes the file of one cover from one comic, once, whoever else may be asked for it just then.

Which comic, which page and which file is the caller's to say, and so is what becomes of an error.
Nothing here knows of the database, so that a process which only draws covers stays small.
"""

from __future__ import annotations

import fcntl
import logging
import os
from pathlib import Path
from typing import IO

from stages import motion
from stages.formats import Comic, ErrorClass, FormatError, open_comic
from stages.formats.errors import from_exception
from stages.formats.metadata_file import MetadataFormat
from stages.formats.pictures import cover_jpeg

log = logging.getLogger(__name__)

PAGES_TRIED = 5  # of a comic whose cover's page is broken; not all of a hundred broken ones


def make(comic: bytes, cover: Path, page: int | None) -> bool:
    """Write the cover of the comic file; False when it is there, or being made by another process.

    `page` counts from 0; None asks the comic's own ComicInfo.xml. Raises FormatError when the comic
    gives no cover, and OSError when the cover cannot be written.
    """
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
            jpeg = motion.at_rest(comic, lambda: _jpeg(comic, page))
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


def _first_jpeg(comic: Comic, page: int) -> bytes:
    """The cover from that page or, where it is broken, from the first one that is not."""
    chosen = page if page < len(comic.pages) else 0
    others = [number for number in range(len(comic.pages)) if number != chosen]
    errors = []
    for number in [chosen, *others][:PAGES_TRIED]:
        try:
            return cover_jpeg(comic.read(comic.pages[number]))
        except FormatError as error:
            errors.append(error)
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
