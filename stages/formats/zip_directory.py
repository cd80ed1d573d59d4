"""The table of contents of a ZIP archive, read with one look at the end of the file.

The layout is PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 (central directory), 4.3.14 to 4.3.16
(its end) and 4.5.3 (zip64). Entries stand in columns and are not looked at closer than a listing
needs: an index of 60,000 archives passes through here. `zip_comic` unpacks what is listed here.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from stages.formats import limits
from stages.formats.comic import too_many_entries
from stages.formats.errors import ErrorClass, FormatError

LOCAL_HEADER = b"PK\3\4"
TAIL = 16 << 10
"""Bytes read at first: the end and the whole directory of most comics (some 100 bytes a page)."""

_CENTRAL_HEADER = b"PK\1\2"
_END = b"PK\5\6"
_END_SIZE = 22
_LONGEST_COMMENT = 0xFFFF
_LOCATOR = b"PK\6\7"
_LOCATOR_SIZE = 20
_END64 = b"PK\6\6"
_END64_SIZE = 56
_IN_ZIP64 = 0xFFFFFFFF
"""What a 32-bit field says when the value is in the zip64 extra field."""

_unpack_end = struct.Struct("<4s4xHHLLH").unpack_from
_unpack_locator = struct.Struct("<4s4xQ4x").unpack_from
_unpack_end64 = struct.Struct("<4s20xQQQQ").unpack_from
# signature, CRC, packed size, unpacked size, lengths of name, extra field and comment
_unpack_listing = struct.Struct("<4s12xLLLHHH").unpack_from
# flags, method, CRC, packed size, unpacked size, lengths of name and extra field, offset
_unpack_entry = struct.Struct("<8xHH4xLLLHH10xL").unpack_from
_HEADER_SIZE = 46


class Entry(NamedTuple):
    """Where and how one entry is stored; `offset` is its local header's place in the file."""

    flags: int
    method: int
    crc: int
    packed_size: int
    size: int
    offset: int


class ZipDirectory:
    """The entries of an archive in columns, in the order of its directory.

    `tail` holds the file's bytes from `tail_start` to its end, read on the way.
    """

    __slots__ = ("_headers", "_positions", "_shift", "crcs", "names", "sizes", "tail", "tail_start")

    def __init__(self, fd: int, file_size: int) -> None:
        """Raise `FormatError` truncated, damaged or too_large; `OSError` from the disk."""
        self.tail, self.tail_start, end = _find_end(fd, file_size)
        self._shift = end.shift
        self._headers = end.headers
        self.names: list[bytes] = []
        self._positions: list[int] = []
        self.sizes: list[int] = []
        self.crcs: list[int] = []
        self._list(end.entries)

    def entry(self, index: int) -> Entry:
        """Everything needed to unpack one entry."""
        position = self._positions[index]
        flags, method, crc, packed, size, name, extra, offset = _unpack_entry(
            self._headers, position
        )
        if _IN_ZIP64 in (size, packed, offset):
            start = position + _HEADER_SIZE + name
            size, packed, offset = _zip64_values(
                self._headers[start : start + extra], (size, packed, offset)
            )
        return Entry(flags, method, crc, packed, size, offset + self._shift)

    def _list(self, count: int) -> None:
        if count > limits.current.entries:
            raise too_many_entries()
        headers = self._headers
        names, positions, sizes, crcs = self.names, self._positions, self.sizes, self.crcs
        position, last = 0, len(headers) - _HEADER_SIZE
        while position <= last:
            signature, crc, _, size, name, extra, comment = _unpack_listing(headers, position)
            if signature != _CENTRAL_HEADER:
                break
            start = position + _HEADER_SIZE
            names.append(headers[start : start + name])
            positions.append(position)
            sizes.append(size)
            crcs.append(crc)
            position = start + name + extra + comment
        # The 16-bit count of a directory that should have been zip64 has wrapped around.
        if len(names) & 0xFFFF != count & 0xFFFF or position > len(headers):
            raise _damaged()
        if len(names) > limits.current.entries:
            raise too_many_entries()
        if _IN_ZIP64 in sizes:
            self.sizes = [
                self.entry(i).size if size == _IN_ZIP64 else size for i, size in enumerate(sizes)
            ]


class _End(NamedTuple):
    """What the end record leads to: the number of entries, their headers, and how far the offsets
    in them are off because something stands in front of the archive."""

    entries: int
    headers: bytes
    shift: int


def _find_end(fd: int, file_size: int) -> tuple[bytes, int, _End]:
    """The end of the file, where in the file it starts, and the end record's findings."""
    tail_start = max(0, file_size - TAIL)
    tail = os.pread(fd, TAIL, tail_start)
    end = _last_end(fd, tail, tail_start)
    if end is None and tail_start:
        # A comment may be longer than the tail; the zip64 records stand in front of it.
        tail_start = max(0, file_size - _LONGEST_COMMENT - TAIL)
        tail = os.pread(fd, file_size - tail_start, tail_start)
        end = _last_end(fd, tail, tail_start)
    if end is None:
        raise FormatError(
            ErrorClass.TRUNCATED,
            "The end of the archive with its table of contents is missing.",
        )
    return tail, tail_start, end


def _last_end(fd: int, tail: bytes, tail_start: int) -> _End | None:
    """The end record nearest to the end of the file that leads to a directory."""
    place = tail.rfind(_END, 0, len(tail) - _END_SIZE + len(_END))
    while place >= 0:
        end = _end_at(fd, tail, tail_start, place)
        if end is not None:
            return end
        place = tail.rfind(_END, 0, place)
    return None


def _end_at(fd: int, tail: bytes, tail_start: int, place: int) -> _End | None:
    _, _, count, size, offset, _ = _unpack_end(tail, place)
    stop = tail_start + place
    if count == 0xFFFF or _IN_ZIP64 in (size, offset):
        stop, count, size, offset = _end64(fd, stop, count, size, offset)
    if size == 0 == count:
        return _End(0, b"", 0)
    # Trust in the size survives something put in front of the archive, trust in the offset
    # something put between the directory and its end.
    for start in (stop - size, offset):
        if not 0 <= start < stop:
            continue
        if start >= tail_start:
            headers = tail[start - tail_start : stop - tail_start]
        elif os.pread(fd, 4, start) == _CENTRAL_HEADER:
            if stop - start > limits.current.directory_bytes:
                raise too_many_entries()
            headers = os.pread(fd, stop - start, start)
        else:
            continue
        if headers.startswith(_CENTRAL_HEADER):
            return _End(count, headers, start - offset)
    return None


def _end64(fd: int, stop: int, count: int, size: int, offset: int) -> tuple[int, int, int, int]:
    """Where the directory stops, its count, size and offset by the zip64 records before `stop`;
    what was given when there are none."""
    locator = os.pread(fd, _LOCATOR_SIZE, max(0, stop - _LOCATOR_SIZE))
    if not locator.startswith(_LOCATOR):
        return stop, count, size, offset
    # The locator's offset is off when something stands in front of the archive.
    for start in (_unpack_locator(locator)[1], stop - _LOCATOR_SIZE - _END64_SIZE):
        record = os.pread(fd, _END64_SIZE, start) if 0 <= start < stop else b""
        if record.startswith(_END64) and len(record) == _END64_SIZE:
            return start, *_unpack_end64(record)[2:]
    return stop, count, size, offset


def _zip64_values(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """`values` with those that do not fit 32 bits taken from the extra field's zip64 record."""
    record = _extra_record(extra, 1)
    wanted = sum(value == _IN_ZIP64 for value in values)
    if len(record) < 8 * wanted:
        return list(values)  # an entry of exactly 4 GiB - 1, or nonsense that reading will find
    wide = iter(struct.unpack_from(f"<{wanted}Q", record))
    return [next(wide) if value == _IN_ZIP64 else value for value in values]


def _extra_record(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == wanted:
            return extra[position : position + length]
        position += length
    return b""


def _damaged() -> FormatError:
    return FormatError(
        ErrorClass.DAMAGED,
        "The archive's table of contents is broken.",
    )
