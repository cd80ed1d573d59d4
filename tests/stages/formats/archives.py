"""Archives that tests read: ZIP by the standard library, RAR 5 written here byte by byte."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

REAL = Path(__file__).parents[4] / "shared" / "real"
"""Comics and suites of other projects, beside the project where somebody has put them."""
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="no real material beside the project")

JPEG = b"\xff\xd8\xff\xe0 a page "


def zip_of(path: Path, entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    """Write a ZIP archive and answer its path as the readers take it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return bytes(path)


def pages_of(count: int) -> dict[str, bytes]:
    """`count` pages with different contents."""
    return {f"page {n:03d}.jpg": JPEG + str(n).encode() for n in range(count)}


def rar_of(
    path: Path,
    entries: dict[str, bytes],
    *,
    encrypted: bool = False,
    encrypted_list: bool = False,
    with_crc: bool = True,
    comment: bytes = b"",
    copies: dict[str, str] | None = None,
    goes_on: bool = False,
) -> bytes:
    """Write a RAR 5 archive of stored entries and answer its path.

    `copies` have no data but name another entry. One that goes on is the first file of several, and
    its last entry is not all there. The format is that of https://www.rarlab.com/technote.htm.
    """
    blocks = [b"Rar!\x1a\x07\x01\0"]
    if encrypted_list:
        blocks.append(_block(4, b"\0\0\x0f" + b"s" * 16))  # version, flags, iterations, salt
    blocks.append(_block(1, b"\1" if goes_on else b"\0"))  # the archive: one of several
    if comment:
        blocks.append(_block(3, _fields("CMT", comment, with_crc), comment))
    for number, (name, data) in enumerate(entries.items(), 1):
        # Size and type of the record, version, flags, iterations, salt, initial vector.
        extra = b"\x24\1\0\0\x0f" + b"s" * 32 if encrypted else b""
        cut = goes_on and number == len(entries)
        fields = _fields(name, data, with_crc)
        blocks.append(_block(2, fields, data[:3] if cut else data, extra, 0x10 if cut else 0))
    for name, original in (copies or {}).items():
        target = original.encode()
        record = b"\5\5\0" + _vint(len(target)) + target  # redirection: a copy, no flags
        blocks.append(_block(2, _fields(name, b"", with_crc), b"", _vint(len(record)) + record))
    blocks.append(_block(5, b"\1" if goes_on else b"\0"))
    path.write_bytes(b"".join(blocks))
    return bytes(path)


def _fields(name: str, data: bytes, with_crc: bool) -> bytes:
    """What a file's block says of it."""
    return b"".join(
        (
            _vint(4 if with_crc else 0),
            _vint(len(data)),
            _vint(0o100644),
            struct.pack("<L", zlib.crc32(data)) if with_crc else b"",
            b"\0\1",  # stored, on Unix
            _vint(len(name.encode())),
            name.encode(),
        )
    )


def _block(
    kind: int, fields: bytes, data: bytes | None = None, extra: bytes = b"", flags: int = 0
) -> bytes:
    flags |= (1 if extra else 0) | (0 if data is None else 2)
    header = _vint(kind) + _vint(flags)
    header += _vint(len(extra)) if extra else b""
    header += b"" if data is None else _vint(len(data))
    header += fields + extra
    header = _vint(len(header)) + header
    return struct.pack("<L", zlib.crc32(header)) + header + (data or b"")


def _vint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
