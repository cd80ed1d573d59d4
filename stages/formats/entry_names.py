"""What the entries of an archive are, by their raw names alone: pages in reading order, metadata,
other archives, or nothing to us.

Names are bytes in whatever encoding the archive was made with. The containers list them, `comic`
asks here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from stages.formats.metadata_file import MetadataFormat
from stages.formats.natural import natural_key

_PICTURES = (
    *(b".jpg", b".jpeg", b".jpe", b".jfif", b".png", b".apng", b".webp", b".gif"),
    *(b".avif", b".bmp", b".tif", b".tiff", b".jxl", b".heic", b".heif"),
)
_ARCHIVES = (
    *(b".cbz", b".zip", b".cbr", b".rar", b".cb7", b".7z"),
    *(b".cbt", b".tar", b".pdf", b".epub"),
)
_METADATA = {
    b"comicinfo.xml": MetadataFormat.COMICINFO,
    b"metroninfo.xml": MetadataFormat.METRONINFO,
    b"comet.xml": MetadataFormat.COMET,
}
# A part of the path that begins with a dot, other than "." and "..", or is a folder in which macOS
# keeps its shadows and a Synology its thumbnails.
_hidden_part = re.compile(
    rb"(?:^|/)(?:\.(?!\.?(?:/|$))|(?:__MACOSX|@eaDir)(?:/|$))", re.IGNORECASE
).search
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
# In Shift-JIS, Big5 and GBK the second byte of a character may be that of a backslash.
_backslashes = re.compile(rb"[\x81-\xfe][\x40-\xfe]|\\").sub


def sort_out(names: list[bytes]) -> tuple[list[int], list[int]]:
    """The entries that are pages, in natural order, and the others, as indexes into `names`.

    Other than pictures, what is hidden (a part that begins with a dot, `__MACOSX`) is no page. Of
    pages of one name the last counts, as with every program that unpacks; the others are nothing.
    """
    # This runs for every archive of a library. A name's shape is the name with every digit a zero:
    # most comics' pages share one, so that names are looked at once for all.
    shapes = [name.translate(_DIGITS_TO_ZERO) for name in names]
    page_shapes = {shape for shape in set(shapes) if _is_page_shape(shape)}
    pages = [i for i, shape in enumerate(shapes) if shape in page_shapes]
    others = [i for i, shape in enumerate(shapes) if shape not in page_shapes]
    if len(set(names)) < len(names):
        last = {name: i for i, name in enumerate(names)}
        pages = [i for i in pages if last[names[i]] == i]
    if len(page_shapes) == 1:
        # Each run of digits is as wide as its counterparts: bytewise order is natural order.
        pages.sort(key=names.__getitem__)
    else:
        encoding = encoding_of(names)
        pages.sort(key=lambda i: _page_key(names[i], encoding))
    return pages, others


def is_page_name(name: bytes) -> bool:
    """Whether an entry of this name is a page."""
    return name[-5:].lower().endswith(_PICTURES) and not _is_hidden(name)


_is_page_shape = lru_cache(1_000)(is_page_name)  # the comics of a series share their shapes


def is_archive_name(name: bytes) -> bool:
    """Whether an entry of this name is a comic or an archive itself."""
    return name.lower().endswith(_ARCHIVES) and not _is_hidden(name)


def metadata_entries(
    names: list[bytes], candidates: Iterable[int]
) -> tuple[dict[MetadataFormat, int], list[int]]:
    """The candidates that are metadata files in any spelling, and the other XML files."""
    found: dict[MetadataFormat, int] = {}
    others = []
    for i in candidates:
        name = names[i]
        kind = _METADATA.get(name.lower())
        if kind is None:
            if name[-4:].lower() != b".xml" or _is_hidden(name):
                continue
            kind = _METADATA.get(_parts(name)[-1].lower())
        if kind is None:
            others.append(i)
        elif kind not in found or len(_parts(name)) <= len(_parts(names[found[kind]])):
            found[kind] = i
    return found, others


def is_visible(name: bytes) -> bool:
    """Whether an entry of this name is neither hidden nor a folder nor an archive itself."""
    return not (name.endswith(b"/") or name.lower().endswith(_ARCHIVES) or _is_hidden(name))


def encoding_of(names: list[bytes]) -> str:
    """The encoding for `decode_name` of names that belong together."""
    if b"".join(names).isascii():
        return "ascii"
    from stages.formats.name_encoding import guess  # few comics need it

    return guess(names)


def decode_name(name: bytes, encoding: str = "cp437") -> str:
    """An entry's name as text: UTF-8 when it is, else what the encoding makes of it."""
    try:
        text = name.decode()
    except UnicodeDecodeError:
        text = name.decode(encoding, "replace")
    return text.replace("\0", "\ufffd")


def _is_hidden(name: bytes) -> bool:
    return _hidden_part(_with_slashes(name)) is not None


def _page_key(name: bytes, encoding: str) -> tuple[list[str], bytes]:
    """Folder by folder, so that "1/…" stays apart from "1 extra/…"; the name settles ties."""
    return [natural_key(decode_name(part, encoding)) for part in _parts(name)], name


def _parts(name: bytes) -> list[bytes]:
    return _with_slashes(name).split(b"/")


def _with_slashes(name: bytes) -> bytes:
    """The name with slashes for the backslashes by which some programs for Windows part folders."""
    if b"\\" not in name:
        return name
    try:
        name.decode()
    except UnicodeDecodeError:
        return _backslashes(lambda found: found[0] if len(found[0]) > 1 else b"/", name)
    return name.replace(b"\\", b"/")
