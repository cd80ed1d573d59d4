"""What the comics have in common that a program unpacks: those in RAR and 7z archives.

The program writes one entry, or all in the archive's order, into a pipe; whose bytes are whose is
known from the sizes that the archive's directory gives, and whether they are right from its CRCs.
"""

from __future__ import annotations

import zlib
from abc import abstractmethod
from collections.abc import Iterator
from itertools import accumulate

from stages.formats import limits
from stages.formats.comic import Comic, Page
from stages.formats.errors import ErrorClass, FormatError, from_os_error
from stages.formats.unpacker import Unpacking, unpack, unpacking

_FAILURES_BORNE = 2
"""Pages in a row that are tried again on their own when the whole archive's stream went wrong."""


class ProgramComic(Comic):
    """An archive whose compressed entries a program unpacks."""

    def __init__(
        self,
        path: bytes,
        kind: str,
        names: list[str],
        sizes: list[int],
        crcs: list[int | None],
        has_data: list[bool],
    ) -> None:
        """Take 7-Zip's word for the format, and the entries as columns.

        An entry without data of its own, such as a link, is not in what the program writes when it
        unpacks all. An empty name is that of no file.

        Raises `FormatError`.
        """
        self._path = path
        self._kind = kind
        self._sums = crcs
        self._has_data = has_data
        own = [size if has else 0 for size, has in zip(sizes, has_data, strict=True)]
        self._before = [0, *accumulate(own)]
        encoded = [name.encode("utf-8", "replace") for name in names]
        super().__init__(encoded, sizes, [crc or 0 for crc in crcs])
        self._has_crcs = all(crcs[i] is not None for i in self._order)

    @abstractmethod
    def _read_plain(self, entry: int) -> bytes | None:
        """The entry without the program's help; None when that is not possible."""

    @abstractmethod
    def _refuse(self, entry: int) -> None:
        """Raise `FormatError` for an entry that cannot be read at all."""

    def unpack_all(self) -> Iterator[tuple[Page, bytes | FormatError]]:
        """All pages, or why one of them cannot be read, in the order in which they are stored."""
        if not self.is_solid:
            yield from super().unpack_all()
            return
        total = self._before[-1]
        if total > limits.current.comic_bytes:
            size, most = total / (1 << 30), limits.current.comic_bytes / (1 << 30)
            raise FormatError(
                ErrorClass.TOO_LARGE,
                f"The archive unpacks to {size:.3g} GB, and {most:.3g} GB is the limit.",
            )
        try:
            with unpacking(self._path, self._kind) as stream:
                yield from self._split(stream)
        except OSError as error:
            raise from_os_error(error, self._path) from error

    def _split(self, stream: Unpacking) -> Iterator[tuple[Page, bytes | FormatError]]:
        position = failures = 0
        for page in self._as_stored():
            entry = page.entry
            try:
                self._check(entry, limits.current.page_bytes)
                if not self._has_data[entry]:
                    data = self.read(page)
                else:
                    data = stream.read(page.size, skip=self._before[entry] - position)
                    position = self._before[entry + 1]
                    if not self._is_sound(entry, data):
                        failures += 1
                        if failures > _FAILURES_BORNE:
                            raise self._damaged(entry)
                        data = self.read(page)
                failures = 0
            except FormatError as error:
                yield page, error
            else:
                yield page, data

    def _check(self, entry: int, limit: int) -> None:
        self._refuse(entry)
        if self._sizes[entry] > limit:
            raise self._too_large(entry, limit)

    def _read_entry(self, entry: int, limit: int) -> bytes:
        self._check(entry, limit)
        try:
            data = self._read_plain(entry)
            if data is not None:
                return self._sound(entry, data)
            size = self._sizes[entry]
            if self._has_data[entry]:
                data = b""
                if b"\0" not in self._names[entry]:  # which can be no program's argument
                    data = unpack(self._path, self._kind, self._names[entry], 0, size)
                if not self._is_sound(entry, data):
                    # The program may decode an old archive's names differently, and two entries may
                    # have one name; the order of the entries is the same for all.
                    data = unpack(self._path, self._kind, None, self._before[entry], size)
        except OSError as error:
            raise from_os_error(error, self._path) from error
        return self._sound(entry, data or b"")

    def _sound(self, entry: int, data: bytes) -> bytes:
        if not self._is_sound(entry, data):
            raise self._damaged(entry)
        return data

    def _is_sound(self, entry: int, data: bytes) -> bool:
        """Whether the data are as long as listed and, where the archive keeps a CRC, have it."""
        return len(data) == self._sizes[entry] and self._sums[entry] in (None, zlib.crc32(data))
