"""The codecs of ZIP entries other than Deflate, each for a whole entry at once.

What the standard library and the Zstandard package decode is decoded here; the rest is handed to
the unpacking program as an archive of that one entry.
"""

from __future__ import annotations

import bz2
import lzma
import os
import struct
import tempfile
from collections.abc import Callable

from stages.formats.unpacker import unpack

BZIP2, LZMA, XZ, ZSTANDARD = 12, 14, 95, 93
NAMES = {
    1: "Shrink",
    **dict.fromkeys((2, 3, 4, 5), "Reduce"),
    6: "Implode",
    9: "Deflate64",
    10: "PKWARE's DCL",
    BZIP2: "BZip2",
    LZMA: "LZMA",
    ZSTANDARD: "Zstandard",
    94: "MP3",
    XZ: "XZ",
    96: "WinZip's JPEG",
    97: "WavPack",
    98: "PPMd",
}
_BY_PROGRAM = frozenset((1, 6, 9, 98))
_MEMORY = 256 << 20
"""Bytes that an entry may ask of its decoder to look back at."""


class CodecError(Exception):
    """The packed data are not what their codec makes."""


def can_decode(method: int) -> bool:
    return method in _IN_PROCESS or method in _BY_PROGRAM


def decode(method: int, flags: int, packed: bytes, size: int, crc: int) -> bytes:
    """At most `size` + 1 bytes of the entry.

    Raises `CodecError`; `FormatError` from the unpacking program; `OSError`.
    """
    if method in _BY_PROGRAM:
        return _by_program(method, flags, packed, size, crc)
    try:
        return _IN_PROCESS[method](packed, size + 1)
    except Exception as error:  # OSError from bz2, LZMAError, ZstdError, EOFError, ValueError …
        raise CodecError from error


def _bzip2(packed: bytes, most: int) -> bytes:
    return bz2.BZ2Decompressor().decompress(packed, most)


def _lzma(packed: bytes, most: int) -> bytes:
    """APPNOTE.TXT 5.8.8: version, length of the properties, the properties, the data."""
    length, properties, dictionary = struct.unpack_from("<2xHBL", packed)
    rest, lc = divmod(properties, 9)
    pb, lp = divmod(rest, 5)
    # Nobody looks back further than to the beginning, whatever dictionary the archive asks for.
    size = max(4096, min(dictionary, most))
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": size, "lc": lc, "lp": lp, "pb": pb}]
    decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters)
    return decoder.decompress(packed[4 + length :], most)


def _xz(packed: bytes, most: int) -> bytes:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY).decompress(packed, most)


def _zstandard(packed: bytes, most: int) -> bytes:
    from stages.formats.zstandard import decompressor

    return decompressor().decompress(packed, most)


def _by_program(method: int, flags: int, packed: bytes, size: int, crc: int) -> bytes:
    """Have the entry unpacked as the only one of an archive: other than in its own, nothing but
    its data can be wrong there."""
    fields = struct.pack("<HHHHHLLLHH", 63, flags & 6, method, 0, 0, crc, len(packed), size, 1, 0)
    central = b"PK\1\2" + struct.pack("<H", 63) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
    local = b"PK\3\4" + fields + b"0"
    end = struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central) + 1, len(local) + len(packed), 0)
    with tempfile.NamedTemporaryFile(prefix="longbox-", suffix=".zip") as file:
        for part in (local, packed, central + b"0", b"PK\5\6" + end):
            file.write(part)
        file.flush()
        return unpack(os.fsencode(file.name), "zip", None, 0, size + 1)


_IN_PROCESS: dict[int, Callable[[bytes, int], bytes]] = {
    BZIP2: _bzip2,
    LZMA: _lzma,
    20: _zstandard,  # the number it had at first
    ZSTANDARD: _zstandard,
    XZ: _xz,
}
