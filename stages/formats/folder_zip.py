"""A folder of loose pictures as a ZIP archive, packed while it is sent: nothing is compressed,
kept or written to the disk.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from stages.formats.folder_comic import FolderComic

_UNDATED = (1980, 1, 1, 0, 0, 0)  # so that the same folder gives the same archive


def as_zip(comic: FolderComic) -> Iterator[bytes]:
    """The archive in parts of about a page; closes the comic at its end.

    Raises `FormatError` when a file cannot be read: what was sent by then is no whole archive.
    """
    sink = _Sink()
    with comic, zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for name, data in comic.files():
            archive.writestr(zipfile.ZipInfo(name, _UNDATED), data)
            yield sink.drained()
    yield sink.drained()


class _Sink(io.RawIOBase):
    """Takes what is written and gives it away; cannot be sought in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self._written += data
        return len(data)

    def drained(self) -> bytes:
        drained, self._written = bytes(self._written), bytearray()
        return drained
