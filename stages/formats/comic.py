"""A comic as every container shows it: pages in reading order, one page's bytes, its metadata.

Which entries of an archive are pages is decided here, on their raw names; how entries are
listed and unpacked is the containers' business.
"""

from __future__ import annotations

import re
import struct
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from types import TracebackType
from typing import ClassVar, Self

from stages.formats.errors import ErrorClass, FormatError
from stages.formats.natural import natural_key

ENTRY_LIMIT = 100_000
"""More entries than this are no comic; real ones stay below 2,000."""
PAGE_LIMIT = 256 << 20
"""Bytes of one unpacked page."""
METADATA_LIMIT = 4 << 20
"""Bytes of an unpacked ComicInfo.xml; with a page list of 2,000 pages it has 200 kB."""

_PICTURES = (
    *(b".jpg", b".jpeg", b".jpe", b".png", b".webp", b".gif", b".avif"),
    *(b".bmp", b".tif", b".tiff", b".jxl", b".heic", b".heif"),
)
# A part of the path that begins with a dot, other than "." and "..", or is macOS's shadow folder.
_is_hidden = re.compile(
    rb"(?:^|[/\\])(?:\.(?!\.?(?:[/\\]|$))|__MACOSX(?:[/\\]|$))", re.IGNORECASE
).search
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")


@dataclass(frozen=True, slots=True)
class Page:
    """One picture of a comic. `size` is in bytes unpacked, `crc` is its CRC-32 or 0 where the
    archive keeps another checksum, `entry` is for the comic alone."""

    name: str
    size: int
    crc: int
    entry: int


class Comic(ABC):
    """An open comic file; a context manager. Every method raises `FormatError` and nothing else.

    Reading pages from several threads at once is safe.
    """

    container: ClassVar[str]

    def __init__(self, names: list[bytes], sizes: list[int], crcs: list[int]) -> None:
        """Take the archive's entries as columns; `FormatError` no_pages when none is a page."""
        self._names = names
        self._sizes = sizes
        self._crcs = crcs
        self._order = pages_in_order(names)
        if not self._order:
            raise FormatError(
                ErrorClass.NO_PAGES,
                "The archive holds no pictures. Put the comic's page images into it.",
            )

    @property
    def page_count(self) -> int:
        """How many pages there are; cheaper than `len(pages)`."""
        return len(self._order)

    @cached_property
    def pages(self) -> Sequence[Page]:
        """The pages in natural order of their names."""
        return [
            Page(decode_name(self._names[i]), self._sizes[i], self._crcs[i], i) for i in self._order
        ]

    @property
    def fingerprint(self) -> bytes:
        """16 bytes over each page's CRC and size in order: the same after renaming or repacking."""
        order = self._order
        count = len(order)
        crcs = map(self._crcs.__getitem__, order)
        sizes = map(self._sizes.__getitem__, order)
        return blake2b(struct.pack(f"<{count}I{count}Q", *crcs, *sizes), digest_size=16).digest()

    def read(self, page: Page) -> bytes:
        """One page's bytes, its checksum verified."""
        return self._read_entry(page.entry, PAGE_LIMIT)

    def metadata(self) -> bytes | None:
        """The raw ComicInfo.xml nearest to the root, or None."""
        entry = comicinfo_entry(self._names)
        return None if entry is None else self._read_entry(entry, METADATA_LIMIT)

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @abstractmethod
    def _read_entry(self, entry: int, limit: int) -> bytes:
        """One entry's bytes, at most `limit` of them, verified."""

    def _encrypted(self, entry: int) -> FormatError:
        return self._error(
            entry, ErrorClass.ENCRYPTED, "needs a password. Repack the comic without one."
        )

    def _too_large(self, entry: int, limit: int) -> FormatError:
        return self._error(
            entry,
            ErrorClass.TOO_LARGE,
            f"is larger than {limit >> 20} MB. Make it smaller or take it out.",
        )

    def _damaged(self, entry: int) -> FormatError:
        return self._error(
            entry, ErrorClass.DAMAGED, "is damaged. Replace the comic with a sound copy."
        )

    def _error(self, entry: int, error_class: ErrorClass, what: str) -> FormatError:
        name = decode_name(self._names[entry])
        return FormatError(error_class, f"“{name}” in the archive {what}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def pages_in_order(names: list[bytes]) -> list[int]:
    """The entries that are pages, as indexes into `names`, in natural order.

    Other than pictures, what is hidden (a part that begins with a dot, `__MACOSX`) is left out.
    """
    # This runs for every archive of a library. A name's shape is the name with every digit a zero:
    # most comics' pages share one, so that names are looked at once for all.
    shapes = [name.translate(_DIGITS_TO_ZERO) for name in names]
    page_shapes = {shape for shape in set(shapes) if _is_page(shape)}
    pages = [i for i, shape in enumerate(shapes) if shape in page_shapes]
    if len(page_shapes) == 1:
        # Each run of digits is as wide as its counterparts: bytewise order is natural order.
        pages.sort(key=names.__getitem__)
    else:
        pages.sort(key=lambda i: _page_key(names[i]))
    return pages


def comicinfo_entry(names: list[bytes]) -> int | None:
    """The index of the ComicInfo.xml with the fewest folders above it, in any spelling."""
    try:
        return names.index(b"ComicInfo.xml")
    except ValueError:
        pass
    found = [
        i
        for i, name in enumerate(names)
        if name[-13:].lower() == b"comicinfo.xml"
        and len(_parts(name)[-1]) == 13
        and not _is_hidden(name)
    ]
    return min(found, key=lambda i: len(_parts(names[i])), default=None)


def decode_name(name: bytes) -> str:
    """An entry's name as text: UTF-8 when it is, else the code page that ZIP was made with."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("cp437")


def _parts(name: bytes) -> list[bytes]:
    return name.replace(b"\\", b"/").split(b"/")


def _is_page(name: bytes) -> bool:
    return name[-5:].lower().endswith(_PICTURES) and not _is_hidden(name)


def _page_key(name: bytes) -> tuple[list[str], bytes]:
    """Folder by folder, so that "1/…" stays apart from "1 extra/…"; the name settles ties."""
    return [natural_key(decode_name(part)) for part in _parts(name)], name
