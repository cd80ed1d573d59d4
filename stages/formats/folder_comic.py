"""A folder of loose pictures as one comic, and the rule that tells such a folder from others.

Only what lies in the folder itself is read: no sub-folders, no links, nothing that is no plain
file. Whether folders are comics at all is a library's option, and `stages.walk` asks here.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from stat import S_ISREG

from stages.formats import limits
from stages.formats.artwork_names import ROLES
from stages.formats.comic import Comic, sample_place
from stages.formats.entry_names import decode_name, is_page_name, sort_out
from stages.formats.errors import ErrorClass, FormatError, from_os_error

FEWEST_PAGES = 2
"""A folder with a single picture is a folder with a picture."""
ARTWORK = frozenset(word.encode() for word in ROLES if word not in ("cover", "front"))
"""Names, without what follows the dot, of pictures that people's programs put beside comics."""

_COVER = b"cover"
# A pipe with a picture's name must not make us wait, nor a link lead us elsewhere.
_OPEN_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW


def is_comic(names: Iterable[bytes]) -> bool:
    """Whether a folder with these files, and without comics and sub-folders, is a comic itself."""
    pages = 0
    for name in names:
        if is_page_name(name) and _stem(name) not in (*ARTWORK, _COVER):
            pages += 1
            if pages == FEWEST_PAGES:
                return True
    return False


class FolderComic(Comic):
    """A folder of pictures. Holds the folder open, and its files only while they are read."""

    container = "folder"
    _has_crcs = False

    def __init__(self, path: bytes, fd: int) -> None:
        """Take over the descriptor of the open folder. Raise `FormatError`; `OSError` from the
        disk."""
        self._path = path
        self._fd = fd
        names, sizes = _files(fd)
        super().__init__(names, sizes, [0] * len(names))
        for entry in range(len(names)):
            self._crcs[entry] = self._sample(entry)

    def close(self) -> None:
        """Close the folder; harmless when repeated."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of every file of the comic, pages first."""
        for entry in (*self._order, *self._others):
            if not self._names[entry].startswith(b"."):
                name = decode_name(self._names[entry])
                yield name, self._read_entry(entry, limits.current.page_bytes)

    def _sorted_out(self) -> tuple[list[int], list[int]]:
        pages, others = sort_out(self._names)
        stems = {entry: _stem(self._names[entry]) for entry in pages}
        others += [entry for entry in pages if stems[entry] in ARTWORK]
        pages = [entry for entry in pages if stems[entry] not in ARTWORK]
        if not pages:
            raise FormatError(ErrorClass.NO_PAGES, "The folder holds no pictures.")
        pages.sort(key=lambda entry: stems[entry] != _COVER)
        return pages, others

    def _sample(self, entry: int) -> int:
        """What tells two pages of one size apart without reading all of them; 0 for one that
        cannot be read now."""
        try:
            fd = self._open(entry)
            try:
                offset, length = sample_place(self._sizes[entry])
                return zlib.crc32(os.pread(fd, length, offset))
            finally:
                os.close(fd)
        except (FormatError, OSError):
            return 0

    def _read_entry(self, entry: int, limit: int) -> bytes:
        try:
            fd = self._open(entry)
            with open(fd, "rb") as file:
                data = file.read(limit + 1)
        except OSError as error:
            raise from_os_error(error) from error
        if len(data) > limit:
            raise self._too_large(entry, limit)
        return data

    def _open(self, entry: int) -> int:
        fd = os.open(self._names[entry], _OPEN_FLAGS, dir_fd=self._fd)
        if S_ISREG(os.fstat(fd).st_mode):
            return fd
        os.close(fd)
        raise self._error(entry, ErrorClass.VANISHED, "is no picture any more.")


def _files(fd: int) -> tuple[list[bytes], list[int]]:
    """Names and sizes of the plain files in a folder."""
    names, sizes = [], []
    with os.scandir(fd) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                names.append(os.fsencode(entry.name))
                sizes.append(entry.stat(follow_symlinks=False).st_size)
                if len(names) > limits.current.entries:
                    raise FormatError(
                        ErrorClass.TOO_LARGE,
                        f"The folder holds more than {limits.current.entries:,} files.",
                    )
    return names, sizes


def _stem(name: bytes) -> bytes:
    return name.rpartition(b".")[0].lower()
