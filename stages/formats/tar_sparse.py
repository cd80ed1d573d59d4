"""Files with holes in a tar archive: which stretches of them are stored, one behind the other.

GNU tar's manual, "Sparse Formats": the map stands in the header and blocks behind it (old format),
in an extended header (0.0, 0.1), or in front of the data (1.0). What it leaves out is zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from stages.formats import tar_header
from stages.formats.tar_header import BLOCK

_MOST_BLOCKS = 256  # of a map: some five thousand stretches
_PAIR = 24  # bytes of an offset and a length in the old format

NextBlock = Callable[[], bytes]


class Sparse(NamedTuple):
    """A file's whole size, and (offset, length) of each stretch that is stored."""

    size: int
    stretches: tuple[tuple[int, int], ...]

    @property
    def stored(self) -> int:
        """Bytes that are stored."""
        return sum(length for _, length in self.stretches)

    def filled(self, stored: bytes) -> bytes:
        """The file, made of what is stored of it."""
        whole, place = bytearray(self.size), 0
        for offset, length in self.stretches:
            whole[offset : offset + length] = stored[place : place + length]
            place += length
        return bytes(whole)


def of_header(header: bytes, next_block: NextBlock) -> Sparse | None:
    """The map of the old format, the rest of which `next_block` gives; None if it is nonsense."""
    numbers = _pairs(header[386:482])
    block, mark = header, 482
    for _ in range(_MOST_BLOCKS):
        if block[mark : mark + 1] in (b"\0", b""):
            return _checked(tar_header.number(header[483:495]), numbers)
        block, mark = next_block(), 504
        numbers += _pairs(block[:504])
    return None


def of_records(records: Mapping[bytes, bytes], next_block: NextBlock) -> Sparse | None:
    """The map that an extended header has, or says to be in front of the data."""
    if records.get(b"GNU.sparse.major") == b"1":
        return _checked(_number(records.get(b"GNU.sparse.realsize")), _in_front(next_block))
    told = records.get(b"GNU.sparse.map", b"").split(b",")
    return _checked(_number(records.get(b"GNU.sparse.size")), map(_number, told))


def _in_front(next_block: NextBlock) -> list[int | None]:
    """Decimal numbers, each on a line: how many stretches there are, then their places."""
    text, lines = b"", 0
    for _ in range(_MOST_BLOCKS):
        block = next_block()
        text += block
        lines += block.count(b"\n")
        count = _number(text.partition(b"\n")[0])
        if count is None or len(block) < BLOCK:
            break
        if lines > 2 * count:
            return [_number(line) for line in text.split(b"\n")[1 : 2 * count + 1]]
    return [None]


def _pairs(fields: bytes) -> list[int | None]:
    pairs = [fields[place : place + _PAIR] for place in range(0, len(fields), _PAIR)]
    halves = [half for pair in pairs if pair[0] for half in (pair[:12], pair[12:])]
    return [tar_header.number(half) if half else None for half in halves]


def _number(digits: bytes | None) -> int | None:
    return int(digits) if digits and digits.isdigit() and len(digits) < 20 else None


def _checked(size: int | None, numbers: Iterable[int | None]) -> Sparse | None:
    told = list(numbers)
    known = [number for number in told if number is not None]
    if size is None or len(known) < len(told) or len(known) % 2:
        return None
    stretches = tuple(zip(known[::2], known[1::2], strict=True))
    end = 0
    for offset, length in stretches:
        if offset < end:
            return None
        end = offset + length
    return Sparse(size, stretches) if end <= size else None
