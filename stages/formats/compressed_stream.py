"""A file compressed as a whole, by gzip, bzip2, xz, LZMA or Zstandard, unpacked piece by piece.

Nothing is kept but the piece in hand: memory is bounded whatever the file unpacks to.
"""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from typing import Protocol

from stages.formats import limits, zstandard
from stages.formats.errors import ErrorClass, FormatError

_CHUNK = 256 << 10
_FIRST = 4 << 10
"""Bytes read at first of each stream: there may be millions, of some bytes each."""
_MEMORY = 256 << 20
"""Bytes that an xz file may ask of its decoder; the strongest of the usual presets takes 65 MB."""

_MOST_TIMES = 200
"""How many times larger than its file a comic may become, once it is larger than a page may be."""


class _Decoder(Protocol):
    """What the decoders of bz2, lzma and zstd have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's decoder in the others' manner."""

    def __init__(self) -> None:
        self._decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._held_back = False

    @property
    def eof(self) -> bool:
        return self._decoder.eof

    @property
    def needs_input(self) -> bool:
        return not (self._held_back or self._decoder.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        return self._decoder.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        out = self._decoder.decompress(self._decoder.unconsumed_tail + data, max_length)
        self._held_back = len(out) == max_length
        return out


def _xz() -> _Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY)


def _lzma() -> _Decoder:
    return lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MEMORY)


_DECODERS: tuple[tuple[bytes, Callable[[], _Decoder]], ...] = (
    (b"\x1f\x8b", _Gzip),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\0", _xz),
    (b"\x5d\0\0", _lzma),
    (b"\x28\xb5\x2f\xfd", zstandard.decompressor),
)


def decoder_for(head: bytes) -> Callable[[], _Decoder] | None:
    """What makes a decoder for a file that begins so; None when it is not compressed."""
    return next((make for magic, make in _DECODERS if head.startswith(magic)), None)


class CompressedStream:
    """The unpacked bytes of an open file, forward only; several can be at one descriptor.

    `is_broken` says that the data ended before they should, or made no sense from some point on.
    """

    def __init__(self, fd: int, make: Callable[[], _Decoder], start: int = 0) -> None:
        self._fd = fd
        self._make = make
        self._decoder = make()
        self._at = self.start = start
        self._chunk = _CHUNK
        self.position = 0
        self.is_broken = False

    def read(self, offset: int, length: int) -> bytes:
        """The bytes from `offset` on, which is not before what was read last; fewer at the end.

        Raises `FormatError` too_large; `OSError` from the disk.
        """
        while self.position < offset:
            if not self._some(min(_CHUNK, offset - self.position)):
                return b""
        pieces = []
        while length > 0 and (piece := self._some(length)):
            pieces.append(piece)
            length -= len(piece)
        return b"".join(pieces)

    def checksum(self, offset: int, length: int) -> int | None:
        """The CRC-32 of so many bytes from `offset` on; None when there are fewer."""
        crc = zlib.crc32(self.read(offset, 0))
        while length > 0:
            piece = self.read(max(offset, self.position), min(_CHUNK, length))
            if not piece:
                return None
            crc = zlib.crc32(piece, crc)
            length -= len(piece)
        return crc

    def _some(self, most: int) -> bytes:
        """The next bytes, at most so many; none at the end."""
        if self.position > limits.current.comic_bytes:
            raise FormatError(
                ErrorClass.TOO_LARGE,
                f"It unpacks to more than {limits.current.comic_bytes / (1 << 30):.3g} GB.",
            )
        if self.position > max(limits.current.page_bytes, _MOST_TIMES * (self._at - self.start)):
            raise FormatError(
                ErrorClass.TOO_LARGE,
                f"It unpacks to more than {_MOST_TIMES} times its size, which no comic does.",
            )
        while not self.is_broken:
            if self._decoder.eof and not self._begin_next():
                break
            data = b""
            if self._decoder.needs_input:
                data = self._read_on()
                if not data:
                    self.is_broken = True
                    break
            try:
                piece = self._decoder.decompress(data, most)
            except Exception:  # zlib.error, OSError, LZMAError, ZstdError, EOFError …
                self.is_broken = True
                break
            if piece:
                self.position += len(piece)
                return piece
        return b""

    def _begin_next(self) -> bool:
        """Go on with the stream that follows the one that ended; what is none is padding."""
        self._at -= len(self._decoder.unused_data)
        head = os.pread(self._fd, 8, self._at)
        if decoder_for(head) is not self._make:
            self._at += len(self._decoder.unused_data)
            return False
        self._decoder = self._make()
        self._chunk = _FIRST
        return True

    def _read_on(self) -> bytes:
        data = os.pread(self._fd, self._chunk, self._at)
        self._at += len(data)
        self._chunk = min(2 * self._chunk, _CHUNK)
        return data
