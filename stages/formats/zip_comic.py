"""A comic in a ZIP archive: unpacks single entries, bounded and checked.

Stored and deflated entries, which is nearly all there are, are read here; `zip_codecs` has the
others.
"""

from __future__ import annotations

import os
import struct
import zlib
from functools import cached_property

from stages.formats.comic import Comic, Page, needs_password, whole_pages
from stages.formats.entry_names import is_visible, sort_out
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.zip_directory import (
    ENCRYPTED,
    LOCAL_HEADER,
    LOCAL_HEADER_SIZE,
    Entry,
    ZipDirectory,
)
from stages.formats.zip_salvage import ZipSalvage

_STORED, _DEFLATED = 0, 8
_DEFLATE_OVERHEAD = 1 << 10  # bytes that deflated data may be longer than what they unpack to
_PICTURE_HEAD = 64 << 10  # bytes of an entry by which it is known as a picture
_TRIED = 5  # entries looked into for a picture where no name is that of one
_unpack_lengths = struct.Struct("<HH").unpack_from


class ZipComic(Comic):
    """A ZIP archive of pictures. Owns the file descriptor it is given."""

    container = "zip"

    def __init__(self, path: bytes, fd: int, directory: ZipDirectory | ZipSalvage) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._path = path
        self._fd = fd
        self._directory = directory
        self._comment = directory.comment
        is_encrypted = bool(directory.flags & ENCRYPTED)
        if isinstance(directory, ZipSalvage):
            self._fault = _of_salvage(directory.is_complete, 0)
        elif is_encrypted:
            self._fault = needs_password()
        super().__init__(directory.names, directory.sizes, directory.crcs)
        if isinstance(directory, ZipSalvage):
            self.complaint = _of_salvage(directory.is_complete, self.page_count)
        if is_encrypted:
            self._complain_of_passwords(
                bool(directory.entry(i).flags & ENCRYPTED) for i in range(len(self._names))
            )

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def place(self, page: Page) -> tuple[int, int] | None:
        """Where a stored page stands in the file; None for one that is packed."""
        found = self._directory.entry(page.entry)
        if found.method != _STORED or found.flags & ENCRYPTED or found.size != found.packed_size:
            return None
        try:
            return self._start(page.entry, found), found.size
        except OSError as error:
            raise from_os_error(error, self._path) from error

    def is_plain(self, page: Page) -> bool:
        """Whether the page is stored or deflated."""
        return self._directory.entry(page.entry).method in (_STORED, _DEFLATED)

    def head(self, page: Page, length: int) -> bytes:
        """The first bytes of a stored or deflated page, unverified; empty for others."""
        found = self._directory.entry(page.entry)
        if found.flags & ENCRYPTED or not self.is_plain(page):
            return b""
        try:
            start = self._start(page.entry, found)
            packed = self._at(start, min(length + _DEFLATE_OVERHEAD, found.packed_size))
            if found.method == _STORED:
                return packed[:length]
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, length)
        except OSError as error:
            raise from_os_error(error, self._path) from error
        except zlib.error as error:
            raise self._damaged(page.entry) from error

    def _sorted_out(self) -> tuple[list[int], list[int]]:
        pages, others = super()._sorted_out()
        if not pages:
            pages = self._pictures_among(others)
            others = sorted({*others} - {*pages})
        return pages, others

    def _pictures_among(self, entries: list[int]) -> list[int]:
        """Those that are pictures though no name says so, in reading order; none where the first
        few are not."""
        seen = [i for i in entries if self._sizes[i] and is_visible(self._names[i])]
        order = [seen[i] for i in sort_out([self._names[i] + b".jpg" for i in seen])[0]]
        if not any(map(self._shows_picture, order[:_TRIED])):
            return []
        return list(filter(self._shows_picture, order))

    def _shows_picture(self, entry: int) -> bool:
        from stages.formats.picture_kinds import size_of  # few comics need it

        try:
            head = self.head(Page("", self._sizes[entry], self._crcs[entry], entry), _PICTURE_HEAD)
        except FormatError:
            return False
        return size_of(head) is not None

    def _read_entry(self, entry: int, limit: int) -> bytes:
        found = self._directory.entry(entry)
        if found.flags & ENCRYPTED:
            raise self._encrypted(entry)
        if found.size > limit or found.packed_size > limit:
            raise self._too_large(entry, limit)
        try:
            data = self._unpacked(entry, found, self._packed(entry, found))
        except OSError as error:
            raise from_os_error(error, self._path) from error
        if len(data) != found.size or zlib.crc32(data) != found.crc:
            raise self._damaged(entry)
        return data

    def _unpacked(self, entry: int, found: Entry, packed: bytes) -> bytes:
        if found.method == _STORED:
            return packed
        if found.method == _DEFLATED:
            try:
                return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, found.size + 1)
            except zlib.error as error:
                raise self._damaged(entry) from error
        return self._decoded(entry, found, packed)

    def _decoded(self, entry: int, found: Entry, packed: bytes) -> bytes:
        from stages.formats import zip_codecs  # few comics need it

        if not zip_codecs.can_decode(found.method):
            codec = zip_codecs.NAMES.get(found.method, f"method {found.method}")
            raise self._error(
                entry,
                ErrorClass.UNSUPPORTED,
                f"is packed with {codec}, which Longbox cannot unpack. Repack it with Deflate.",
            )
        try:
            return zip_codecs.decode(found.method, found.flags, packed, found.size, found.crc)
        except zip_codecs.CodecError as error:
            raise self._damaged(entry) from error

    def _packed(self, entry: int, found: Entry) -> bytes:
        """The entry's bytes as they stand in the file.

        The sizes come from the directory: local headers before a data descriptor have none.
        """
        data = self._at(self._start(entry, found), found.packed_size)
        if len(data) < found.packed_size:
            raise self._cut_off(entry)
        return data

    def _start(self, entry: int, found: Entry) -> int:
        """Where the entry's data begin in the file."""
        offset = found.offset
        header = self._at(offset, LOCAL_HEADER_SIZE)
        if header[:4] != LOCAL_HEADER or len(header) < LOCAL_HEADER_SIZE:
            # What the table of contents says is wrong; the file may have it all the same.
            elsewhere = self._walked.get((found.crc, found.size))
            if elsewhere is None:
                raise self._damaged(entry)
            offset = elsewhere
            header = self._at(offset, LOCAL_HEADER_SIZE)
        name_length, extra_length = _unpack_lengths(header, 26)
        start: int = offset + LOCAL_HEADER_SIZE + name_length + extra_length
        return start

    @cached_property
    def _walked(self) -> dict[tuple[int, int], int]:
        """Where the entries' own headers are, by CRC and size."""
        salvage = ZipSalvage(self._fd, os.fstat(self._fd).st_size)
        found = map(salvage.entry, range(len(salvage.names)))
        return {(entry.crc, entry.size): entry.offset for entry in found}

    def _at(self, offset: int, length: int) -> bytes:
        """Bytes of the file, from what listing it has read anyway if they are in there."""
        directory = self._directory
        if offset >= directory.tail_start:
            offset -= directory.tail_start
            return directory.tail[offset : offset + length]
        if offset < 0:
            return b""
        return os.pread(self._fd, length, offset)


def _of_salvage(is_complete: bool, pages: int) -> FormatError:
    if is_complete:
        return FormatError(
            ErrorClass.DAMAGED,
            f"The archive's table of contents is broken: {whole_pages(pages)}.",
        )
    return FormatError(
        ErrorClass.TRUNCATED, f"The end of the archive is missing: {whole_pages(pages)}."
    )
