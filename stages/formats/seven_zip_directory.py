"""The table of contents of a 7z archive.

The layout is that of `7zFormat.txt` in the LZMA SDK. It stands at the end of the file, mostly
packed with LZMA, and is read as a whole. `seven_zip_comic` has the archive unpacked.
"""

from __future__ import annotations

import lzma
import os
import struct
import zlib
from dataclasses import dataclass

from stages.formats import limits
from stages.formats.errors import ErrorClass, FormatError
from stages.formats.seven_zip_reader import (
    Reader,
    broken,
    broken_error,
    strangely_packed,
    too_many,
)
from stages.formats.seven_zip_streams import Coder, Folder, read_streams

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_START_SIZE = 32
_STUB = 1 << 20
_COPY, _LZMA, _LZMA2 = b"\0", b"\3\1\1", b"\x21"
_MOST_PACKINGS = 4  # of the table of contents, one within the other

_END, _HEADER, _PROPERTIES, _ADDITIONAL, _MAIN, _FILES = 0, 1, 2, 3, 4, 5
_EMPTY_STREAM, _EMPTY_FILE, _NAMES, _ATTRIBUTES, _ENCODED_HEADER = 14, 15, 17, 21, 23

_IS_FOLDER = 0x10
_HAS_UNIX_MODE = 0x8000


@dataclass(frozen=True, slots=True)
class File:
    """One entry that is no folder; `folder` is None for an empty file, `offset` is where its bytes
    begin in the folder's, and a link's or a folder's `name` is empty."""

    name: str
    size: int
    crc: int | None
    folder: Folder | None
    offset: int


def read_files(fd: int) -> list[File]:
    """The entries of the archive, in its order.

    Raises `FormatError` truncated, damaged, encrypted, unsupported or too_large; `OSError`.
    """
    base, header = _header(fd)
    packings = 0
    while header:
        reader = Reader(header)
        if reader.expect(_HEADER, _ENCODED_HEADER) == _HEADER:
            return _read_header(reader, base)
        packings += 1
        if packings > _MOST_PACKINGS:
            broken()
        header = _unpacked_header(fd, read_streams(reader, base)[0])
    return []


def _header(fd: int) -> tuple[int, bytes]:
    """Where the packed streams begin, and the header as it stands at the end of the archive."""
    stub = os.pread(fd, _STUB, 0)
    size = os.fstat(fd).st_size
    place = stub.find(SIGNATURE)
    while place >= 0:
        start = os.pread(fd, _START_SIZE, place)
        if (
            len(start) == _START_SIZE
            and zlib.crc32(start[12:]) == struct.unpack_from("<L", start, 8)[0]
        ):
            break
        place = stub.find(SIGNATURE, place + 1)
    else:
        broken()
    offset, length, crc = struct.unpack_from("<QQL", start, 12)
    base = place + _START_SIZE
    if base + offset + length > size:
        raise FormatError(
            ErrorClass.TRUNCATED,
            "The end of the archive with its table of contents is missing.",
        )
    if length > limits.current.directory_bytes:
        too_many()
    header = os.pread(fd, length, base + offset)
    if zlib.crc32(header) != crc:
        broken()
    return base, header


def _unpacked_header(fd: int, folders: list[Folder]) -> bytes:
    if len(folders) != 1:
        broken()
    (folder,) = folders
    if folder.is_encrypted:
        raise FormatError(
            ErrorClass.ENCRYPTED, "Even the list of the archive's files needs a password."
        )
    if max(folder.size, folder.packed_size) > limits.current.directory_bytes:
        too_many()
    packed = os.pread(fd, folder.packed_size, folder.offset)
    if len(folder.coders) != 1:
        strangely_packed()
    data = _decoded(folder.coders[0], packed, folder.size)
    if len(data) != folder.size or folder.crc not in (None, zlib.crc32(data)):
        broken()
    return data


def _decoded(coder: Coder, packed: bytes, size: int) -> bytes:
    if coder.codec == _COPY:
        return packed
    filters: dict[str, int] = {"dict_size": max(4096, size)}
    if coder.codec == _LZMA and len(coder.settings) >= 5:
        rest, filters["lc"] = divmod(coder.settings[0], 9)
        filters["pb"], filters["lp"] = divmod(rest, 5)
        filters["id"] = lzma.FILTER_LZMA1
    elif coder.codec == _LZMA2:
        filters["id"] = lzma.FILTER_LZMA2
    else:
        strangely_packed()
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
        return decoder.decompress(packed, size)
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise broken_error() from error


def _read_header(reader: Reader, base: int) -> list[File]:
    kind = reader.expect(_PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _END)
    if kind == _PROPERTIES:
        while reader.number() != _END:
            reader.take(reader.number())
        kind = reader.expect(_ADDITIONAL, _MAIN, _FILES, _END)
    if kind == _ADDITIONAL:
        read_streams(reader, base)
        kind = reader.expect(_MAIN, _FILES, _END)
    folders: list[Folder] = []
    streams: list[tuple[int, int | None]] = []
    if kind == _MAIN:
        folders, streams = read_streams(reader, base)
        kind = reader.expect(_FILES, _END)
    return _read_files(reader, folders, streams) if kind == _FILES else []


def _read_files(
    reader: Reader, folders: list[Folder], streams: list[tuple[int, int | None]]
) -> list[File]:
    count = reader.count(limits.current.entries)
    names = [""] * count
    is_empty = [False] * count
    attributes: list[int | None] = [None] * count
    is_file: list[bool] = []
    while kind := reader.number():
        content = Reader(reader.take(reader.number()))
        if kind == _EMPTY_STREAM:
            is_empty = content.bits(count)
        elif kind == _EMPTY_FILE:
            is_file = content.bits(sum(is_empty))
        elif kind == _NAMES:
            names = _read_names(content, count)
        elif kind == _ATTRIBUTES:
            attributes = _read_attributes(content, count)
    for i, attribute in enumerate(attributes):
        if attribute is not None and _is_no_file(attribute):
            names[i] = ""
    return _assembled(names, is_empty, is_file, folders, streams)


def _read_names(content: Reader, count: int) -> list[str]:
    if content.byte():
        strangely_packed()
    names = content.rest().decode("utf-16-le", "replace").split("\0")
    if len(names) <= count:
        broken()
    return names[:count]


def _read_attributes(content: Reader, count: int) -> list[int | None]:
    defined = content.defined(count)
    if content.byte():
        strangely_packed()
    return [
        int.from_bytes(content.take(4), "little") if is_defined else None for is_defined in defined
    ]


def _is_no_file(attribute: int) -> bool:
    """Whether it is a folder, or anything but a file to Unix."""
    kind = attribute >> 28 if attribute & _HAS_UNIX_MODE else 8
    return bool(attribute & _IS_FOLDER) or kind not in (0, 8)


def _assembled(
    names: list[str],
    is_empty: list[bool],
    is_file: list[bool],
    folders: list[Folder],
    streams: list[tuple[int, int | None]],
) -> list[File]:
    if len(names) - sum(is_empty) != len(streams):
        broken()
    places = [folder for folder in folders for _ in range(folder.streams)]
    files: list[File] = []
    stream = empties = offset = 0
    for name, without_stream in zip(names, is_empty, strict=True):
        if without_stream:
            # What has no stream is an empty file if it is said to be one, else a folder.
            shown = name if empties < len(is_file) and is_file[empties] else ""
            empties += 1
            files.append(File(shown, 0, 0, None, 0))
            continue
        size, crc = streams[stream]
        folder = places[stream]
        offset = offset if stream and places[stream - 1] is folder else 0
        files.append(File(name, size, crc, folder, offset))
        offset += size
        stream += 1
    return files
