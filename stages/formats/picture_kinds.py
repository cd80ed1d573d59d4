"""What kind of picture some bytes are, and how large it is, told by their beginning alone.

Nothing is decoded and Pillow is not loaded; `pictures` makes others of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

UNKNOWN = "application/octet-stream"

BROWSERS_SHOW = frozenset(
    ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp")
)

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"II+\0\x08\0", "image/tiff"),  # BigTIFF
    (b"MM\0+\0\x08", "image/tiff"),
    (b"\xff\x0a", "image/jxl"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
)
# The brands of ISO/IEC 23008-12 and AV1's image format that begin a picture file.
_BRANDS = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"hevc": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
}

_LYING = (5, 6, 7, 8)  # the EXIF orientations that are shown with width and height exchanged
# The markers of JPEG frames; C4, C8 and CC among them are other things.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset((0x01, *range(0xD0, 0xDA)))


def page_media_type(data: bytes) -> str:
    """The picture's media type by its first bytes; `UNKNOWN` for what is no picture."""
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp":
        # An AVIF may open with the general brand and name its own among the compatible ones.
        brands = [data[i : i + 4] for i in (8, *range(16, min(data[3], 64), 4))]
        found = [_BRANDS[brand] for brand in brands if brand in _BRANDS]
        return "image/avif" if "image/avif" in found else found[0] if found else UNKNOWN
    return UNKNOWN


def size_of(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as a browser shows the picture, by the first 64 kB of its file.

    None where they do not tell.
    """
    measure = _MEASURES.get(page_media_type(head))
    if measure is None:
        return None
    try:
        size = measure(head)
    except (struct.error, IndexError, ValueError):
        return None
    return size if size and size[0] > 0 and size[1] > 0 else None


def _jpeg(head: bytes) -> tuple[int, int] | None:
    """ITU-T T.81, B.1 and B.2.2, and the orientation of an EXIF block on the way."""
    orientation = 1
    for marker, segment in _segments(head):
        if marker == 0xE1 and segment.startswith(b"Exif\0\0"):
            orientation = exif_orientation(segment[6:])
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", segment, 1)
            return (height, width) if orientation in _LYING else (width, height)
    return None


def _segments(head: bytes) -> Iterator[tuple[int, bytes]]:
    place = 2
    while place + 4 <= len(head):
        marker = head[place + 1]
        if head[place] != 0xFF or marker in (0, 0xFF):  # fill bytes, and junk that decoders pass
            place = head.find(b"\xff", place + 1)
            if place < 0:
                return
            continue
        if marker in _STANDALONE:
            place += 2
            continue
        (length,) = struct.unpack_from(">H", head, place + 2)
        yield marker, head[place + 4 : place + 2 + length]
        place += 2 + max(length, 2)


def exif_orientation(exif: bytes) -> int:
    """The orientation (1 to 8) that an EXIF block, which is a small TIFF file, tells; else 1."""
    try:
        return _ifd(exif).get(0x0112, 1)
    except (struct.error, ValueError):
        return 1


def _ifd(tiff: bytes) -> dict[int, int]:
    """The first values of a TIFF file's first directory, where they are short or long numbers."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or struct.unpack_from(f"{order}H", tiff, 2) != (42,):
        raise ValueError
    (place,) = struct.unpack_from(f"{order}I", tiff, 4)
    (many,) = struct.unpack_from(f"{order}H", tiff, place)
    values = {}
    for start in range(place + 2, place + 2 + 12 * many, 12):
        tag, kind, count = struct.unpack_from(f"{order}HHI", tiff, start)
        if count == 1 and kind in (3, 4):
            code = "H" if kind == 3 else "I"
            (values[tag],) = struct.unpack_from(f"{order}{code}", tiff, start + 8)
    return values


def _png(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", head, 16)
    place = 8
    while (kind := head[place + 4 : place + 8]) not in (b"IDAT", b""):
        (length,) = struct.unpack_from(">I", head, place)
        if kind == b"eXIf":
            lies = exif_orientation(head[place + 8 : place + 8 + length]) in _LYING
            return (height, width) if lies else (width, height)
        place += 12 + length
    return width, height


def _gif(head: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _bmp(head: bytes) -> tuple[int, int]:
    (size,) = struct.unpack_from("<I", head, 14)
    width, height = struct.unpack_from("<HH" if size == 12 else "<ii", head, 18)
    return width, abs(height)


def _webp(head: bytes) -> tuple[int, int] | None:
    """RFC 9649, sections 2.5 to 2.7: lossy, lossless and extended files."""
    match head[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", head, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            width = int.from_bytes(head[24:27], "little") + 1
            return width, int.from_bytes(head[27:30], "little") + 1
    return None


def _tiff(head: bytes) -> tuple[int, int]:
    values = _ifd(head)
    width, height = values.get(256, 0), values.get(257, 0)
    return (height, width) if values.get(0x0112, 1) in _LYING else (width, height)


def _heif(head: bytes) -> tuple[int, int] | None:
    """The greatest of the spatial extents (`ispe`, ISO/IEC 23008-12, 6.5.3) that are told: a
    picture made of tiles tells those of its tiles as well. Turned by `irot` (6.5.10)."""
    sizes = []
    place = head.find(b"ispe")
    while place >= 0 and place + 16 <= len(head):
        sizes.append(struct.unpack_from(">II", head, place + 8))
        place = head.find(b"ispe", place + 4)
    if not sizes:
        return None
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    turn = head.find(b"\0\0\0\x09irot")
    return (height, width) if turn >= 0 and head[turn + 8] & 1 else (width, height)


_MEASURES: dict[str, Callable[[bytes], tuple[int, int] | None]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/gif": _gif,
    "image/bmp": _bmp,
    "image/webp": _webp,
    "image/tiff": _tiff,
    "image/avif": _heif,
    "image/heic": _heif,
    "image/heif": _heif,
}
