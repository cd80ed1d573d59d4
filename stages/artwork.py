"""The thumbnail stage's other work: pictures beside comics are kept, once each.

What is kept is the picture as it is or, where that is large or browsers do not show it, a smaller
JPEG; and the small one that walls show. Which series and comics show it is the database's to say.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

from db import artwork, kept_pictures, shards
from db.artwork import PictureFile
from db.engine import reading
from db.errors import Failure
from db.kept_pictures import Picture
from db.settings import settings
from db.states import ErrorClass
from stages import motion, shard
from stages.formats import ErrorClass as FormatErrorClass
from stages.formats import FormatError, limits
from stages.formats.errors import from_exception
from stages.formats.picture_kinds import BROWSERS_SHOW, UNKNOWN, page_media_type, size_of
from stages.formats.pictures import cover_jpeg
from stages.time_limit import Overdue, time_limit

BATCH = 100  # pictures
BATCH_SECONDS = 1.0  # a batch is written after this time, so that progress shows
NICENESS = 10
LARGEST = 4 << 20  # bytes of a picture that is kept as it is
BOX = (2000, 2400)  # pixels that any picture is brought to fit, and
QUALITY = 88  # of the JPEG then
HEAD = 64 << 10  # bytes in which a picture tells its kind and its size

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Batch:
    """What became of pictures since the last commit."""

    files: list[PictureFile] = field(default_factory=list)
    kept: list[tuple[PictureFile, Picture]] = field(default_factory=list)
    failed: list[tuple[PictureFile, Failure]] = field(default_factory=list)


def keep_all(held: shard.Shard) -> None:
    """Keep the pictures of the shard's library that are to be looked at, and end the shard."""
    claim = held.claim
    os.nice(max(0, NICENESS - claim.options.nice))
    after = 0
    while True:
        with reading() as connection:
            files = artwork.next_files(connection, claim.library_id, after, BATCH)
        if not files:
            break
        batch = _look_at(held, files)
        with held.transaction() as connection:
            artwork.record(connection, claim.job_id, claim.library_id, batch.kept, batch.failed)
            shards.count(
                connection,
                claim,
                done=len(batch.kept),
                failed=len(batch.failed),
                current=batch.files[-1].path,
            )
        held.stop_if_asked()
        after = batch.files[-1].id
    with held.transaction() as connection:
        shards.finish(connection, claim)


def _look_at(held: shard.Shard, files: list[PictureFile]) -> Batch:
    """Keep pictures until the batch is full, has taken long, or the stage is to stop."""
    batch = Batch()
    until = time.monotonic() + BATCH_SECONDS
    for file in files:
        held.take_in_hand(file.path)
        batch.files.append(file)
        try:
            with time_limit(settings().cover_timeout):
                batch.kept.append((file, keep(held.root + b"/" + file.path)))
        except FormatError as error:
            if error.error_class is not FormatErrorClass.CHANGING:  # that one is the next scan's
                batch.failed.append((file, _failure(file, error.error_class, str(error))))
        except Overdue:
            sentence = f"It was not read within {settings().cover_timeout:g} seconds."
            batch.failed.append((file, _failure(file, ErrorClass.TIMEOUT, sentence)))
        if held.stopping or time.monotonic() > until:
            break
    return batch


def _failure(file: PictureFile, error_class: str, sentence: str) -> Failure:
    return Failure(file.path, ErrorClass(error_class), sentence)


def keep(path: bytes) -> Picture:
    """Keep the picture at an absolute path; raises FormatError, and OSError when there is no place
    for it."""
    return motion.at_rest(path, lambda: _kept(_content(path)))


def _content(path: bytes) -> bytes:
    try:
        with open(path, "rb") as file:
            data = file.read(limits.current.page_bytes + 1)
    except Exception as error:
        raise from_exception(error, path) from error
    if len(data) > limits.current.page_bytes:
        limit = f"{limits.current.page_bytes >> 20:,} MB"
        raise FormatError(FormatErrorClass.TOO_LARGE, f"The picture has more than {limit}.")
    return data


def _kept(data: bytes) -> Picture:
    """The files of a picture, written unless they are there."""
    media_type = page_media_type(data)
    if media_type == UNKNOWN:
        empty = FormatError(FormatErrorClass.EMPTY, "The file is empty.")
        raise FormatError(FormatErrorClass.DAMAGED, "It is no picture.") if data else empty
    sha256 = hashlib.sha256(data).hexdigest()
    as_it_is = _is_handy(data, media_type)
    file = kept_pictures.picture_file(sha256, media_type if as_it_is else "image/jpeg")
    cover = kept_pictures.cover_file(sha256)
    if not kept_pictures.touch(cover):
        kept_pictures.put(cover, _made(data, (300, 450), 80))
    if not kept_pictures.touch(file):
        kept_pictures.put(file, data if as_it_is else _made(data, BOX, QUALITY))
    return _told(sha256, file)


def _is_handy(data: bytes, media_type: str) -> bool:
    """Whether a picture may be handed to browsers as it is."""
    size = size_of(data[:HEAD])
    return (
        media_type in BROWSERS_SHOW
        and len(data) <= LARGEST
        and size is not None
        and size[0] <= BOX[0]
        and size[1] <= BOX[1]
    )


def _made(data: bytes, box: tuple[int, int], quality: int) -> bytes:
    try:
        return cover_jpeg(data, box, quality)
    except Exception as error:
        failure = from_exception(error)
        if failure.error_class is FormatErrorClass.INTERNAL:
            log.exception("A picture could not be kept")
        raise failure from error


def _told(sha256: str, file: Path) -> Picture:
    with file.open("rb") as opened:
        head = opened.read(HEAD)
    width, height = size_of(head) or (0, 0)
    return Picture(sha256, page_media_type(head), width, height, file.stat().st_size)
