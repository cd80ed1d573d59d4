"""A comic in a tar archive, plain or compressed as a whole.

A tar keeps no checksums. Of a plain one, a page's content is known by a sample from its middle; a
compressed one is unpacked once to be listed, so that CRC-32s are had in passing and its fingerprint
is that of the same pages in a ZIP archive.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator

from stages.formats import limits
from stages.formats.comic import Comic, Page, sample_place, too_many_entries, whole_pages
from stages.formats.compressed_stream import CompressedStream, decoder_for
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.tar_directory import Member, TarDirectory


class _Plain:
    """The archive as it stands in the file."""

    is_broken = False

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._size = os.fstat(fd).st_size

    def read(self, offset: int, length: int) -> bytes:
        return os.pread(self._fd, length, offset) if offset < self._size else b""

    def checksum(self, offset: int, length: int) -> int | None:
        """None for data that are not all there; 0, which says nothing, for those that are."""
        return 0 if offset + length <= self._size else None


class TarComic(Comic):
    """A tar archive of pictures. Owns the file descriptor it is given."""

    container = "tar"

    def __init__(self, path: bytes, fd: int) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._path = path
        self._fd = fd
        self._make_decoder = decoder_for(os.pread(fd, 8, 0))
        self.is_solid = self._has_crcs = self._make_decoder is not None
        self._members: list[Member] = []
        crcs: list[int] = []
        fault = self._list(crcs)
        if fault is not None:
            self._fault = _complaint(fault, 0)
        names = [member.name for member in self._members]
        super().__init__(names, [member.size for member in self._members], crcs)
        if fault is not None:
            self.complaint = _complaint(fault, self.page_count)
        if not self.is_solid:
            self._sample()

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def place(self, page: Page) -> tuple[int, int] | None:
        """Where the page stands in the file; None in a compressed archive."""
        member = self._members[page.entry]
        return None if self.is_solid or member.sparse else (member.offset, member.size)

    def unpack_all(self) -> Iterator[tuple[Page, bytes | FormatError]]:
        """All pages, or why one of them cannot be read, in the order in which they are stored."""
        source = self._source()
        for page in self._as_stored():
            if self._members[page.entry].offset < getattr(source, "position", 0):
                source = self._source()  # a second name for what was unpacked before
            try:
                data = self._read_from(source, page.entry, limits.current.page_bytes)
            except FormatError as error:
                yield page, error
            else:
                yield page, data

    def _source(self) -> _Plain | CompressedStream:
        if self._make_decoder is None:
            return _Plain(self._fd)
        return CompressedStream(self._fd, self._make_decoder)

    def _list(self, crcs: list[int]) -> ErrorClass | None:
        """Fill the columns; answers what is wrong with the archive, if anything."""
        source = self._source()
        walk = TarDirectory(source)
        if not walk.begins():
            raise _no_tar(source.is_broken)
        known: dict[bytes, int] = {}
        for member in walk:
            if len(crcs) == limits.current.entries:
                raise too_many_entries()
            original = known.get(member.link) if member.link else None
            crc = None
            if original is not None:
                member = self._members[original]._replace(name=member.name)
                crc = crcs[original]
            elif not member.link:
                crc = _checksum(source, member)
                if crc is None:
                    return ErrorClass.TRUNCATED
            if crc is not None:
                known[member.name] = len(crcs)
                self._members.append(member)
                crcs.append(crc)
        if source.is_broken or walk.is_cut:
            return ErrorClass.TRUNCATED
        return ErrorClass.DAMAGED if walk.is_broken else None

    def _sample(self) -> None:
        """Put a sum over a part of its data in the place of each entry's CRC."""
        for entry, member in enumerate(self._members):
            offset, length = sample_place(member.stored)
            self._crcs[entry] = zlib.crc32(os.pread(self._fd, length, member.offset + offset))

    def _read_entry(self, entry: int, limit: int) -> bytes:
        return self._read_from(self._source(), entry, limit)

    def _read_from(self, source: _Plain | CompressedStream, entry: int, limit: int) -> bytes:
        member = self._members[entry]
        if member.size > limit:
            raise self._too_large(entry, limit)
        try:
            data = source.read(member.offset, member.stored)
        except OSError as error:
            raise from_os_error(error, self._path) from error
        if len(data) < member.stored:
            raise self._cut_off(entry)
        if member.sparse:
            data = member.sparse.filled(data)
        if self._has_crcs and zlib.crc32(data) != self._crcs[entry]:
            raise self._damaged(entry)
        return data


def _checksum(source: _Plain | CompressedStream, member: Member) -> int | None:
    """That of the file; of one with holes that is beyond the limit, that of what is stored."""
    if member.sparse is None or member.size > limits.current.page_bytes:
        return source.checksum(member.offset, member.stored)
    data = source.read(member.offset, member.stored)
    return zlib.crc32(member.sparse.filled(data)) if len(data) == member.stored else None


def _no_tar(is_broken: bool) -> FormatError:
    if is_broken:
        return FormatError(
            ErrorClass.DAMAGED, "The compressed archive is broken before its first page."
        )
    return FormatError(ErrorClass.UNSUPPORTED, "This is a compressed file, but no tar archive.")


def _complaint(fault: ErrorClass, pages: int) -> FormatError:
    if fault is ErrorClass.TRUNCATED:
        return FormatError(fault, f"The end of the archive is missing: {whole_pages(pages)}.")
    return FormatError(fault, f"Parts of the archive are broken: {whole_pages(pages)}.")
