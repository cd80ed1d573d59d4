"""A small PDF document that unpacks to what ends the process which lays out its pages.

pdfium unpacks what is written on a page in one piece and cannot be told a limit; where there is no
memory for it, it ends the process. Larger documents are left to the jail: a bomb is a small file.
Pictures are none of this: their sizes are known before they are unpacked.
"""

from __future__ import annotations

import os
import re
import zlib

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError

_LARGEST_FILE = 4 << 20
_MOST = 32 << 20
"""Bytes of one stream, unpacked; what is drawn on a page of a comic is some hundred kB."""
_LONGEST_DICTIONARY = 1024
_starts = re.compile(rb">>\s*stream\r?\n").finditer
_PACKINGS = 8  # of one stream, one within the other
_PIECE = 64 << 10  # bytes unpacked at once: what follows a stream that ends sooner is let alone


def refuse(path: bytes) -> None:
    """Raise `FormatError` too_large for a document that holds such streams; `OSError`."""
    if os.stat(path).st_size > _LARGEST_FILE:
        return
    with open(path, "rb") as file:
        data = file.read(_LARGEST_FILE)
    view, end, total = memoryview(data), 0, 0
    for start in _starts(data):
        head = data[max(0, start.start() - _LONGEST_DICTIONARY) : start.start()]
        dictionary = head[head.rfind(b" obj") + 1 :]
        packings = dictionary.count(b"/FlateDecode") + dictionary.count(b"/Fl ")
        if packings and b"/Image" not in dictionary:
            if end < start.end():  # else it is the end of the one before as well
                found = data.find(b"endstream", start.end())
                end = found if found >= 0 else len(data)
            total += _unpacked_size(view[start.end() : end], min(packings, _PACKINGS))
        if total > limits.current.page_bytes:
            raise _too_large()


def _unpacked_size(data: memoryview | bytes, packings: int) -> int:
    """Bytes of a stream; 0 for one that is broken, which is pdfium's to judge."""
    try:
        for _ in range(packings):
            data = _unpacked(data)
    except zlib.error:
        return 0
    if len(data) > _MOST:
        raise _too_large()
    return len(data)


def _unpacked(data: memoryview | bytes) -> bytes:
    decoder, unpacked = zlib.decompressobj(), bytearray()
    for place in range(0, len(data), _PIECE):
        unpacked += decoder.decompress(data[place : place + _PIECE], _MOST + 1 - len(unpacked))
        if decoder.eof or len(unpacked) > _MOST:
            break
    return bytes(unpacked)


def _too_large() -> FormatError:
    return FormatError(
        ErrorClass.TOO_LARGE,
        "What is written on the pages of the PDF unpacks to far more than any comic's.",
    )
