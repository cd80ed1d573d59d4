"""Numbers as a 7z archive's table of contents has them, and what is said of a table that makes no
sense.

The layout is that of `7zFormat.txt` in the LZMA SDK. What the numbers mean is the business of
`seven_zip_streams` and `seven_zip_directory`.
"""

from __future__ import annotations

from typing import NoReturn

from stages.formats import limits
from stages.formats.comic import too_many_entries
from stages.formats.errors import ErrorClass, FormatError


class Reader:
    """Bytes that are taken one number after the other; nonsense raises `FormatError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, length: int) -> bytes:
        """The next bytes, all of them."""
        data = self._data[self._at : self._at + length]
        if len(data) < length:
            broken()
        self._at += length
        return data

    def rest(self) -> bytes:
        """All that is left."""
        return self._data[self._at :]

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """As many bytes as the first has ones at its upper end, and what is left of the first."""
        first = self.byte()
        extra, mask = 0, 0x80
        while first & mask:
            extra, mask = extra + 1, mask >> 1
        low = int.from_bytes(self.take(extra), "little")
        return low | (first & (mask - 1)) << 8 * extra if mask else low

    def count(self, most: int) -> int:
        """A number of things, none of which takes less than a bit."""
        value = self.number()
        if value > most or value > 8 * len(self._data):
            broken() if value <= limits.current.entries else too_many()
        return value

    def bits(self, count: int) -> list[bool]:
        """A bit for each of the things, the highest of a byte first."""
        data = self.take(-(-count // 8))
        return [bool(data[i >> 3] & 0x80 >> (i & 7)) for i in range(count)]

    def defined(self, count: int) -> list[bool]:
        """Which of the things have what follows."""
        return [True] * count if self.byte() else self.bits(count)

    def crcs(self, count: int) -> list[int | None]:
        """The CRC-32 of each of the things, None for one that has none."""
        return [
            int.from_bytes(self.take(4), "little") if is_defined else None
            for is_defined in self.defined(count)
        ]

    def expect(self, *kinds: int) -> int:
        """The kind of record that comes next, which must be one of these."""
        kind = self.number()
        if kind not in kinds:
            broken()
        return kind


def broken_error() -> FormatError:
    """The error of a table that contradicts itself."""
    return FormatError(ErrorClass.DAMAGED, "The archive's table of contents is broken.")


def broken() -> NoReturn:
    """Refuse a table that contradicts itself."""
    raise broken_error()


def too_many() -> NoReturn:
    """Refuse a table of more than the limits allow."""
    raise too_many_entries()


def strangely_packed() -> NoReturn:
    """Refuse what nothing writes, or only programs that hardly anybody has."""
    raise FormatError(
        ErrorClass.UNSUPPORTED,
        "The archive's table of contents is packed in a way that Longbox cannot unpack.",
    )
