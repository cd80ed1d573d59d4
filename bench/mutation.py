"""Mutates the bytes of archives so that readers get beyond the first look, and not much further.

Everything is drawn from the random numbers that are given: the same number makes the same file.
"""

from __future__ import annotations

import random
import re
import struct
import zlib
from collections.abc import Callable, Sequence

MANY = (1, 1, 1, 2, 2, 3, 6)  # mutations of one file
LONGEST = 300  # bytes that are inserted, deleted or copied at once

# Where the fields that lead a reader stand: behind the signatures of ZIP, RAR, 7z, tar, gzip, PDF.
_LANDMARK = re.compile(
    rb"-lh[0-7]-|PK[\x01-\x06][\x02-\x06]|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|ustar|\x1f\x8b\x08|BZh|\xfd7zXZ|"
    rb"obj\b|/Length|/Width|/Filter|startxref|stream|<spine|<item|ComicInfo|\xff[\xc0-\xef]|IHDR"
)
_FIELD = 60  # bytes behind a landmark in which its fields are
_NUMBERS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE)
_WIDTHS = ((1, "<B"), (2, "<H"), (2, ">H"), (4, "<I"), (4, ">I"), (8, "<Q"))


def mutate(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """A mutation of `data`, into which pieces of the others may be put."""
    mutated = bytearray(data)
    for _ in range(chance.choice(MANY)):
        chance.choice(_WAYS)(mutated, others, chance)
    if chance.random() < 0.5:  # else most mutations end at a checksum of the format's own
        _mend_sums(mutated)
    return bytes(mutated)


def _place(data: bytearray, chance: random.Random) -> int:
    """Anywhere, or close behind a landmark."""
    landmarks = [match.end() for match in _LANDMARK.finditer(data)]
    if landmarks and chance.random() < 0.7:
        return min(chance.choice(landmarks) + chance.randrange(_FIELD), len(data))
    return chance.randint(0, len(data))


def _flip(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(data, chance)
    if place < len(data):
        data[place] ^= 1 << chance.randrange(8)


def _set_number(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    width, layout = chance.choice(_WIDTHS)
    number = chance.choice((*_NUMBERS, len(data), chance.getrandbits(8 * width)))
    place = _place(data, chance)
    if place + width <= len(data):
        struct.pack_into(layout, data, place, number % (1 << 8 * width))


def _set_digits(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    """Another number where one is written in digits, as in tar, PDF and XML."""
    numbers = list(re.finditer(rb"\d{1,12}", data))
    if numbers:
        start, stop = chance.choice(numbers).span()
        digits = str(chance.choice((*_NUMBERS, chance.getrandbits(63)))).encode()
        width = stop - start
        data[start:stop] = digits[:width].rjust(width, b"0") if chance.random() < 0.7 else digits


def _insert(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(data, chance)
    data[place:place] = chance.randbytes(chance.randint(1, LONGEST))


def _delete(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(data, chance)
    del data[place : place + chance.randint(1, LONGEST)]


def _repeat(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(data, chance)
    data[place:place] = data[place : place + chance.randint(1, LONGEST)]


def _splice(data: bytearray, others: Sequence[bytes], chance: random.Random) -> None:
    other = chance.choice(others)
    start = chance.randint(0, len(other))
    piece = other[start : start + chance.randint(1, LONGEST)]
    place = _place(data, chance)
    data[place : place + chance.choice((0, len(piece)))] = piece


def _truncate(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    del data[chance.randint(0, len(data)) :]


def _overwrite(data: bytearray, _others: Sequence[bytes], chance: random.Random) -> None:
    place = _place(data, chance)
    length = min(chance.randint(1, 16), len(data) - place)
    data[place : place + length] = chance.randbytes(length)


_WAYS: tuple[Callable[[bytearray, Sequence[bytes], random.Random], None], ...] = (
    _flip,
    _flip,
    _set_number,
    _set_number,
    _set_number,
    _set_digits,
    _insert,
    _delete,
    _repeat,
    _splice,
    _truncate,
    _overwrite,
)


# ---- the checksums that formats keep of their own tables ----


def _mend_sums(data: bytearray) -> None:
    if data.startswith(b"7z\xbc\xaf\x27\x1c"):
        _mend_7z(data)
    elif data.startswith(b"Rar!\x1a\7\1\0"):
        _mend_rar(data)
    elif data[257:262] == b"ustar":
        _mend_tar(data)


def _mend_7z(data: bytearray) -> None:
    """7zFormat.txt: the start header has the sum of the other header, and one of itself."""
    if len(data) < 32:
        return
    offset, size = struct.unpack_from("<QQ", data, 12)
    header = data[32 + offset : 32 + offset + size]
    struct.pack_into("<L", data, 28, zlib.crc32(header))
    struct.pack_into("<L", data, 8, zlib.crc32(data[12:32]))


def _mend_rar(data: bytearray) -> None:
    """RAR 5: each block's header begins with the sum of the rest of it."""
    place = 8
    while place + 7 < len(data):
        size, start = _vint(data, place + 4)
        stop = start + size
        if stop > len(data):
            return
        struct.pack_into("<L", data, place, zlib.crc32(data[place + 4 : stop]))
        _kind, position = _vint(data, start)
        flags, position = _vint(data, position)
        if flags & 1:
            _extra, position = _vint(data, position)
        place = stop + (_vint(data, position)[0] if flags & 2 else 0)


def _vint(data: bytearray, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 63:
        value |= (data[place] & 0x7F) << shift
        shift += 7
        place += 1
        if data[place - 1] < 0x80:
            break
    return value, place


def _mend_tar(data: bytearray) -> None:
    """POSIX ustar: six octal digits, summed up with spaces in their place."""
    for place in range(0, len(data) - 511, 512):
        header = data[place : place + 512]
        if header[257:262] == b"ustar":
            header[148:156] = b" " * 8
            data[place + 148 : place + 156] = b"%06o\0 " % sum(header)
