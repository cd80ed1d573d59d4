"""A comic in a RAR archive, of version 1.5 to 7: `rarfile` lists it and reads what is only stored.

What is compressed is unpacked by the program that `rar_engine` finds.
"""

from __future__ import annotations

import os
import zlib

import rarfile

from stages.formats import limits
from stages.formats.comic import Comic, too_many_entries
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.rar_engine import unpack

# Comments are of no use here, and rarfile would start a program to unpack each, without a limit.
rarfile.RAR_MAX_COMMENT = -1


class RarComic(Comic):
    """A RAR archive of pictures. Holds no file open between reads."""

    container = "rar"

    def __init__(self, path: bytes) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._path = path
        self._archive = _opened(path)
        self._files = files = [info for info in self._archive.infolist() if info.is_file()]
        if not files:
            _raise_for_nothing_listed(self._archive)
        if len(files) > limits.current.entries:
            raise too_many_entries()
        super().__init__(
            [info.filename.encode("utf-8", "replace") for info in files],
            [info.file_size for info in files],
            [info.CRC or 0 for info in files],
        )

    def close(self) -> None:
        """Nothing is open."""

    def _read_entry(self, entry: int, limit: int) -> bytes:
        info = self._files[entry]
        if info.needs_password():
            raise self._encrypted(entry)
        if info.file_size > limit:
            raise self._too_large(entry, limit)
        if info.compress_type == rarfile.RAR_M0 and not info.file_redir:
            return self._read_stored(entry)
        data = unpack(self._path, info.filename, 0, info.file_size)
        if not self._is_sound(entry, data):
            # rarfile and the engine may decode an old archive's names differently; the order of
            # its entries is the same for both.
            before = sum(info.file_size for info in self._files[:entry])
            data = unpack(self._path, None, before, info.file_size)
            if not self._is_sound(entry, data):
                raise self._damaged(entry)
        return data

    def _read_stored(self, entry: int) -> bytes:
        try:
            data: bytes = self._archive.read(self._files[entry])
        except OSError as error:
            raise from_os_error(error, self._path) from error
        except Exception as error:  # as in _opened
            raise self._damaged(entry) from error
        if not self._is_sound(entry, data):
            raise self._damaged(entry)
        return data

    def _is_sound(self, entry: int, data: bytes) -> bool:
        """Whether the data are as long as listed and, where the archive keeps a CRC, have it."""
        info = self._files[entry]
        return len(data) == info.file_size and info.CRC in (None, zlib.crc32(data))


def _opened(path: bytes) -> rarfile.RarFile:
    try:
        return rarfile.RarFile(os.fsdecode(path))
    except rarfile.NeedFirstVolume as error:
        raise FormatError(
            ErrorClass.UNSUPPORTED,
            "This is a later part of an archive in several files. It is read with the first part.",
        ) from error
    except OSError:
        raise
    except Exception as error:
        # Beside its own errors rarfile lets through what its parsing meets in broken data:
        # struct.error, IndexError, UnicodeError, OverflowError and others.
        raise FormatError(
            ErrorClass.DAMAGED, "The RAR archive is broken. Replace the file with a sound copy."
        ) from error


def _raise_for_nothing_listed(archive: rarfile.RarFile) -> None:
    if archive.needs_password():
        raise FormatError(
            ErrorClass.ENCRYPTED,
            "Even the list of the archive's files needs a password. Repack the comic without one.",
        )
    if archive.strerror():
        raise FormatError(
            ErrorClass.TRUNCATED,
            "The archive ends before its first file. Copy or download it again.",
        )
