"""The whole entries of a ZIP archive whose table of contents is missing or broken.

Each entry has a header of its own in front of its data (APPNOTE.TXT 6.3.10, section 4.3.7); these
are walked through from the beginning of the file. Where the sizes stand behind the data (4.3.9),
the data are unpacked to find their end.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from stages.formats import limits
from stages.formats.comic import too_many_entries
from stages.formats.zip_directory import (
    CENTRAL_HEADER,
    IN_ZIP64,
    LOCAL_HEADER,
    LOCAL_HEADER_SIZE,
    Entry,
    zip64_values,
)

_STUB = 1 << 20
"""Bytes in front of the first entry: the program that makes an archive unpack itself."""
_CHUNK = 1 << 20
_SIZES_BEHIND = 8
"""The flag of an entry whose sizes stand behind its data."""
_DESCRIPTOR = b"PK\7\x08"
_DEFLATED = 8
_UNPACKED_AT_MOST = 4 << 30
"""Bytes unpacked for their end alone; more is made to take time."""

# signature, flags, method, CRC, packed size, unpacked size, lengths of name and extra field
_unpack_header = struct.Struct("<4s2xHH4xLLLHH").unpack


@dataclass(frozen=True, slots=True)
class _Extent:
    """How long an entry's data turned out to be, packed and unpacked, and their CRC."""

    packed_size: int
    size: int
    crc: int


class ZipSalvage:
    """The entries found, in columns as those of `ZipDirectory`.

    `is_complete` says that the walk came to where the table of contents begins.
    """

    comment = b""
    tail = b""

    def __init__(self, fd: int, file_size: int) -> None:
        """Raise `FormatError` too_large for too many entries; `OSError` from the disk."""
        self._fd = fd
        self.tail_start = self._file_size = file_size
        self._to_unpack = _UNPACKED_AT_MOST
        self.is_complete = False
        self.flags = 0
        self.names: list[bytes] = []
        self.sizes: list[int] = []
        self.crcs: list[int] = []
        self._entries: list[Entry] = []
        for name, entry in self._walk():
            if len(self.names) == limits.current.entries:
                raise too_many_entries()
            self.flags |= entry.flags
            self.names.append(name)
            self.sizes.append(entry.size)
            self.crcs.append(entry.crc)
            self._entries.append(entry)

    def entry(self, index: int) -> Entry:
        """Everything needed to unpack one entry."""
        return self._entries[index]

    def _walk(self) -> Iterator[tuple[bytes, Entry]]:
        position = self._find(LOCAL_HEADER, 0, min(_STUB, self._file_size))
        while position is not None:
            found = self._entry_at(position)
            after = position + len(LOCAL_HEADER)
            if found is not None:
                name, entry, after = found
                yield name, entry
            head = os.pread(self._fd, len(LOCAL_HEADER), after)
            if head == CENTRAL_HEADER:
                self.is_complete = True
                return
            position = after if head == LOCAL_HEADER else self._next(after)

    def _next(self, start: int) -> int | None:
        """The next entry, behind what may stand between two; None at the table of contents."""
        position = self._find(LOCAL_HEADER, start, self._file_size)
        between = 24 if position is None else min(24, position - start)  # the longest descriptor
        if CENTRAL_HEADER in os.pread(self._fd, between + 4, start)[:-1]:
            self.is_complete = True
            return None
        return position

    def _entry_at(self, position: int) -> tuple[bytes, Entry, int] | None:
        """The entry whose header is at `position`, and where its data end; None for one that is
        not whole."""
        header = os.pread(self._fd, LOCAL_HEADER_SIZE, position)
        if len(header) < LOCAL_HEADER_SIZE:
            return None
        _, flags, method, crc, packed, size, name_length, extra_length = _unpack_header(header)
        rest = os.pread(self._fd, name_length + extra_length, position + LOCAL_HEADER_SIZE)
        start = position + LOCAL_HEADER_SIZE + len(rest)
        if IN_ZIP64 in (packed, size):
            size, packed = zip64_values(rest[name_length:], (size, packed))
        if flags & _SIZES_BEHIND and not packed:
            extent = self._extent(start, method)
            if extent is None:
                return None
            packed, size, crc = extent.packed_size, extent.size, extent.crc
        end = start + packed
        if len(rest) < name_length + extra_length or end > self._file_size:
            return None
        return rest[:name_length], Entry(flags, method, crc, packed, size, position), end

    def _extent(self, start: int, method: int) -> _Extent | None:
        return self._inflated(start) if method == _DEFLATED else self._before_descriptor(start)

    def _inflated(self, start: int) -> _Extent | None:
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        size = crc = 0
        position, packed = start, b""
        while not inflate.eof:
            if not packed:
                packed = os.pread(self._fd, _CHUNK, position)
                position += len(packed)
            if not packed or size > limits.current.page_bytes or self._to_unpack < 0:
                return None
            try:
                data = inflate.decompress(packed, _CHUNK)
            except zlib.error:
                return None
            packed = inflate.unconsumed_tail
            size += len(data)
            self._to_unpack -= len(data)
            crc = zlib.crc32(data, crc)
        packed_size = position - len(inflate.unused_data) - start
        return self._described(start + packed_size, packed_size) or _Extent(packed_size, size, crc)

    def _before_descriptor(self, start: int) -> _Extent | None:
        """Data up to the first descriptor that tells of as many bytes as stand before it."""
        stop = min(self._file_size, start + limits.current.page_bytes)
        position = self._find(_DESCRIPTOR, start, stop)
        while position is not None:
            extent = self._described(position, position - start)
            if extent is not None:
                return extent
            position = self._find(_DESCRIPTOR, position + 1, stop)
        return None

    def _described(self, position: int, packed_size: int) -> _Extent | None:
        descriptor = os.pread(self._fd, 24, position)
        if not descriptor.startswith(_DESCRIPTOR):
            descriptor = _DESCRIPTOR + descriptor
        for layout in ("<4xLLL", "<4xLQQ"):
            if len(descriptor) >= struct.calcsize(layout):
                crc, packed, size = struct.unpack_from(layout, descriptor)
                if packed == packed_size:
                    return _Extent(packed, size, crc)
        return None

    def _find(self, what: bytes, start: int, stop: int) -> int | None:
        """Where `what` next stands in the file, read piece by piece."""
        while start < stop:
            piece = os.pread(self._fd, min(_CHUNK, stop - start) + len(what) - 1, start)
            place = piece.find(what)
            if place >= 0:
                return start + place
            if len(piece) < len(what):
                return None
            start += _CHUNK
        return None
