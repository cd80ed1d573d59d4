"""A comic in a 7z archive: its table of contents is read here, its files are unpacked by 7-Zip.

Only what is packed with Zstandard alone, which 7-Zip does not know, is unpacked in this process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

from stages.formats.comic import Comic, Page, needs_password
from stages.formats.compressed_stream import CompressedStream
from stages.formats.errors import ErrorClass, FormatError
from stages.formats.program_comic import ProgramComic
from stages.formats.seven_zip_directory import File, read_files
from stages.formats.seven_zip_streams import Folder
from stages.formats.zstandard import decompressor

_ZSTANDARD = bytes.fromhex("04f71101")
_UNKNOWN_TO_7ZIP = {
    _ZSTANDARD: "Zstandard and a filter",
    bytes.fromhex("04f71102"): "Brotli",
    bytes.fromhex("04f71104"): "LZ4",
    bytes.fromhex("04f71105"): "LZ5",
    bytes.fromhex("04f71106"): "Lizard",
}


class SevenZipComic(ProgramComic):
    """A 7z archive of pictures. Owns the file descriptor it is given."""

    container = "7z"

    def __init__(self, path: bytes, fd: int) -> None:
        """Raise `FormatError`; `OSError` from the disk."""
        self._fd = fd
        self._lock = threading.Lock()
        self._stream: CompressedStream | None = None  # kept: pages are mostly read in order
        self._files = files = read_files(fd)
        folders = {id(file.folder): file.folder for file in files if file.folder}
        self.is_solid = any(folder.streams > 1 for folder in folders.values())
        self._by_itself = any(_is_zstandard(folder) for folder in folders.values())
        is_encrypted = any(folder.is_encrypted for folder in folders.values())
        if is_encrypted:
            self._fault = needs_password()
        super().__init__(
            path,
            "7z",
            [file.name for file in files],
            [file.size for file in files],
            [file.crc for file in files],
            [file.folder is not None for file in files],
        )
        if is_encrypted:
            self._complain_of_passwords(_is_encrypted(file) for file in files)

    def close(self) -> None:
        """Close the file; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def unpack_all(self) -> Iterator[tuple[Page, bytes | FormatError]]:
        """All pages, or why one of them cannot be read, in the order in which they are stored."""
        # 7-Zip ends at the first folder that it cannot unpack.
        return Comic.unpack_all(self) if self._by_itself else super().unpack_all()

    def _refuse(self, entry: int) -> None:
        file = self._files[entry]
        if _is_encrypted(file):
            raise self._encrypted(entry)
        for coder in file.folder.coders if file.folder and not _is_zstandard(file.folder) else ():
            if coder.codec in _UNKNOWN_TO_7ZIP:
                raise self._error(
                    entry,
                    ErrorClass.UNSUPPORTED,
                    f"is packed with {_UNKNOWN_TO_7ZIP[coder.codec]}, which Longbox cannot unpack. "
                    "Repack it with LZMA2.",
                )

    def _read_plain(self, entry: int) -> bytes | None:
        folder = self._files[entry].folder
        if folder is None or not _is_zstandard(folder):
            return None
        offset, size = self._files[entry].offset, self._sizes[entry]
        with self._lock:
            stream = self._stream
            if stream is None or stream.start != folder.offset or stream.position > offset:
                stream = CompressedStream(self._fd, decompressor, folder.offset)
                self._stream = stream
            return stream.read(offset, size)


def _is_encrypted(file: File) -> bool:
    return file.folder is not None and file.folder.is_encrypted


def _is_zstandard(folder: Folder) -> bool:
    return [coder.codec for coder in folder.coders] == [_ZSTANDARD]
