"""The table of contents of a 7z archive.

The layout is that of `7zFormat.txt` in the LZMA SDK. It stands at the end of the file, mostly
packed with LZMA; it is read as a whole, and every count in it is held against a limit before
anything is made of it. `seven_zip_comic` has the archive unpacked.
"""

from __future__ import annotations

import lzma
import os
import struct
import zlib
from dataclasses import dataclass, field
from typing import NoReturn

from stages.formats import limits
from stages.formats.comic import too_many_entries
from stages.formats.errors import ErrorClass, FormatError

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_START_SIZE = 32
_STUB = 1 << 20
_ENCRYPTION = bytes.fromhex("06f10701")
_COPY, _LZMA, _LZMA2 = b"\0", b"\3\1\1", b"\x21"
_MOST_CODERS = 32
_MOST_PACKINGS = 4  # of the table of contents, one within the other

_END, _HEADER, _PROPERTIES, _ADDITIONAL, _MAIN, _FILES = 0, 1, 2, 3, 4, 5
_PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER = 6, 7, 8, 9, 10, 11
_CODERS_SIZE, _STREAM_COUNT, _EMPTY_STREAM, _EMPTY_FILE = 12, 13, 14, 15
_NAMES, _ATTRIBUTES, _ENCODED_HEADER = 17, 21, 23

_IS_FOLDER = 0x10
_HAS_UNIX_MODE = 0x8000


@dataclass(frozen=True, slots=True)
class Coder:
    """One step of a folder's packing: the codec's number as bytes, and its settings."""

    codec: bytes
    settings: bytes


@dataclass(slots=True)
class Folder:
    """Files packed together: how, to what size, and where in the file; `streams` counts the files.

    `offset` is that of the first packed stream in the file, `packed_size` its length.
    """

    coders: list[Coder]
    packed_streams: int
    main_stream: int
    sizes: list[int] = field(default_factory=list)
    crc: int | None = None
    streams: int = 1
    offset: int = 0
    packed_size: int = 0

    @property
    def size(self) -> int:
        """Bytes unpacked."""
        return self.sizes[self.main_stream]

    @property
    def is_encrypted(self) -> bool:
        return any(coder.codec == _ENCRYPTION for coder in self.coders)


@dataclass(frozen=True, slots=True)
class File:
    """One entry that is no folder; `folder` is None for an empty file, `offset` is where its bytes
    begin in the folder's, and a link's or a folder's `name` is empty."""

    name: str
    size: int
    crc: int | None
    folder: Folder | None
    offset: int


class _Reader:
    """Bytes that are taken one number after the other; nonsense raises `FormatError`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def bytes(self, length: int) -> bytes:
        data = self._data[self._at : self._at + length]
        if len(data) < length:
            _broken()
        self._at += length
        return data

    def byte(self) -> int:
        return self.bytes(1)[0]

    def number(self) -> int:
        """As many bytes as the first has ones at its upper end, and what is left of the first."""
        first = self.byte()
        extra, mask = 0, 0x80
        while first & mask:
            extra, mask = extra + 1, mask >> 1
        low = int.from_bytes(self.bytes(extra), "little")
        return low | (first & (mask - 1)) << 8 * extra if mask else low

    def count(self, most: int) -> int:
        """A number of things, none of which takes less than a bit."""
        value = self.number()
        if value > most or value > 8 * len(self._data):
            _broken() if value <= limits.current.entries else _too_many()
        return value

    def bits(self, count: int) -> list[bool]:
        data = self.bytes(-(-count // 8))
        return [bool(data[i >> 3] & 0x80 >> (i & 7)) for i in range(count)]

    def defined(self, count: int) -> list[bool]:
        """Which of the things have what follows."""
        return [True] * count if self.byte() else self.bits(count)

    def crcs(self, count: int) -> list[int | None]:
        return [
            int.from_bytes(self.bytes(4), "little") if is_defined else None
            for is_defined in self.defined(count)
        ]

    def expect(self, *kinds: int) -> int:
        kind = self.number()
        if kind not in kinds:
            _broken()
        return kind


def read_files(fd: int) -> list[File]:
    """The entries of the archive, in its order.

    Raises `FormatError` truncated, damaged, encrypted, unsupported or too_large; `OSError`.
    """
    base, header = _header(fd)
    packings = 0
    while header:
        reader = _Reader(header)
        if reader.expect(_HEADER, _ENCODED_HEADER) == _HEADER:
            return _read_header(reader, base)
        packings += 1
        if packings > _MOST_PACKINGS:
            _broken()
        header = _unpacked_header(fd, _read_streams(reader, base)[0])
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
        _broken()
    offset, length, crc = struct.unpack_from("<QQL", start, 12)
    base = place + _START_SIZE
    if base + offset + length > size:
        raise FormatError(
            ErrorClass.TRUNCATED,
            "The end of the archive with its table of contents is missing.",
        )
    if length > limits.current.directory_bytes:
        _too_many()
    header = os.pread(fd, length, base + offset)
    if zlib.crc32(header) != crc:
        _broken()
    return base, header


def _unpacked_header(fd: int, folders: list[Folder]) -> bytes:
    if len(folders) != 1:
        _broken()
    (folder,) = folders
    if folder.is_encrypted:
        raise FormatError(
            ErrorClass.ENCRYPTED, "Even the list of the archive's files needs a password."
        )
    if max(folder.size, folder.packed_size) > limits.current.directory_bytes:
        _too_many()
    packed = os.pread(fd, folder.packed_size, folder.offset)
    if len(folder.coders) != 1:
        _strangely_packed()
    data = _decoded(folder.coders[0], packed, folder.size)
    if len(data) != folder.size or folder.crc not in (None, zlib.crc32(data)):
        _broken()
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
        _strangely_packed()
    try:
        decoder = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[filters])
        return decoder.decompress(packed, size)
    except (lzma.LZMAError, EOFError, ValueError) as error:
        raise _broken_error() from error


def _read_header(reader: _Reader, base: int) -> list[File]:
    kind = reader.expect(_PROPERTIES, _ADDITIONAL, _MAIN, _FILES, _END)
    if kind == _PROPERTIES:
        while reader.number() != _END:
            reader.bytes(reader.number())
        kind = reader.expect(_ADDITIONAL, _MAIN, _FILES, _END)
    if kind == _ADDITIONAL:
        _read_streams(reader, base)
        kind = reader.expect(_MAIN, _FILES, _END)
    folders: list[Folder] = []
    streams: list[tuple[int, int | None]] = []
    if kind == _MAIN:
        folders, streams = _read_streams(reader, base)
        kind = reader.expect(_FILES, _END)
    return _read_files(reader, folders, streams) if kind == _FILES else []


def _read_streams(reader: _Reader, base: int) -> tuple[list[Folder], list[tuple[int, int | None]]]:
    """The folders, and size and CRC of each file in them."""
    offset, packed = 0, list[int]()
    folders: list[Folder] = []
    streams = None
    while kind := reader.expect(_PACK, _UNPACK, _SUBSTREAMS, _END):
        if kind == _PACK:
            offset, packed = _read_pack(reader)
        elif kind == _UNPACK:
            folders = _read_folders(reader)
        else:
            streams = _read_substreams(reader, folders)
    if streams is None:
        streams = [(folder.size, folder.crc) for folder in folders]
    place, first = base + offset, 0
    for folder in folders:
        own = packed[first : first + folder.packed_streams]
        if len(own) < folder.packed_streams:
            _broken()
        folder.offset, folder.packed_size = place, own[0] if own else 0
        place += sum(own)
        first += folder.packed_streams
    return folders, streams


def _read_pack(reader: _Reader) -> tuple[int, list[int]]:
    offset = reader.number()
    count = reader.count(2 * limits.current.entries)
    sizes: list[int] = []
    while kind := reader.expect(_SIZE, _CRC, _END):
        if kind == _SIZE:
            sizes = [reader.number() for _ in range(count)]
        else:
            reader.crcs(count)
    return offset, sizes


def _read_folders(reader: _Reader) -> list[Folder]:
    reader.expect(_FOLDER)
    count = reader.count(limits.current.entries)
    if reader.byte():
        _strangely_packed()  # elsewhere in the archive; nothing writes that
    folders, outputs = [], []
    for _ in range(count):
        folder, streams = _read_folder(reader)
        folders.append(folder)
        outputs.append(streams)
    reader.expect(_CODERS_SIZE)
    for folder, streams in zip(folders, outputs, strict=True):
        folder.sizes = [reader.number() for _ in range(streams)]
    while reader.expect(_CRC, _END):
        for folder, crc in zip(folders, reader.crcs(count), strict=True):
            folder.crc = crc
    return folders


def _read_folder(reader: _Reader) -> tuple[Folder, int]:
    """The folder, its sizes still to come, and how many those are."""
    coders: list[Coder] = []
    inputs = outputs = 0
    for _ in range(reader.count(_MOST_CODERS)):
        flags = reader.byte()
        codec = reader.bytes(flags & 0x0F)
        ins, outs = (
            (reader.count(_MOST_CODERS), reader.count(_MOST_CODERS)) if flags & 0x10 else (1, 1)
        )
        settings = reader.bytes(reader.count(1 << 16)) if flags & 0x20 else b""
        coders.append(Coder(codec, settings))
        inputs += ins
        outputs += outs
    bound = set()
    for _ in range(outputs - 1):
        reader.number()
        bound.add(reader.number())
    packed = inputs - max(0, outputs - 1)
    free = [i for i in range(outputs) if i not in bound]
    if packed < 1 or not free:
        _broken()
    if packed > 1:
        for _ in range(packed):
            reader.number()
    return Folder(coders, packed, free[0]), outputs


def _read_substreams(reader: _Reader, folders: list[Folder]) -> list[tuple[int, int | None]]:
    kind = reader.expect(_STREAM_COUNT, _SIZE, _CRC, _END)
    if kind == _STREAM_COUNT:
        for folder in folders:
            folder.streams = reader.count(limits.current.entries)
        if sum(folder.streams for folder in folders) > limits.current.entries:
            _too_many()
        kind = reader.expect(_SIZE, _CRC, _END)
    sizes = _read_sizes(reader if kind == _SIZE else None, folders)
    if kind == _SIZE:
        kind = reader.expect(_CRC, _END)
    # The CRC of a folder with one file is that file's, and is not told again.
    crcs = [f.crc if f.streams == 1 else None for f in folders for _ in range(f.streams)]
    wanted = [i for i, crc in enumerate(crcs) if crc is None]
    while kind == _CRC:
        for i, crc in zip(wanted, reader.crcs(len(wanted)), strict=True):
            crcs[i] = crc
        kind = reader.expect(_CRC, _END)
    return list(zip(sizes, crcs, strict=True))


def _read_sizes(reader: _Reader | None, folders: list[Folder]) -> list[int]:
    """The size of each file; that of a folder's last one is what is left of the folder's."""
    sizes: list[int] = []
    for folder in folders:
        if folder.streams > 1 and reader is None:
            _broken()
        own = [reader.number() for _ in range(folder.streams - 1)] if reader else []
        if folder.streams:
            sizes += [*own, folder.size - sum(own)]
    if min(sizes, default=0) < 0:
        _broken()
    return sizes


def _read_files(
    reader: _Reader, folders: list[Folder], streams: list[tuple[int, int | None]]
) -> list[File]:
    count = reader.count(limits.current.entries)
    names = [""] * count
    is_empty = [False] * count
    attributes: list[int | None] = [None] * count
    is_file: list[bool] = []
    while kind := reader.number():
        content = _Reader(reader.bytes(reader.number()))
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


def _read_names(content: _Reader, count: int) -> list[str]:
    if content.byte():
        _strangely_packed()
    data = content._data[1:]
    names = data.decode("utf-16-le", "replace").split("\0")
    if len(names) <= count:
        _broken()
    return names[:count]


def _read_attributes(content: _Reader, count: int) -> list[int | None]:
    defined = content.defined(count)
    if content.byte():
        _strangely_packed()
    return [
        int.from_bytes(content.bytes(4), "little") if is_defined else None for is_defined in defined
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
        _broken()
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


def _broken_error() -> FormatError:
    return FormatError(ErrorClass.DAMAGED, "The archive's table of contents is broken.")


def _broken() -> NoReturn:
    raise _broken_error()


def _too_many() -> NoReturn:
    raise too_many_entries()


def _strangely_packed() -> NoReturn:
    raise FormatError(
        ErrorClass.UNSUPPORTED,
        "The archive's table of contents is packed in a way that Longbox cannot unpack.",
    )
