"""How the files of a 7z archive are packed, by what its table of contents says of that: which files
together, by which codecs, and where it stands.

The layout is that of `7zFormat.txt` in the LZMA SDK. Every count is held against a limit before
anything is made of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stages.formats import limits
from stages.formats.seven_zip_reader import Reader, broken, strangely_packed, too_many

_ENCRYPTION = bytes.fromhex("06f10701")
_MOST_CODERS = 32

_END = 0
_PACK, _UNPACK, _SUBSTREAMS, _SIZE, _CRC, _FOLDER = 6, 7, 8, 9, 10, 11
_CODERS_SIZE, _STREAM_COUNT = 12, 13


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


def read_streams(reader: Reader, base: int) -> tuple[list[Folder], list[tuple[int, int | None]]]:
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
            broken()
        folder.offset, folder.packed_size = place, own[0] if own else 0
        place += sum(own)
        first += folder.packed_streams
    return folders, streams


def _read_pack(reader: Reader) -> tuple[int, list[int]]:
    offset = reader.number()
    count = reader.count(2 * limits.current.entries)
    sizes: list[int] = []
    while kind := reader.expect(_SIZE, _CRC, _END):
        if kind == _SIZE:
            sizes = [reader.number() for _ in range(count)]
        else:
            reader.crcs(count)
    return offset, sizes


def _read_folders(reader: Reader) -> list[Folder]:
    reader.expect(_FOLDER)
    count = reader.count(limits.current.entries)
    if reader.byte():
        strangely_packed()  # elsewhere in the archive; nothing writes that
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


def _read_folder(reader: Reader) -> tuple[Folder, int]:
    """The folder, its sizes still to come, and how many those are."""
    coders: list[Coder] = []
    inputs = outputs = 0
    for _ in range(reader.count(_MOST_CODERS)):
        flags = reader.byte()
        codec = reader.take(flags & 0x0F)
        ins, outs = (
            (reader.count(_MOST_CODERS), reader.count(_MOST_CODERS)) if flags & 0x10 else (1, 1)
        )
        settings = reader.take(reader.count(1 << 16)) if flags & 0x20 else b""
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
        broken()
    if packed > 1:
        for _ in range(packed):
            reader.number()
    return Folder(coders, packed, free[0]), outputs


def _read_substreams(reader: Reader, folders: list[Folder]) -> list[tuple[int, int | None]]:
    kind = reader.expect(_STREAM_COUNT, _SIZE, _CRC, _END)
    if kind == _STREAM_COUNT:
        for folder in folders:
            folder.streams = reader.count(limits.current.entries)
        if sum(folder.streams for folder in folders) > limits.current.entries:
            too_many()
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


def _read_sizes(reader: Reader | None, folders: list[Folder]) -> list[int]:
    """The size of each file; that of a folder's last one is what is left of the folder's."""
    sizes: list[int] = []
    for folder in folders:
        if folder.streams > 1 and reader is None:
            broken()
        own = [reader.number() for _ in range(folder.streams - 1)] if reader else []
        if folder.streams:
            sizes += [*own, folder.size - sum(own)]
    if min(sizes, default=0) < 0:
        broken()
    return sizes
