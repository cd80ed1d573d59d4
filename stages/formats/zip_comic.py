"""A comic in a ZIP archive: unpacks single entries, bounded and checked.

Stored and deflated entries, which is nearly all there are, are read here; other codecs go through
the standard library's `zipfile`.
"""

from __future__ import annotations

import os
import struct
import zlib

from stages.formats.comic import Comic
from stages.formats.errors import ErrorClass, from_os_error
from stages.formats.zip_directory import LOCAL_HEADER, Entry, ZipDirectory

_STORED, _DEFLATED = 0, 8
_CODECS = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    12: "BZip2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}
_LOCAL_HEADER_SIZE = 30
_ENCRYPTED = 0x2041  # by password, by certificate, directory masked


class ZipComic(Comic):
    """A ZIP archive of pictures. Owns the file descriptor it is given."""

    container = "zip"

    def __init__(self, path: bytes, fd: int, file_size: int) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._path = path
        self._fd = fd
        self._file_size = file_size
        self._directory = directory = ZipDirectory(fd, file_size)
        super().__init__(directory.names, directory.sizes, directory.crcs)

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _read_entry(self, entry: int, limit: int) -> bytes:
        found = self._directory.entry(entry)
        if found.flags & _ENCRYPTED:
            raise self._encrypted(entry)
        if found.size > limit or found.packed_size > limit:
            raise self._too_large(entry, limit)
        try:
            if found.method == _STORED:
                data = self._packed(entry, found)
            elif found.method == _DEFLATED:
                data = self._inflated(entry, found)
            else:
                data = self._read_with_zipfile(entry, found)
        except OSError as error:
            raise from_os_error(error, self._path) from error
        if len(data) != found.size or zlib.crc32(data) != found.crc:
            raise self._damaged(entry)
        return data

    def _inflated(self, entry: int, found: Entry) -> bytes:
        packed = self._packed(entry, found)
        try:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, found.size + 1)
        except zlib.error as error:
            raise self._damaged(entry) from error

    def _packed(self, entry: int, found: Entry) -> bytes:
        """The entry's bytes as they stand in the file.

        The sizes come from the directory: local headers before a data descriptor have none.
        """
        header = self._at(found.offset, _LOCAL_HEADER_SIZE)
        if len(header) < _LOCAL_HEADER_SIZE or not header.startswith(LOCAL_HEADER):
            raise self._damaged(entry)
        name_length, extra_length = struct.unpack_from("<HH", header, 26)
        start = found.offset + _LOCAL_HEADER_SIZE + name_length + extra_length
        data = self._at(start, found.packed_size)
        if len(data) < found.packed_size:
            raise self._error(
                entry, ErrorClass.TRUNCATED, "is cut off. Copy or download the file again."
            )
        return data

    def _at(self, offset: int, length: int) -> bytes:
        """Bytes of the file, from what listing it has read anyway if they are in there."""
        directory = self._directory
        if offset >= directory.tail_start:
            offset -= directory.tail_start
            return directory.tail[offset : offset + length]
        if offset < 0:
            return b""
        return os.pread(self._fd, min(length, self._file_size), offset)

    def _read_with_zipfile(self, entry: int, found: Entry) -> bytes:
        import zipfile  # it takes as long to load as all of this package, and few comics need it

        codec = _CODECS.get(found.method, f"method {found.method}")
        try:
            with zipfile.ZipFile(os.fsdecode(self._path)) as archive:
                info = archive.infolist()[entry]
                with archive.open(info) as stream:
                    return stream.read(found.size + 1)
        except NotImplementedError as error:
            raise self._error(
                entry,
                ErrorClass.UNSUPPORTED,
                f"is packed with {codec}, which Longbox cannot unpack. Repack with Deflate.",
            ) from error
        except OSError as error:
            if error.errno is None:  # the codec speaks, not the disk
                raise self._damaged(entry) from error
            raise
        except Exception as error:
            # zipfile and the codecs raise BadZipFile, RuntimeError, EOFError, IndexError,
            # ValueError, struct.error, zlib.error, LZMAError and others for broken data.
            raise self._damaged(entry) from error
