"""A comic in an LHA archive, of header levels 0 to 2: its headers are read here, 7-Zip unpacks it.

The layout is that of the LHa for UNIX documentation, `header.doc`. Each file has a header in front
of its data, and there is no table of contents.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from stages.formats import limits
from stages.formats.entry_names import decode_name, encoding_of
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.program_comic import ProgramComic

_LONGEST_HEADER = 64 << 10
_SMALLEST_HEADER = 22
_STORED = frozenset((b"-lh0-", b"-lz4-", b"-pm0-"))
_FOLDER = b"-lhd-"
_FILE_NAME, _FOLDER_NAME = 1, 2  # kinds of extended headers

# Method, packed size, size, level.
_unpack_start = struct.Struct("<2x5sLL4xxB").unpack_from


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive; `packed` bytes of data stand at `offset`."""

    name: bytes
    method: bytes
    size: int
    packed: int
    offset: int
    crc: int  # CRC-16


class LhaComic(ProgramComic):
    """An LHA archive of pictures. Owns the file descriptor it is given."""

    container = "lha"

    def __init__(self, path: bytes, fd: int) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._fd = fd
        file_size = os.lseek(fd, 0, os.SEEK_END)
        self._entries = entries = list(_entries(fd, file_size))
        encoding = encoding_of([entry.name for entry in entries])
        super().__init__(
            path,
            "lzh",
            [decode_name(entry.name, encoding) for entry in entries],
            [entry.size for entry in entries],
            [entry.crc for entry in entries],
            [entry.method != _FOLDER for entry in entries],
        )
        self._has_crcs = False  # sixteen bits are not what other containers have
        if entries[-1].offset + entries[-1].packed > file_size:
            self.complaint = FormatError(
                ErrorClass.TRUNCATED, "The end of the archive is missing, and its last file's."
            )

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _refuse(self, entry: int) -> None:
        """Nothing of it is encrypted."""

    def _read_plain(self, entry: int) -> bytes | None:
        found = self._entries[entry]
        if found.method not in _STORED:
            return None
        try:
            return os.pread(self._fd, found.size, found.offset)
        except OSError as error:
            raise from_os_error(error, self._path) from error

    def _is_sound(self, entry: int, data: bytes) -> bool:
        found = self._entries[entry]
        return len(data) == found.size and crc16(data) == found.crc


def _entries(fd: int, file_size: int) -> Iterator[Entry]:
    place = count = 0
    while place < file_size:
        header = os.pread(fd, _LONGEST_HEADER, place)
        if len(header) < _SMALLEST_HEADER or not header[0]:
            break
        try:
            entry = _entry(header, place)
        except (struct.error, IndexError) as error:
            if count:
                break  # the end is missing
            raise _damaged() from error
        yield entry
        count += 1
        if count > limits.current.entries:
            raise FormatError(
                ErrorClass.TOO_LARGE,
                f"The archive lists more than {limits.current.entries:,} files.",
            )
        place = entry.offset + entry.packed
    if not count:
        raise _damaged()


def _entry(header: bytes, place: int) -> Entry:
    """What the header at a place of the file says; struct.error or IndexError if it is cut off."""
    method, packed, size, level = _unpack_start(header)
    if level == 2:
        (start,) = struct.unpack_from("<H", header)
        (crc,) = struct.unpack_from("<H", header, 21)
        name, _length = _extended(header, 24, b"")
    else:
        start = header[0] + 2
        length = header[21]
        name = header[22 : 22 + length]
        (crc,) = struct.unpack_from("<H", header, 22 + length)
        if level == 1:  # the packed size counts the extended headers, which stand before the data
            name, more = _extended(header, start - 2, name)
            start, packed = start + more, packed - more
    if level > 2 or start < _SMALLEST_HEADER or packed < 0:
        raise _damaged()
    return Entry(name.replace(b"\xff", b"/"), method, size, packed, place + start, crc)


def _extended(header: bytes, place: int, file: bytes) -> tuple[bytes, int]:
    """The file's whole name by the extended headers, and the length of these.

    The length of the first of them stands at `place`; `file` is the name that is known already.
    """
    folder, total = b"", 0
    (length,) = struct.unpack_from("<H", header, place)
    place += 2
    while length:
        kind, value = header[place], header[place + 1 : place + length - 2]
        if kind == _FILE_NAME:
            file = value
        elif kind == _FOLDER_NAME:
            folder = value
        total += length
        place += length
        (length,) = struct.unpack_from("<H", header, place - 2)
    return folder + file, total


def _damaged() -> FormatError:
    return FormatError(ErrorClass.DAMAGED, "The archive's headers are broken.")


@cache
def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return tuple(table)


def crc16(data: bytes) -> int:
    """CRC-16/ARC, which the standard library does not have."""
    table, crc = _crc_table(), 0
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc
