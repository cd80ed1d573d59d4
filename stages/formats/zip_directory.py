"""The table of contents of a ZIP archive, read with one look at the end of the file.

The layout is PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 (central directory), 4.3.14 to 4.3.16
(its end), 4.5.3 (zip64) and 4.6.9 (names in Unicode). Entries stand in columns and are not looked
at closer than a listing needs: an index of 60,000 archives passes through here. `zip_comic` unpacks
what is listed here, and `zip_salvage` lists what has no directory.
"""

from __future__ import annotations

import os
import struct
import zlib
from itertools import pairwise
from typing import NamedTuple

from stages.formats import limits
from stages.formats.comic import too_many_entries
from stages.formats.errors import ErrorClass, FormatError

LOCAL_HEADER = b"PK\3\4"
LOCAL_HEADER_SIZE = 30
CENTRAL_HEADER = b"PK\1\2"
ENCRYPTED = 0x2041
"""Flags: by password, by certificate, the directory masked."""
TAIL = 16 << 10
"""Bytes read at first: the end and the whole directory of most comics (some 100 bytes a page)."""

_END = b"PK\5\6"
_END_SIZE = 22
_LONGEST_COMMENT = 0xFFFF
_LOCATOR = b"PK\6\7"
_LOCATOR_SIZE = 20
_END64 = b"PK\6\6"
_END64_SIZE = 56
IN_ZIP64 = 0xFFFFFFFF
"""What a 32-bit field says when the value is in the zip64 extra field."""

_UNICODE_PATH = 0x7075  # the extra field's record; as it stands in a file: "up"
_LINK, _LINK_BIT = 0xA, 0x20  # the kind of a file by Unix's mode, and a bit of it that few have
_UNIX = (3, 19)  # the systems that write such modes
_SUSPICIOUS = 100
"""How many times larger than its file an archive is before its entries are looked at closely."""

_unpack_end = struct.Struct("<4sH4xHLLH").unpack_from
_unpack_locator = struct.Struct("<4s4xQ4x").unpack_from
_unpack_end64 = struct.Struct("<4s20xQQQQ").unpack_from
# signature, flags, CRC, unpacked size, lengths of name, extra field and comment, the highest byte
# of the external attributes
_unpack_listing = struct.Struct("<4s4xH6xL4xLHHH7xB").unpack_from
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
    """The entries of an archive in columns, in the order of its directory; what is a link and no
    file has an empty name.

    `flags` are those that any entry has. `tail` holds the file's bytes from `tail_start` to its
    end, read on the way.
    """

    __slots__ = (
        *("_headers", "_positions", "_shift"),
        *("comment", "crcs", "flags", "names", "sizes", "tail", "tail_start"),
    )

    def __init__(self, fd: int, file_size: int) -> None:
        """Raise `FormatError` truncated, damaged, unsupported or too_large; `OSError` from the
        disk."""
        self.tail, self.tail_start, end = _find_end(fd, file_size)
        self._shift = end.shift
        self._headers = end.headers
        self.comment = end.comment
        self.names: list[bytes] = []
        self._positions: list[int] = []
        self.sizes: list[int] = []
        self.crcs: list[int] = []
        self.flags = 0
        self._list(end.entries)
        if sum(self.sizes) > _SUSPICIOUS * file_size:
            self._refuse_overlaps(file_size)
        if b"up" in end.headers:
            self._take_unicode_names()

    def entry(self, index: int) -> Entry:
        """Everything needed to unpack one entry."""
        position = self._positions[index]
        flags, method, crc, packed, size, name, extra, offset = _unpack_entry(
            self._headers, position
        )
        if IN_ZIP64 in (size, packed, offset):
            start = position + _HEADER_SIZE + name
            size, packed, offset = zip64_values(
                self._headers[start : start + extra], (size, packed, offset)
            )
        return Entry(flags, method, crc, packed, size, offset + self._shift)

    def _list(self, count: int) -> None:
        if count > limits.current.entries:
            raise too_many_entries()
        headers = self._headers
        names, positions, sizes, crcs = self.names, self._positions, self.sizes, self.crcs
        position, last = 0, len(headers) - _HEADER_SIZE
        flags = kinds = 0
        while position <= last:
            signature, flag, crc, size, name, extra, comment, kind = _unpack_listing(
                headers, position
            )
            if signature != CENTRAL_HEADER:
                break
            start = position + _HEADER_SIZE
            names.append(headers[start : start + name])
            positions.append(position)
            sizes.append(size)
            crcs.append(crc)
            flags |= flag
            kinds |= kind
            position = start + name + extra + comment
        self.flags = flags
        if len(names) != count or position != len(headers):
            self._check(count, position)
        if kinds & _LINK_BIT:
            self._forget_links()
        if IN_ZIP64 in sizes:
            self.sizes = [
                self.entry(i).size if size == IN_ZIP64 else size for i, size in enumerate(sizes)
            ]

    def _check(self, count: int, position: int) -> None:
        """Whether the listing, which came as far as `position`, is all that there should be."""
        listed = len(self.names)
        if listed > limits.current.entries:
            raise too_many_entries()
        # The 16-bit count of a directory that should have been zip64 has wrapped around; one that
        # is simply wrong does no harm where the listing ends with the directory.
        is_counted = listed & 0xFFFF == count & 0xFFFF
        if position > len(self._headers) or not (is_counted or position == len(self._headers)):
            raise FormatError(ErrorClass.DAMAGED, "The archive's table of contents is broken.")

    def _forget_links(self) -> None:
        for i, position in enumerate(self._positions):
            if self._headers[position + 41] >> 4 == _LINK and self._headers[position + 5] in _UNIX:
                self.names[i] = b""

    def _refuse_overlaps(self, file_size: int) -> None:
        """Raise `FormatError` unsupported where entries lie across each other, so that the archive
        unpacks to more than any honest one of its length could."""
        found = [self.entry(i) for i in range(len(self.names))]
        places = sorted({(one.offset, one.offset + one.packed_size) for one in found})
        inside = [place for place in places if place[1] <= file_size]
        if any(end > start for (_, end), (start, _) in pairwise(inside)):
            raise FormatError(
                ErrorClass.UNSUPPORTED,
                "The archive's entries overlap, so that it unpacks to far more than it holds.",
            )

    def _take_unicode_names(self) -> None:
        """Put the Unicode names beside which the plain ones are but a makeshift in their place."""
        for i, (name, position) in enumerate(zip(self.names, self._positions, strict=True)):
            extra, length = struct.unpack_from("<HH", self._headers, position + 28)[::-1]
            start = position + _HEADER_SIZE + length
            record = _extra_record(self._headers[start : start + extra], _UNICODE_PATH)
            if name and record[1:5] == zlib.crc32(name).to_bytes(4, "little") and record[5:]:
                self.names[i] = record[5:]


class _End(NamedTuple):
    """What the end record leads to: the number of entries, their headers, how far the offsets in
    them are off because something stands in front of the archive, and the archive's comment."""

    entries: int
    headers: bytes
    shift: int
    comment: bytes


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
    _, disk, count, size, offset, length = _unpack_end(tail, place)
    comment = tail[place + _END_SIZE : place + _END_SIZE + length] if length else b""
    stop = tail_start + place
    if count == 0xFFFF or IN_ZIP64 in (size, offset):
        stop, count, size, offset = _end64(fd, stop, count, size, offset)
    if size == 0 == count:
        return _End(0, b"", 0, comment)
    # Trust in the size survives something put in front of the archive, trust in the offset
    # something put between the directory and its end.
    for start in (stop - size, offset):
        if not 0 <= start < stop:
            continue
        if start >= tail_start:
            headers = tail[start - tail_start : stop - tail_start]
        elif os.pread(fd, 4, start) == CENTRAL_HEADER:
            if stop - start > limits.current.directory_bytes:
                raise too_many_entries()
            headers = os.pread(fd, stop - start, start)
        else:
            continue
        if headers.startswith(CENTRAL_HEADER):
            if disk not in (0, 0xFFFF):
                raise _one_of_several(disk + 1)
            return _End(count, headers, start - offset, comment)
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


def zip64_values(extra: bytes, values: tuple[int, ...]) -> list[int]:
    """`values` with those that do not fit 32 bits taken from the extra field's zip64 record."""
    record = _extra_record(extra, 1)
    wanted = sum(value == IN_ZIP64 for value in values)
    if len(record) < 8 * wanted:
        return list(values)  # an entry of exactly 4 GiB - 1, or nonsense that reading will find
    wide = iter(struct.unpack_from(f"<{wanted}Q", record))
    return [next(wide) if value == IN_ZIP64 else value for value in values]


def _extra_record(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        position += 4
        if kind == wanted:
            return extra[position : position + length]
        position += length
    return b""


def _one_of_several(parts: int) -> FormatError:
    return FormatError(
        ErrorClass.UNSUPPORTED,
        f"This is the last of {parts} files that an archive was cut into; Longbox cannot read it "
        "in parts.",
    )
